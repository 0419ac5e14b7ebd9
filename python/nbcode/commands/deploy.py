"""`nbcode deploy --print`: the manifests that ship with nbcode, for one namespace, two images and one object store. Nothing is applied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from nbcode.deployment import Manifest, needs_of, rendered, target
from nbcode.primitives import Diagnostic, NbcodeError, Severity, dataclass, nearest

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
class Asked:
    """What was typed. ``only`` names files of the base."""

    namespace: str
    image: str
    controller_image: str
    store: str
    endpoint: str | None = None
    region: str | None = None
    only: tuple[str, ...] = ()

    def require_known(self, files: Sequence[str]) -> None:
        """Raise ``NbcodeError`` (NBC-K01) where the base has no file of a name."""
        for name in self.only:
            if name not in files:
                near = nearest(name, files)
                told = Diagnostic(
                    code="NBC-K01",
                    message=f"--only {name!r} is no file of the base",
                    cause=f"it has {', '.join(files)}",
                    fixes=(f"write --only {near or files[0]}",),
                )
                raise NbcodeError([told])


@dataclass(frozen=True, kw_only=True, slots=True)
class Yaml:
    """Reads and writes one document, and writes several."""

    read: Callable[[str], Any]
    write: Callable[[Any], str]
    write_all: Callable[[Sequence[Manifest]], str]


def deploy(shipped: Sequence[Manifest], asked: Asked, yaml: Yaml) -> DeployResult:
    """Fill ``shipped`` in as it was asked for. Raises ``NbcodeError`` (NBC-K01) for what no cluster takes; an image that a tag names is a warning (NBC-K02)."""
    place = target(
        namespace=asked.namespace,
        image=asked.image,
        controller_image=asked.controller_image,
        store=asked.store,
        endpoint=asked.endpoint,
        region=asked.region,
        needs=needs_of(shipped),
    )
    made = rendered(shipped, place, yaml.read, yaml.write)
    return DeployResult(
        namespace=place.namespace,
        manifests=tuple(made),
        text=yaml.write_all(made),
        diagnostics=tuple(_by_tag(image) for image in place.by_tag),
    )


def _by_tag(image: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-K02",
        severity=Severity.WARNING,
        message=f"the image {image} is named by a tag",
        cause="whoever may push to its registry may change what runs, and no run is told of it",
        fixes=("name it by its digest, NAME@sha256:..., as the push of it printed",),
    )
