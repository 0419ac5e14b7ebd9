"""The test cluster as tests see it: ``make cluster-up`` starts it, :func:`running` finds it."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster.builds import program
from cluster.isolation import Isolation
from cluster.layout import NAMESPACE, NODE, ClusterError, Layout, state
from cluster.node import import_image
from cluster.object_store import ObjectStore, known
from cluster.processes import Processes

__all__ = ["NAMESPACE", "NODE", "Cluster", "ClusterError", "ObjectStore", "running"]


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """One that runs: its Kubernetes by ``kubeconfig``, its S3 by ``s3``, its servers by ``processes``."""

    kubeconfig: Path
    s3: ObjectStore
    processes: Processes
    """By name: ``kubelet``, ``kube-apiserver``, ``versitygw``, …; each can be stopped and started again."""

    def kubectl(
        self, *arguments: str, given: str | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """With ``given`` as standard input; unless ``check`` is False, an error is an exception."""
        done = subprocess.run(
            [program("kubectl"), f"--kubeconfig={self.kubeconfig}", *arguments],
            input=given, capture_output=True, text=True, check=False, env=self.environment(),
        )  # fmt: skip
        if check and done.returncode != 0:
            raise ClusterError(
                f"kubectl {' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()[:2000]}",
                fix=f"try it by hand: KUBECONFIG={self.kubeconfig}",
            )
        return done

    def get(self, *arguments: str) -> Any:
        """The JSON of ``kubectl get``."""
        return json.loads(self.kubectl("get", *arguments, "--output=json").stdout)

    def apply(self, *objects: dict[str, Any]) -> None:
        """Server-side, with unknown fields refused."""
        listed = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        self.kubectl("apply", "--server-side", "--validate=strict", "--filename=-", given=json.dumps(listed))

    def load_image(self, archive: Path) -> None:
        """An OCI archive (``buildah push IMAGE oci-archive:FILE:NAME:TAG``) becomes an image of the node, never pulled."""
        import_image(self.processes, archive)

    def environment(self) -> dict[str, str]:
        """For programs that are to talk to this cluster and to no other."""
        return os.environ | {"KUBECONFIG": str(self.kubeconfig)} | self.s3.variables()


def running(layout: Layout | None = None) -> Cluster | None:
    """The cluster of this machine; None where it is not up."""
    place = layout or state()
    if not place.s3_keys.exists() or not (place.root / "up").exists():
        return None
    isolation = Isolation(place)
    if not isolation.alive():
        return None
    return Cluster(kubeconfig=place.kubeconfig, s3=known(place), processes=isolation.processes)
