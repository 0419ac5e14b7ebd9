"""`nbcode deploy --print`: the manifests that ship with nbcode, for one namespace, two images and one object store. Nothing is applied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from nbcode.deployment import Manifest, Target, rendered
from nbcode.primitives import Diagnostic, Severity, dataclass

if TYPE_CHECKING:
    from nbcode.commands.outputs.cluster import DeployOutput


@dataclass(frozen=True, kw_only=True, slots=True)
class DeployResult:
    """The objects, their YAML, and what is to be said of them."""

    namespace: str
    manifests: tuple[Manifest, ...]
    text: str
    diagnostics: tuple[Diagnostic, ...]

    def to_json(self) -> DeployOutput:
        """Plain data."""
        return {
            "status": "done",
            "namespace": self.namespace,
            "manifests": list(self.manifests),
            "diagnostics": [one.to_json() for one in self.diagnostics],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Yaml:
    """Reads and writes one document, and writes several."""

    read: Callable[[str], Any]
    write: Callable[[Any], str]
    write_all: Callable[[Sequence[Manifest]], str]


def deploy(shipped: Sequence[Manifest], target: Target, yaml: Yaml) -> DeployResult:
    """Fill ``shipped`` in for ``target``. An image that a tag names is a warning (NBC-K02)."""
    made = rendered(shipped, target, yaml.read, yaml.write)
    return DeployResult(
        namespace=target.namespace,
        manifests=tuple(made),
        text=yaml.write_all(made),
        diagnostics=tuple(_by_tag(image) for image in target.by_tag),
    )


def _by_tag(image: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-K02",
        severity=Severity.WARNING,
        message=f"the image {image} is named by a tag",
        cause="whoever may push to its registry may change what runs, and no run is told of it",
        fixes=("name it by its digest, NAME@sha256:..., as the push of it printed",),
    )
