"""What `nbcode deploy --print` prints, in a namespace of its own on a real cluster: doctor finds nothing in the way, and a run by the submitter's rights goes through."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lightkube import Client, KubeConfig

from cluster.cluster import Cluster
from e2e.cluster.test_a_staged_run import plan_of
from fakes.patience import ENOUGH_S
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

NAMESPACE, PREFIX = "nbcode-deployed", "deployed/place"
ARCHIVE = os.environ.get("NBCODE_RUNNER_IMAGE", "")
IMAGE = os.environ.get("NBCODE_RUNNER_NAME", "localhost/nbcode-runner:dev")


def printed(cluster: Cluster) -> list[dict[str, Any]]:
    """The program itself, and what it prints for this cluster; the controller's image is not on the node."""
    done = subprocess.run(
        [Path(sys.executable).with_name("nbcode"), "deploy", "--json", "--namespace", NAMESPACE, "--image", IMAGE,
         "--controller-image", "localhost/nbcode-controller:dev", "--store", f"s3://{cluster.s3.bucket}/{PREFIX}",
         "--endpoint", cluster.s3.endpoint, "--region", cluster.s3.region],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    made: list[dict[str, Any]] = json.loads(done.stdout)["manifests"]
    for one in made:
        if one["kind"] == "WorkflowTemplate":
            one["spec"]["dnsPolicy"] = "Default"  # the tests' cluster has no name service
        if one["kind"] == "Deployment":
            one["spec"]["replicas"] = 0
    return made


@pytest.fixture(scope="module")
def deployed(cluster: Cluster) -> Iterator[Cluster]:
    if not (ARCHIVE or "NBCODE_RUNNER_NAME" in os.environ):
        pytest.skip("no image of the runner: NBCODE_RUNNER_IMAGE names its archive (make runner-image)")
    if ARCHIVE:
        cluster.load_image(Path(ARCHIVE))
    told = {"NBCODE_STORE": f"s3://{cluster.s3.bucket}/{PREFIX}", **cluster.s3.variables()}
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "nbcode-store", "namespace": NAMESPACE},
        "data": {name: base64.b64encode(value.encode()).decode() for name, value in told.items()},
    }
    made = printed(cluster)
    cluster.apply(*made, secret)
    wait_for_token(cluster)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in cluster.environment().items():
            patch.setenv(name, value)
        yield cluster
    policies = [one for one in made if one["kind"].startswith("ValidatingAdmission")]
    listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": policies})
    cluster.kubectl("delete", "--filename=-", given=listed)
    cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=true")


def wait_for_token(cluster: Cluster) -> None:
    until_s = time.monotonic() + ENOUGH_S
    while not cluster.get("secret", "nbcode-executor.service-account-token", f"--namespace={NAMESPACE}").get(
        "data"
    ):
        assert time.monotonic() < until_s
        time.sleep(0.2)


@pytest.fixture
def submitter(deployed: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kubeconfig that has the submitter's rights and no others."""
    token = deployed.kubectl("create", "token", "nbcode-submitter", f"--namespace={NAMESPACE}").stdout
    told = json.loads(deployed.kubeconfig.read_text())
    told["users"][0]["user"] = {"token": token.strip()}
    path = tmp_path / "kubeconfig"
    path.touch(mode=0o600)
    path.write_text(json.dumps(told))
    monkeypatch.setenv("KUBECONFIG", str(path))
    return path


def looked(cluster: Cluster) -> dict[str, list[Level]]:
    store = f"s3://{cluster.s3.bucket}/{PREFIX}"
    ports = ClusterPorts(
        argo=ArgoConfig(namespace=NAMESPACE, endpoint=cluster.s3.endpoint, store=store),
        connect=lambda: cluster_of(None),
        shipped=_shipped.base(),
        read_yaml=_shipped.read_yaml,
        store=store,
        probe_store=lambda: probe_store(store, cluster.s3.endpoint),
    )
    found: dict[str, list[Level]] = {}
    for one in cluster_findings(ports):
        found.setdefault(one.name, []).append(one.level)
    return found


def test_doctor_finds_nothing_in_the_way_of_the_submitter(deployed: Cluster, submitter: Path) -> None:
    found = looked(deployed)
    assert {name: levels for name, levels in found.items() if levels != [Level.OK]} == {"image": [Level.WARN]}
    assert {"rights", "template", "admission", "object store"} <= set(found)


def test_doctor_as_administrator_finds_what_is_missing_here(deployed: Cluster) -> None:
    found = looked(deployed)
    not_well = {name: [one for one in levels if one is not Level.OK] for name, levels in found.items()}
    # Neither the controller nor its Secret is in this cluster, and the image bears a tag.
    assert {name: levels for name, levels in not_well.items() if levels} == {
        "image": [Level.WARN],
        "secrets": [Level.FAIL],
        "controller": [Level.FAIL],
    }
    assert (found["argo version"], found["argo executor"]) == ([Level.OK], [Level.OK])


def test_a_run_by_the_submitters_rights_has_the_result_of_this_machine(
    deployed: Cluster, submitter: Path, tmp_path: Path
) -> None:
    plan = plan_of(tmp_path)
    store = open_store(f"s3://{deployed.s3.bucket}/{PREFIX}", deployed.s3.endpoint)
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
    told = deployed.get("pods", f"--namespace={NAMESPACE}", f"--selector=workflows.argoproj.io/workflow={workflow_name(plan.run_id)}")  # fmt: skip
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
