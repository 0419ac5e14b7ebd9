"""A Workflow and a real API server: it is taken as it was made, and each refusal is told as what it is. Nothing runs behind the server."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from lightkube import ApiError, Client, KubeConfig

from cluster.api_server import ApiServer
from fakes.fuzz import texts
from fakes.plans import plan_of_cells
from nbcode.deployment._kubernetes import KubernetesCluster
from nbcode.primitives import NbcodeError
from nbcode.run._argo import Place, workflow_of
from nbcode.run._kubernetes import (
    Patience,
    asked,
    asking,
    connected,
    create_workflow,
    workflows,
    youngest_pod,
)
from nbcode.run.pod_state import why_it_waits

PLACE = Place(namespace="submitted")
WORKFLOWS = f"/apis/argoproj.io/v1alpha1/namespaces/{PLACE.namespace}/workflows"


@pytest.fixture(scope="module")
def server(api_server: ApiServer) -> Iterator[ApiServer]:
    api_server.checked("create", "namespace", PLACE.namespace)
    # Which a controller of Kubernetes makes elsewhere: no pod is taken without.
    api_server.checked("create", "serviceaccount", "default", f"--namespace={PLACE.namespace}")
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


POD = {
    "apiVersion": "v1", "kind": "Pod",
    "metadata": {"name": "waits", "namespace": PLACE.namespace, "labels": {"of": "waits"}},
    "spec": {"containers": [{"name": "main", "image": "runner:1"}]},
}  # fmt: skip
WAITING = {"name": "main", "image": "runner:1", "imageID": "", "ready": False, "restartCount": 0}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ({}, ""),
        ({"containerStatuses": [WAITING | {"state": {"waiting": {"reason": "ContainerCreating"}}}]}, ""),
        ({"containerStatuses": [WAITING | {"state": {"waiting": {"reason": "ErrImagePull", "message": "not found"}}}]}, "its pod cannot begin: ErrImagePull of runner:1: not found"),
        ({"initContainerStatuses": [WAITING | {"state": {"waiting": {"reason": "CreateContainerConfigError"}}}]}, "its pod cannot begin: CreateContainerConfigError of runner:1"),
        ({"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}]}, "no node takes its pod: 0/3 nodes are available"),
        ({"conditions": [{"type": "PodScheduled", "status": "True"}]}, ""),
    ],
)  # fmt: skip
def test_why_a_run_does_not_begin_is_what_keeps_its_pod(
    server: ApiServer, client: Client, status: dict[str, Any], said: str
) -> None:
    assert youngest_pod(client, {"of": "waits"}) is None
    assert server.kubectl("create", "--filename=-", given=json.dumps(POD)).returncode == 0
    try:
        server.checked("patch", "pod", "waits", f"--namespace={PLACE.namespace}", "--subresource=status", f"--patch={json.dumps({'status': status})}")  # fmt: skip
        pod = youngest_pod(client, {"of": "waits"})
        assert pod is not None
        assert why_it_waits(pod) == said
    finally:
        server.checked(
            "delete", "pod", "waits", f"--namespace={PLACE.namespace}", "--grace-period=0", "--force"
        )


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


class Away:
    """Asked, an API server is away so often; then it does what it is asked. ``clock`` stands for time that passes in pauses."""

    def __init__(self, times: int, error: Exception) -> None:
        self.left, self.error, self.clock, self.done = times, error, 0.0, 0

    def __call__(self) -> str:
        if self.left:
            self.left -= 1
            raise self.error
        self.done += 1
        return "answered"

    def pause(self, seconds: float) -> None:
        self.clock += seconds

    def patience(self, seconds: float) -> Patience:
        return Patience(seconds=seconds, pause=self.pause, monotonic_s=lambda: self.clock)


def refusal(status: int) -> Exception:
    told = {"kind": "Status", "apiVersion": "v1", "code": status, "message": "told", "reason": "Told"}
    answer = httpx2.Response(status, json=told, request=httpx2.Request("GET", "https://cluster"))
    return ApiError(request=answer.request, response=answer)


PASSING = [
    httpx2.ConnectError("refused"),
    httpx2.ReadTimeout("late"),
    *map(refusal, (429, 500, 502, 503, 504)),
]


@pytest.mark.parametrize("error", PASSING, ids=repr)
def test_a_cluster_that_is_away_for_a_while_is_asked_again(error: Exception) -> None:
    away = Away(5, error)
    assert asked("get workflows", "n", away, away.patience(20)) == "answered"
    assert 5 < away.clock < 20


@pytest.mark.parametrize("error", PASSING, ids=repr)
def test_one_that_stays_away_is_told_when_patience_ends_and_at_once_without_any(error: Exception) -> None:
    for seconds, most in ((20.0, 24.0), (0.0, 0.0)):
        away = Away(1_000, error)
        with pytest.raises(NbcodeError, match="NBC-H10"):
            asked("get workflows", "n", away, away.patience(seconds))
        assert away.clock <= most


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_control_what_the_cluster_refuses_is_not_asked_again(status: int) -> None:
    away = Away(1, refusal(status))
    with pytest.raises(NbcodeError, match=r"NBC-H1[0-2]"):
        asked("get workflows", "n", away, away.patience(20))
    assert (away.clock, away.done) == (0.0, 0)


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
