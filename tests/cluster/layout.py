"""Where the test cluster keeps things, and the addresses it has."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
MODULES = HERE / "modules"
MANIFESTS = HERE / "manifests"

NODE = "node1"
HOST_ADDRESS = "10.99.0.1"
NODE_ADDRESS = "10.99.0.2"
LINK = "nbcode-cluster"
"""The host's end of the one link between it and the cluster."""
POD_RANGE = "10.244.0.0/24"
SERVICE_RANGE = "10.96.0.0/16"
API_SERVICE = "10.96.0.1"
CGROUP = "nbcode-cluster"
NAMESPACE = "nbcode"
API_PORT = 6443
S3_PORT = 7070
BUCKET = "nbcode"


class ClusterError(Exception):
    """What went wrong with the test cluster, and what to do about it."""

    def __init__(self, cause: str, *, fix: str) -> None:
        super().__init__(f"{cause}\nfix: {fix}")
        self.cause = cause
        self.fix = fix


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What is below one folder, which is gone when the cluster is down."""

    root: Path

    @property
    def authority(self) -> Path:
        return self.root / "certificates"

    @property
    def kubeconfig(self) -> Path:
        return self.root / "kubeconfig"

    @property
    def processes(self) -> Path:
        return self.root / "processes"

    @property
    def team(self) -> Path:
        """What PostgreSQL and MLflow hold, with their passwords."""
        return self.root / "team"

    @property
    def team_processes(self) -> Path:
        """Apart from the cluster's own: it is whole without them."""
        return self.root / "team-processes"

    @property
    def images(self) -> Path:
        return self.root / "images"

    @property
    def objects(self) -> Path:
        """What S3 holds: a folder for each bucket."""
        return self.root / "s3"

    @property
    def s3_keys(self) -> Path:
        return self.root / "s3-keys.json"

    def folder(self, name: str) -> Path:
        """One of its own for ``name``, made if absent."""
        made = self.root / name
        made.mkdir(parents=True, exist_ok=True)
        return made


def state() -> Layout:
    """Of the cluster of this machine; there is one at a time. Its path is short: sockets are below it."""
    return Layout(root=Path(os.environ.get("NBCODE_CLUSTER_STATE", "/var/lib/nbcode-cluster")))


def cache() -> Path:
    """Where builds are kept, outside the tree."""
    kept = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(kept) / "nbcode-cluster"
