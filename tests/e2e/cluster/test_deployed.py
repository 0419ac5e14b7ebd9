"""What `nbcode deploy --print` prints, in a namespace of its own on a real cluster: doctor finds nothing in the way, and a run by the submitter's rights goes through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lightkube import Client, KubeConfig

from cluster.cluster import Cluster
from e2e.cluster.deployed import Deployed, deployed
from e2e.cluster.staged import plan_of
from nbcode.commands.cluster_health import cluster_findings
from nbcode.commands.cluster_ports import ClusterPorts
from nbcode.commands.health import Level
from nbcode.configuration import ArgoConfig
from nbcode.deployment import _shipped
from nbcode.deployment._kubernetes import cluster_of
from nbcode.deployment._probe import probe_store
from nbcode.primitives import digest_bytes
from nbcode.run import RunStatus, drive
from nbcode.run._argo import ArgoRunner, Place, workflow_name
from nbcode.run._local import LocalRunner
from nbcode.run._object_store import open_store

NAMESPACE = "nbcode-deployed"


@pytest.fixture(scope="module")
def place(cluster: Cluster) -> Iterator[Deployed]:
    with pytest.MonkeyPatch.context() as patch, deployed(cluster, NAMESPACE) as made:
        for name, value in cluster.environment().items():
            patch.setenv(name, value)
        yield made


@pytest.fixture
def submitter(place: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kubeconfig that has the submitter's rights and no others."""
    path = place.as_submitter(tmp_path)
    monkeypatch.setenv("KUBECONFIG", str(path))
    return path


def looked(place: Deployed) -> dict[str, list[Level]]:
    store, endpoint = place.store, place.cluster.s3.endpoint
    ports = ClusterPorts(
        argo=ArgoConfig(namespace=NAMESPACE, endpoint=endpoint, store=store),
        connect=lambda: cluster_of(None),
        shipped=_shipped.base(),
        read_yaml=_shipped.read_yaml,
        store=store,
        probe_store=lambda: probe_store(store, endpoint),
    )
    found: dict[str, list[Level]] = {}
    for one in cluster_findings(ports):
        found.setdefault(one.name, []).append(one.level)
    return found


def test_doctor_finds_nothing_in_the_way_of_the_submitter(place: Deployed, submitter: Path) -> None:
    found = looked(place)
    assert {name: levels for name, levels in found.items() if levels != [Level.OK]} == {"image": [Level.WARN]}
    assert {"rights", "template", "admission", "object store"} <= set(found)


def test_doctor_as_administrator_finds_what_is_missing_here(place: Deployed) -> None:
    found = looked(place)
    not_well = {name: [one for one in levels if one is not Level.OK] for name, levels in found.items()}
    # Neither the controller nor its Secret is in this cluster, and the image bears a tag.
    assert {name: levels for name, levels in not_well.items() if levels} == {
        "image": [Level.WARN],
        "secrets": [Level.FAIL],
        "controller": [Level.FAIL],
    }
    assert (found["argo version"], found["argo executor"]) == ([Level.OK], [Level.OK])


def test_a_run_by_the_submitters_rights_has_the_result_of_this_machine(
    place: Deployed, submitter: Path, tmp_path: Path
) -> None:
    plan = plan_of(tmp_path)
    store = open_store(place.store, place.cluster.s3.endpoint)
    with Client(config=KubeConfig.from_file(submitter).get(), namespace=NAMESPACE) as client:
        runner = ArgoRunner(Place(namespace=NAMESPACE), store, client=lambda: client)
        there = drive(runner, plan, into=tmp_path / "there", on_event=lambda _: None)
    assert there.status is RunStatus.FINISHED, there
    here = drive(LocalRunner(tmp_path / "runs"), plan, into=tmp_path / "here", on_event=lambda _: None)
    assert here.result is not None
    assert there.result is not None
    assert [(file.path, file.digest) for file in there.result.files] == [
        (file.path, file.digest) for file in here.result.files
    ]
    left = {path.name: digest_bytes(path.read_bytes()) for path in (tmp_path / "there").rglob("report.json")}
    assert left == {path.name: digest_bytes(path.read_bytes()) for path in (tmp_path / "here").rglob("report.json")}  # fmt: skip
    told = place.cluster.get("pods", f"--namespace={NAMESPACE}", f"--selector=workflows.argoproj.io/workflow={workflow_name(plan.run_id)}")  # fmt: skip
    check_pod(told["items"][0]["spec"])


def check_pod(spec: dict[str, Any]) -> None:
    """The token is in Argo's containers, the store's keys in the staging one, and each asks for a bounded memory."""
    containers = {one["name"]: one for one in (*spec["initContainers"], *spec["containers"])}
    assert set(containers) == {"init", "stage", "main", "wait"}
    tokens = {
        name
        for name, one in containers.items()
        for mount in one.get("volumeMounts", ())
        if mount["mountPath"].startswith("/var/run/secrets/kubernetes.io")
    }
    assert tokens == {"init", "wait"}
    assert {name for name, one in containers.items() if one.get("envFrom")} == {"stage"}
    assert all("memory" in one["resources"]["limits"] for one in containers.values())
    assert containers["wait"]["resources"]["limits"] == {"memory": "512Mi"}
