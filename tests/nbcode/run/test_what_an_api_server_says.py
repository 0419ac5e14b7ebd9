"""A Workflow and a real API server: it is taken as it was made, and each refusal is told as what it is. Nothing runs behind the server."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lightkube import Client, KubeConfig

from cluster.api_server import ApiServer
from fakes.fuzz import texts
from fakes.plans import plan_of_cells
from nbcode.deployment._kubernetes import KubernetesCluster
from nbcode.primitives import NbcodeError
from nbcode.run._argo import Place, workflow_of
from nbcode.run._kubernetes import asking, connected, create_workflow, workflows

PLACE = Place(namespace="submitted")
WORKFLOWS = f"/apis/argoproj.io/v1alpha1/namespaces/{PLACE.namespace}/workflows"


@pytest.fixture(scope="module")
def server(api_server: ApiServer) -> Iterator[ApiServer]:
    api_server.checked("create", "namespace", PLACE.namespace)
    yield api_server
    api_server.checked("delete", "workflows", "--all", f"--namespace={PLACE.namespace}")


@pytest.fixture
def client(server: ApiServer) -> Iterator[Client]:
    with Client(config=KubeConfig.from_file(server.kubeconfig).get(), namespace=PLACE.namespace) as made:
        yield made


def made(run_id: str) -> dict[str, Any]:
    return workflow_of(plan_of_cells([("features", "1")], run_id=run_id), PLACE)


def names(client: Client) -> set[str]:
    return {one["metadata"]["name"] for one in client.list(workflows(), namespace=PLACE.namespace)}


@pytest.mark.parametrize("many", [300, pytest.param(10_000, marks=pytest.mark.long)])
def test_whatever_a_run_is_called_the_strict_server_has_the_object_that_was_made(
    server: ApiServer, many: int
) -> None:
    with contextlib.closing(KubernetesCluster(KubeConfig.from_file(server.kubeconfig).get())) as cluster:
        for text in texts(many):
            sent = made(text)
            answer = cluster.create(WORKFLOWS, sent, tried=True)
            assert answer.fine, (text, answer.body)
            assert answer.body["spec"] == sent["spec"]
            assert answer.body["metadata"]["annotations"] == sent["metadata"]["annotations"]
            assert answer.body["metadata"]["labels"] == sent["metadata"]["labels"]


def test_control_a_field_that_nobody_knows_is_refused(server: ApiServer) -> None:
    with contextlib.closing(KubernetesCluster(KubeConfig.from_file(server.kubeconfig).get())) as cluster:
        sent = made("control")
        answer = cluster.create(WORKFLOWS, sent | {"spec": sent["spec"] | {"injected": True}}, tried=True)
    assert (answer.fine, "injected" in json.dumps(answer.body)) == (False, True)


@pytest.mark.parametrize("minutes", [-6, 6, 600])
def test_a_clock_that_is_minutes_from_the_clusters_is_told_before_anything_is_submitted(
    client: Client, minutes: int
) -> None:
    sent = made(f"clock-{minutes}")
    with pytest.raises(NbcodeError, match="NBC-H18") as refused:
        create_workflow(client, sent, lambda: datetime.now(UTC) + timedelta(minutes=minutes))
    (found,) = refused.value.diagnostics
    assert found.message.endswith(f"{abs(minutes)} minutes apart")
    assert sent["metadata"]["name"] not in names(client)


@pytest.mark.parametrize("minutes", [-4, 0, 4])
def test_control_a_clock_that_is_nearly_right_submits(client: Client, minutes: int) -> None:
    sent = made(f"clock-{minutes}")
    create_workflow(client, sent, lambda: datetime.now(UTC) + timedelta(minutes=minutes))
    assert sent["metadata"]["name"] in names(client)


def kubeconfig_of(server: ApiServer, folder: Path, **user: Any) -> Path:
    told = json.loads(server.kubeconfig.read_text())
    told["users"][0]["user"] = user
    (folder / "kubeconfig").write_text(json.dumps(told))
    return folder / "kubeconfig"


def refused(sent: dict[str, Any]) -> NbcodeError:
    with (
        connected(None, PLACE.namespace) as client,
        pytest.raises(NbcodeError, match=r"NBC-H1[0-2]") as found,
        asking("create workflows", PLACE.namespace),
    ):
        create_workflow(client, sent)
    return found.value


def test_who_is_not_known_is_told_to_sign_in(
    server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig_of(server, tmp_path, token="expired")))
    (found,) = refused(made("unknown")).diagnostics
    assert (found.code, found.message) == ("NBC-H11", "the cluster does not know who you are")


def test_who_may_not_is_told_the_right_and_the_namespace(
    server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig_of("stranger")))
    (found,) = refused(made("stranger")).diagnostics
    assert found.code == "NBC-H12"
    assert found.message == "you may not create workflows in the namespace submitted"
    assert found.fix_titles[0].endswith("for the right to create workflows in submitted")


def test_a_cluster_that_does_not_answer_is_told_as_that(
    server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # nobody listens there
        told = json.loads(server.kubeconfig.read_text())
        told["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{held.getsockname()[1]}"
        (tmp_path / "kubeconfig").write_text(json.dumps(told))
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
        (found,) = refused(made("nobody")).diagnostics
    assert (found.code, found.message) == ("NBC-H10", "the cluster does not answer")
