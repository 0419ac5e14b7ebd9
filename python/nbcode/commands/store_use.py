"""`nbcode store du`: how much of the disk a store takes, what for, and by model. A file that has several names is counted once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.artifact import ArtifactStore, Counted, DiskUse, SharedFiles
from nbcode.primitives import Diagnostic, dataclass
from nbcode.registry import RegisteredModel, collectable

if TYPE_CHECKING:
    from nbcode.commands.outputs.kept import StoredModel, StoreOutput, StorePart

_PARTS = (
    ("artifacts", "models, reports, predictions"),
    ("registry", "the registry of this store: its database, and what artifacts do not have"),
    ("runs", "records of runs, and results of `nbcode run`"),
    ("snapshots.git", "what was promoted, where the project is no git repository"),
    ("specs", "build specs"),
)
"""Folders of a store, in the order in which a file that several have is counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PartUse:
    """What a part of the store takes."""

    name: str
    what: str
    use: DiskUse

    def to_json(self) -> StorePart:
        """One of ``parts``."""
        return {
            "name": self.name,
            "what": self.what,
            "size_bytes": str(self.use.size_bytes),
            "files": self.use.files,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelUse:
    """What the versions of a model take in the store and in its registry; of ``collected`` ones the bytes are gone."""

    model: str
    versions: int
    collected: int
    use: DiskUse

    def to_json(self) -> StoredModel:
        """One of ``models``."""
        return {
            "model": self.model,
            "versions": self.versions,
            "collected": self.collected,
            "size_bytes": str(self.use.size_bytes),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreUse:
    """A store, by part and by model; ``cache`` is the user's, for all projects, and ``cached`` what it takes, None where it was not counted. The largest model is first."""

    store: Path
    parts: tuple[PartUse, ...]
    models: tuple[ModelUse, ...]
    cache: Path
    cached: DiskUse | None
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def total(self) -> DiskUse:
        """Of all parts."""
        return sum((part.use for part in self.parts), DiskUse())

    def to_json(self) -> StoreOutput:
        """What `store du --json` prints."""
        return {
            "store": str(self.store),
            "total_bytes": str(self.total.size_bytes),
            "parts": [part.to_json() for part in self.parts],
            "models": [model.to_json() for model in self.models],
            "cache": str(self.cache),
            "cache_bytes": None if self.cached is None else str(self.cached.size_bytes),
            "diagnostics": [d.to_json() for d in self.diagnostics],
        }


def store_use(
    store: Path,
    cache: Path,
    registered: Iterable[RegisteredModel],
    diagnostics: tuple[Diagnostic, ...] = (),
    *,
    with_cache: bool = False,
) -> StoreUse:
    """What is in ``store``, which need not exist, and what of it the ``registered`` models have. Environments make a cache of many more files than a
    store has: it is counted only ``with_cache``."""
    artifacts = ArtifactStore(store / "artifacts")
    counted = Counted()
    unused = (
        *artifacts.outgoing(),
        *artifacts.shared.unused(),
        *SharedFiles(store / "registry" / "shared").unused(),
    )
    going = PartUse(
        name="unused", what="what nothing leads to: `nbcode gc` removes it", use=counted.add(*unused)
    )
    parts = [PartUse(name=name, what=what, use=counted.add(store / name)) for name, what in _PARTS]
    rest = PartUse(name="others", what="journal, locks, trials, copies of data", use=counted.add(store))
    models = (_of_model(one, store, artifacts) for one in registered)
    return StoreUse(
        store=store,
        parts=tuple(part for part in (*parts, rest, going) if part.use.size_bytes),
        models=tuple(sorted(models, key=lambda one: (-one.use.size_bytes, one.model))),
        cache=cache,
        cached=Counted().add(cache) if with_cache else None,
        diagnostics=diagnostics,
    )


def _of_model(model: RegisteredModel, store: Path, artifacts: ArtifactStore) -> ModelUse:
    versions = [one.version for one in model.versions]
    places = [artifacts.path_of(one.artifact_digest) for one in versions]
    places += [path for one in versions for path in collectable(one, store / "registry" / "artifacts")]
    return ModelUse(
        model=model.model,
        versions=len(versions),
        collected=sum(bool(one.collected_at) for one in versions),
        use=Counted().add(*places),
    )
