"""A Workflow of one restricted pod that writes one artifact, and the rights that its executor needs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cluster.cluster import NAMESPACE, Cluster
from cluster.oci_images import Image, write_archive
from fakes.patience import ENOUGH_S

BUSYBOX = Path("/bin/busybox")
IMAGE = "localhost/smoke:1"
ACCOUNT = "smoke"
_USER = 10001
_LABEL = "for=smoke"
"""Others may have Workflows there too."""
RESTRICTED_CONTAINER = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


def load_image(cluster: Cluster, folder: Path) -> None:
    """Busybox alone; ``sh`` is its first argument."""
    image = Image(name=IMAGE, entrypoint=["/bin/busybox"], files={"bin/busybox": BUSYBOX}, user=_USER)
    cluster.load_image(write_archive(image, folder / "smoke.tar"))


def rights(account: str = ACCOUNT) -> list[dict[str, Any]]:
    """An account whose token is in the executor's containers alone, and may report results and nothing else."""
    named = {"name": account, "namespace": NAMESPACE}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": named},
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": f"{account}.service-account-token",
                "namespace": NAMESPACE,
                "annotations": {"kubernetes.io/service-account.name": account},
            },
            "type": "kubernetes.io/service-account-token",
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": named,
            "rules": [
                {
                    "apiGroups": ["argoproj.io"],
                    "resources": ["workflowtaskresults"],
                    "verbs": ["create", "patch"],
                }
            ],
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": named,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": account},
            "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": NAMESPACE}],
        },
    ]


@contextmanager
def with_rights(cluster: Cluster) -> Iterator[None]:
    """The account and its rights; afterwards no Workflow of these tests is left, and neither are they."""
    held = rights()
    cluster.apply(*held)
    yield
    cluster.kubectl("delete", "workflows", f"--selector={_LABEL}", f"--namespace={NAMESPACE}", "--wait=true")
    # The token's Secret goes with its account.
    listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": held})
    cluster.kubectl("delete", "--ignore-not-found", "--filename=-", given=listed)


def workflow(name: str, script: str, key: str) -> dict[str, Any]:
    """``script`` runs in the pod's main container; what it leaves in /out/result goes to ``key``."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": dict([_LABEL.split("=")])},
        "spec": {
            "entrypoint": "main",
            "serviceAccountName": ACCOUNT,
            "automountServiceAccountToken": False,
            "executor": {"serviceAccountName": ACCOUNT},
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": _USER,
                "runAsGroup": _USER,
                "fsGroup": _USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "dnsPolicy": "Default",
            "templates": [
                {
                    "name": "main",
                    "container": {
                        "image": IMAGE,
                        "imagePullPolicy": "Never",
                        "command": ["/bin/busybox"],
                        "args": ["sh", "-c", script],
                        "securityContext": RESTRICTED_CONTAINER,
                        "volumeMounts": [{"name": "out", "mountPath": "/out"}],
                    },
                    "volumes": [{"name": "out", "emptyDir": {}}],
                    "outputs": {
                        "artifacts": [
                            {
                                "name": "result",
                                "path": "/out/result",
                                "archive": {"none": {}},
                                "s3": {"key": key},
                            }
                        ]
                    },
                }
            ],
        },
    }


def finished(cluster: Cluster, name: str) -> dict[str, Any]:
    """The Workflow when it has ended, however it has."""
    until_s = time.monotonic() + ENOUGH_S
    while time.monotonic() < until_s:
        found: dict[str, Any] = cluster.get("workflow", name, f"--namespace={NAMESPACE}")
        if found.get("status", {}).get("phase") in {"Succeeded", "Failed", "Error"}:
            return found
        time.sleep(0.2)
    raise AssertionError(cluster.kubectl("describe", "workflow,pods", f"--namespace={NAMESPACE}").stdout)


def privileged_pod(namespace: str) -> dict[str, Any]:
    """What a restricted namespace refuses."""
    container = {"name": "main", "image": IMAGE, "securityContext": {"privileged": True}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "privileged", "namespace": namespace},
        "spec": {"containers": [container], "automountServiceAccountToken": False},
    }
