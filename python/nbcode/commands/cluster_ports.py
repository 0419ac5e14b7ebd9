"""What `nbcode doctor --on argo` is given to look at, and how its findings are said."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any

from nbcode.commands.health import Finding, Level
from nbcode.configuration import ArgoConfig
from nbcode.deployment import Cluster, Manifest
from nbcode.primitives import NbcodeError, dataclass

AREA = "cluster"
APPLY = "kubectl apply --server-side --force-conflicts --filename -"
INSTALL_ARGO = (
    "kubectl create namespace argo; kubectl apply --server-side --namespace argo --filename "
    "https://github.com/argoproj/argo-workflows/releases/download/v4.0.7/install.yaml"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterPorts:
    """What is looked at, and by what. ``store`` is s3://bucket/prefix, None where none is named; ``probe_store`` puts, reads and removes an
    object there; both that and ``connect`` raise ``NbcodeError``."""

    argo: ArgoConfig
    connect: Callable[[], Cluster]
    shipped: tuple[Manifest, ...]
    read_yaml: Callable[[str], Any]
    store: str | None
    probe_store: Callable[[], None]
    own_journal: bool = False
    """Whether the journal is a file in this project's store, which no controller sees."""
    endpoint: str = ""
    region: str = ""
    """Of the store, as the project and the environment have them; empty for Amazon's."""
    journal: str = ""
    registry: str = ""
    """The addresses of the servers in use; empty where none is shared."""
    refused_keys: Callable[[Mapping[str, str]], str] = lambda _variables: ""
    """Why the store refuses the keys among such variables; empty where it takes them, or cannot be reached from here."""
    memory: str = "1Gi"
    """What the pod of a run asks for, as Kubernetes writes it."""
    image_patience_s: float = 30.0

    def deploy(self, only: str, **options: str) -> str:
        """The command that applies one file of the base again; a ``store`` with the endpoint and the region that are in force."""
        told = {"only": only, "namespace": self.argo.namespace, **options}
        if "store" in options:
            told |= {
                name: value for name, value in (("endpoint", self.endpoint), ("region", self.region)) if value
            }
        words = [word for name, value in told.items() for word in (f"--{name}", value)]
        return f"{shlex.join(['nbcode', 'deploy', '--print', *words])} | {APPLY}"

    @property
    def bucket_and_prefix(self) -> tuple[str, str]:
        """Of the store; empty where none is named."""
        bucket, _, prefix = (self.store or "").removeprefix("s3://").rstrip("/").partition("/")
        return bucket, prefix


def well(name: str, text: str) -> Finding:
    """Something that is as it should be."""
    return Finding(area=AREA, name=name, level=Level.OK, text=text)


def ill(name: str, text: str, fix: str, level: Level = Level.FAIL) -> Finding:
    """Something that is not."""
    return Finding(area=AREA, name=name, level=level, text=text, fix=fix)


def failed(name: str, error: NbcodeError) -> Finding:
    """What an error says, with its first way out that is not this command."""
    first = error.diagnostics[0]
    fixes = [title for title in first.fix_titles if "nbcode doctor" not in title]
    text = f"{first.code} {first.message}" + (f": {first.cause}" if first.cause else "")
    return ill(name, text, fixes[0] if fixes else f"`nbcode explain {first.code}`")
