"""Argo Workflows in the cluster: its custom resources, its controller, and where its artifacts go."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import Protocol

from cluster import builds
from cluster.builds import ARGO, manifests, program
from cluster.layout import MANIFESTS, NAMESPACE, Layout
from cluster.object_store import ObjectStore
from cluster.oci_images import Image
from cluster.steps import wait

CONTROLLER = f"localhost/workflow-controller:v{ARGO}"
EXECUTOR = f"localhost/argoexec:v{ARGO}"
USER = 8737
STORED = ("workflows", "workflowtaskresults", "workflowtemplates")
"""What is asked about where nothing runs; a definition costs the API server seconds."""
_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


class Kubectl(Protocol):
    """``kubectl`` for one cluster; what goes wrong is an exception."""

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]: ...


def images() -> list[Image]:
    """Of the controller and of what runs beside each step."""
    common: dict[str, str | Path] = {
        "etc/passwd": f"root:x:0:0::/:/\nargo:x:{USER}:{USER}::/tmp:/\n",
        "etc/group": f"root:x:0:\nargo:x:{USER}:\n",
        "etc/nsswitch.conf": "hosts: files dns\n",
    }
    if _AUTHORITIES.exists():
        common["etc/ssl/certs/ca-certificates.crt"] = _AUTHORITIES.read_text()
    return [
        Image(
            name=name,
            entrypoint=[stem],
            files={**common, f"bin/{stem}": program(stem)},
            user=USER,
            environment=["PATH=/bin", "HOME=/tmp"],
        )
        for name, stem in ((CONTROLLER, "workflow-controller"), (EXECUTOR, "argoexec"))
    ]


def define_custom_resources(kubectl: Kubectl, names: Sequence[str] = ()) -> None:
    """``names``, or all of them, in a cluster that has none; returns when objects of them can be made.

    Created and not applied: an API server is twice as long about the second, and there is nothing to merge with.
    """
    chosen = [path for path in builds.custom_resources() if not names or path.stem.partition("_")[2] in names]
    kubectl("create", "--validate=false", *(f"--filename={path}" for path in chosen))
    known = [f"customresourcedefinition/{path.stem.partition('_')[2]}.argoproj.io" for path in chosen]
    wait("Argo's custom resources", lambda: _established(kubectl, known))


def _established(kubectl: Kubectl, known: Sequence[str]) -> bool:
    listed = json.loads(kubectl("get", *known, "--output=json").stdout)["items"]
    # Until the server has looked at a definition, its conditions are null.
    holding = [c for one in listed for c in one.get("status", {}).get("conditions") or []]
    established = [c for c in holding if (c["type"], c["status"]) == ("Established", "True")]
    return len(established) == len(known)


def kustomization(layout: Layout) -> Path:
    """A folder for ``kubectl apply -k``: the module's own manifests, with the images of this cluster."""
    folder = layout.folder("argo")
    relative = os.path.relpath(manifests(), folder)
    told = Template((MANIFESTS / "argo.yaml").read_text())
    (folder / "kustomization.yaml").write_text(
        told.substitute(manifests=relative, version=f"v{ARGO}", executor=EXECUTOR)
    )
    (folder / "namespace.yaml").write_text((MANIFESTS / "argo-namespace.yaml").read_text())
    return folder


def artifact_repository(store: ObjectStore) -> str:
    """The namespace that nbcode runs in, and the S3 that its artifacts go to."""
    encoded = {
        name: base64.b64encode(value.encode()).decode()
        for name, value in (("access_key", store.access_key), ("secret_key", store.secret_key))
    }
    return Template((MANIFESTS / "namespace.yaml").read_text()).substitute(
        namespace=NAMESPACE,
        bucket=store.bucket,
        region=store.region,
        endpoint=store.endpoint.removeprefix("http://"),
        **encoded,
    )
