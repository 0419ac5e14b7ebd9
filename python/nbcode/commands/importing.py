"""`nbcode import FILE`: a version from an archive into the registry, with where it came from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.artifact import ArtifactStore, Figures, costs_of, figures_of, judgement_of, look_ahead_of
from nbcode.commands.fetched import SPEC_NAME, wrong_with
from nbcode.notebook import is_framework, source_file
from nbcode.primitives import Digest, NbcodeError, dataclass, digest_file
from nbcode.promotion import (
    PROMOTED_NAME,
    headline_of,
    line_elsewhere,
    metrics_of,
    parameters_of,
    promotion_key,
)
from nbcode.registry import ModelVersion, Registration, Registry
from nbcode.registry.archive import ArchivedVersion, ArchiveRefusedError, check_archive, unpack_archive
from nbcode.spec import BuildSpec, decode, made_from_digest

if TYPE_CHECKING:
    from nbcode.commands.outputs.kept import ImportOutput


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportResult:
    """A version that the registry has now. ``made`` is False where it had it before; ``record`` is what the archive says."""

    version: ModelVersion
    made: bool
    record: ArchivedVersion
    digest: Digest

    def to_json(self) -> ImportOutput:
        """What `import --json` prints."""
        return {
            "status": "imported" if self.made else "exists",
            "model": self.version.model,
            "version": self.version.version,
            "alias": self.version.alias,
            "digest": self.digest,
            "artifact_digest": self.version.artifact_digest,
            "spec_digest": self.version.spec_digest,
            "from_registry": self.record.registry,
            "from_version": self.record.version,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportPorts:
    """What an import acts on. ``scratch`` is an empty folder of the store, ``who`` the user, ``now`` the time as text."""

    registry: Registry
    artifacts: ArtifactStore
    store_spec: Callable[[Digest, bytes], None]
    scratch: Path
    who: str
    now: Callable[[], str]


def import_version(file: Path, ports: ImportPorts, *, expected: str | None = None) -> ImportResult:
    """Register the version in the archive ``file``. Every byte is verified before anything is written; again is the same version. No alias
    is moved. ``expected`` is the archive's digest, where it is known.

    Raises ``NbcodeError``: NBC-I48 for a file that is no archive, or whose parts are not of one version; what the registry refuses.
    """
    record = check_archive(file)
    digest = digest_file(file)
    if expected is not None and expected.removeprefix("sha256:") != digest.hex:
        raise ArchiveRefusedError(f"it is {digest}, and {expected} was expected")
    model = ports.scratch / "model"
    unpack_archive(file, model)
    spec = _spec_of(record, model)
    artifact = ports.artifacts.take(model / record.artifact_digest.hex, record.artifact_digest)
    ports.store_spec(record.spec_digest, (model / SPEC_NAME).read_bytes())
    before = ports.registry.find(record.model, record.key)
    version = ports.registry.register(_registration(record, spec, artifact.path, model, ports))
    return ImportResult(version=version, made=before is None, record=record, digest=digest)


def _spec_of(record: ArchivedVersion, model: Path) -> BuildSpec:
    """The spec, when all parts of the archive are of one version."""
    try:
        spec = decode((model / SPEC_NAME).read_bytes())
    except FileNotFoundError as error:
        raise ArchiveRefusedError(f"it has no {SPEC_NAME}") from error
    except NbcodeError as error:
        raise ArchiveRefusedError(f"{SPEC_NAME}: {error.diagnostics[0].message}") from error
    wrong = wrong_with(model, _as_version(record))
    if wrong:
        raise ArchiveRefusedError("; ".join(wrong[:3]))
    if spec.meta.id != record.model or spec.meta.owner != record.owner:
        raise ArchiveRefusedError(
            f"it says {record.model} of {record.owner}, its spec {spec.meta.id} of {spec.meta.owner}"
        )
    platform = spec.environment.platform_key
    # Before one model was one artifact in all its forms, the key was of the spec.
    keys = {
        promotion_key(record.model, one, platform) for one in (made_from_digest(spec), record.spec_digest)
    }
    if record.key not in keys:
        raise ArchiveRefusedError("its key is not that of its model, spec and platform")
    return spec


def _as_version(record: ArchivedVersion) -> ModelVersion:
    return ModelVersion(
        model=record.model,
        version=record.version,
        key=record.key,
        spec_digest=record.spec_digest,
        artifact_digest=record.artifact_digest,
        registered_at=record.registered_at,
        source=record.registry,
    )


def _registration(
    record: ArchivedVersion, spec: BuildSpec, artifact: Path, model: Path, ports: ImportPorts
) -> Registration:
    figures: Figures = figures_of(artifact)[0]
    requirements = model / "requirements.txt"
    origin = f"{record.registry} version {record.version}"
    others = [one for one in ports.registry.versions(record.model) if one.key != record.key]
    made = Registration(
        model=record.model,
        key=record.key,
        spec_digest=record.spec_digest,
        definition_digest=spec.definition.digest,
        artifact_digest=record.artifact_digest,
        artifact=artifact,
        registered_at=record.registered_at,
        registered_by=record.registered_by,
        notebook=record.notebook,
        snapshot=record.snapshot,
        owner=record.owner,
        path=record.path,
        line=line_elsewhere(record.line, spec.definition.digest, others),
        description=spec.meta.description,
        headline=headline_of(artifact, figures),
        rows=(("horizon", spec.meta.horizon), ("imported from", f"{origin}, by {ports.who}, {ports.now()}")),
        origin=origin,
        imported_at=ports.now(),
        imported_by=ports.who,
        look_ahead=str(look_ahead_of(artifact) or ""),
        judged=str(judgement_of(artifact) or ""),
        spec=(model / SPEC_NAME).read_text("utf-8"),
        sources=_sources(record.notebook, model),
        python=spec.environment.platform_key.rpartition("cpython")[2] or spec.environment.python_version,
        parameters=tuple(parameters_of(spec)),
        metrics=tuple(metrics_of(figures, costs_of(artifact))),
    )
    if not requirements.is_file():
        return made
    lines = tuple(requirements.read_text("utf-8").splitlines())
    return replace(made, requirements=lines, wheels=tuple(sorted((model / "wheels").glob("*.whl"))))


def _sources(notebook: str | None, model: Path) -> tuple[tuple[str, str], ...]:
    """What was promoted, as the version has it beside its artifact: the tagged cells, or the file of a framework's model."""
    named = () if notebook is None else (source_file(Path(notebook)).name, "__init__.py")
    names = named if notebook is not None and is_framework(notebook) else (PROMOTED_NAME,)
    there = (model / name for name in names)
    return tuple((one.name, one.read_text("utf-8")) for one in there if one.is_file())
