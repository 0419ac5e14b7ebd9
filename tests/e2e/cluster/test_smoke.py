"""What everything else on the cluster stands on: a node, a restricted pod by Argo, its artifact in S3, and what is refused."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator

import pytest

from cluster.cluster import NAMESPACE, NODE, Cluster
from e2e.cluster import smoke

# Each line is a fact of the main container; the last is the test's own.
FACTS = """
{
  echo "user $(id -u)"
  if [ -e /var/run/secrets/kubernetes.io/serviceaccount/token ]; then echo "token there"; else echo "token absent"; fi
  if touch /written 2>/dev/null; then echo "root writable"; else echo "root read-only"; fi
  grep -E '^(NoNewPrivs|Seccomp|CapEff):' /proc/self/status
  echo NONCE
} > /out/result
"""


@pytest.fixture(scope="module", autouse=True)
def prepared(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    smoke.load_image(cluster, tmp_path_factory.mktemp("image"))
    with smoke.with_rights(cluster):
        yield


def test_the_node_is_ready_and_runs_the_pinned_version(cluster: Cluster) -> None:
    node = cluster.get("node", NODE)
    ready = [c["status"] for c in node["status"]["conditions"] if c["type"] == "Ready"]
    assert (ready, node["status"]["nodeInfo"]["kubeletVersion"]) == (["True"], "v1.35.4")


def test_a_restricted_workflow_leaves_its_artifact_in_s3(cluster: Cluster) -> None:
    nonce = secrets.token_hex(16)
    name, key = f"smoke-{nonce[:8]}", f"smoke/{nonce}/result"
    told = smoke.workflow(name, FACTS.replace("NONCE", nonce), key)
    cluster.kubectl("create", "--validate=strict", "--filename=-", given=json.dumps(told))
    ended = smoke.finished(cluster, name)
    assert ended["status"]["phase"] == "Succeeded", ended["status"]
    expected = [
        "user 10001",
        "token absent",
        "root read-only",
        "CapEff:\t0000000000000000",
        "NoNewPrivs:\t1",
        "Seccomp:\t2",
        nonce,
    ]
    assert cluster.s3.read(key).decode() == "\n".join(expected) + "\n"


def test_a_workflow_whose_step_fails_is_failed_and_leaves_nothing(cluster: Cluster) -> None:
    """The control: success is not what the controller says of everything."""
    nonce = secrets.token_hex(16)
    name, key = f"smoke-{nonce[:8]}", f"smoke/{nonce}/result"
    told = smoke.workflow(name, "exit 3", key)
    cluster.kubectl("create", "--validate=strict", "--filename=-", given=json.dumps(told))
    status = smoke.finished(cluster, name)["status"]
    assert (status["phase"], status["message"]) == ("Failed", "main: Error (exit code 3)"), status
    with pytest.raises(FileNotFoundError, match=nonce):
        cluster.s3.read(key)


@pytest.mark.parametrize(("namespace", "refused"), [(NAMESPACE, True), ("default", False)])
def test_a_privileged_pod_is_refused_where_pods_are_restricted(
    cluster: Cluster, namespace: str, *, refused: bool
) -> None:
    """The second case is the control: it is the namespace that refuses, not every one does."""
    pod = json.dumps(smoke.privileged_pod(namespace))
    done = cluster.kubectl("create", "--dry-run=server", "--filename=-", given=pod, check=False)
    assert (done.returncode != 0, "violates PodSecurity" in done.stderr) == (refused, refused), done
