"""`nbcode gc`: makes room in a store. What nothing leads to goes always; the bytes of versions go by a rule, and their records stay.

A version of the store's own registry is marked there before its files go, and each folder loses its name before its files do: a kill leaves what the next
`gc` finishes. On a server nothing is removed: what goes is the copy in this store.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.artifact import ArtifactStore, DiskUse, SharedFiles, freed_by
from nbcode.commands.keeping import Decision, KeepRule, Needs, decisions
from nbcode.primitives import Cancellation, Diagnostic, Digest, NbcodeError, Severity, dataclass, time_text
from nbcode.promotion import Journal, LeaseHeldError, Leases, Promotion
from nbcode.registry import ModelVersion, RegisteredModel, Registry, collectable

if TYPE_CHECKING:
    from nbcode.commands.outputs.kept import CollectedPart, GcOutput, KeptVersion

SETTLED = timedelta(days=1)
"""What nothing leads to yet may be on its way to be registered: it is left for a day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CollectPorts:
    """What is collected in: the ``store`` with its ``artifacts`` and its own ``registry``, or the server's. ``on_part`` hears of each part before it goes."""

    store: Path
    artifacts: ArtifactStore
    registry: Registry
    on_server: bool
    registered: tuple[RegisteredModel, ...]
    journal: Journal | None
    leases: Leases
    now: datetime
    who: str
    on_part: Callable[[Part], None] = lambda _: None
    failpoint: Callable[[str], None] = lambda _: None
    cancellation: Cancellation

    @property
    def names(self) -> tuple[Path, ...]:
        """The folders of second names, which go with the last other one."""
        return (self.artifacts.shared.directory, self.store / "registry" / "shared")


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """What goes together: ``what`` in words, the ``paths`` that are removed, ``why``; ``decided`` is the version whose bytes they are."""

    what: str
    why: str
    paths: tuple[Path, ...]
    decided: Decision | None = None
    freed: DiskUse = DiskUse()

    def to_json(self) -> CollectedPart:
        """One of ``collected``."""
        version = None if self.decided is None else self.decided.version
        return {
            "what": self.what,
            "model": None if version is None else version.model,
            "version": None if version is None else version.version,
            "why": self.why,
            "freed_bytes": str(self.freed.size_bytes),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class GcResult:
    """What went, or with ``dry_run`` would go, and which versions keep their bytes. ``freed`` counts a file once that several parts have."""

    store: Path
    rule: str
    dry_run: bool
    parts: tuple[Part, ...]
    kept: tuple[Decision, ...]
    freed: DiskUse
    diagnostics: tuple[Diagnostic, ...] = ()

    def to_json(self) -> GcOutput:
        """What `gc --json` prints."""
        return {
            "store": str(self.store),
            "keep": self.rule,
            "dry_run": self.dry_run,
            "collected": [part.to_json() for part in self.parts],
            "kept": [_kept_json(one) for one in self.kept],
            "freed_bytes": str(self.freed.size_bytes),
            "diagnostics": [d.to_json() for d in self.diagnostics],
        }


def _kept_json(one: Decision) -> KeptVersion:
    return {"model": one.version.model, "version": one.version.version, "because": one.because}


def collect(rule: KeepRule | None, ports: CollectPorts, *, dry_run: bool) -> GcResult:
    """Remove what ``rule`` does not keep, and what nothing leads to; with ``dry_run`` only say it.

    Raises ``NbcodeError`` for the machine's troubles, and ``CancelledError`` when ``ports.cancellation`` was requested: what went is gone, the rest is as it was.
    """
    promotions = () if ports.journal is None else ports.journal.promotions()
    unfinished = {one.key for one in promotions if not one.finished}
    used = {} if rule is None or not ports.registered else ports.registry.in_use()
    needs = Needs(used=used, unfinished=unfinished)
    decided = decisions(ports.registered, needs, rule, ports.now)
    found = [*_versions(decided, promotions, ports), *_left(decided, promotions, rule, ports)]
    parts = tuple(part for part in found if part.paths)
    freed = freed_by((path for part in parts for path in part.paths), ports.names)
    told: list[Diagnostic] = []
    if not dry_run:
        gone = [(part, _gone(part, ports, told)) for part in parts]
        parts = tuple(part for part, of_it in gone if of_it is not None)
        freed = sum((of_it for _, of_it in gone if of_it is not None), DiskUse())
        ports.artifacts.sweep()
        SharedFiles(ports.store / "registry" / "shared").sweep()
    return GcResult(
        store=ports.store,
        rule="" if rule is None else rule.text,
        dry_run=dry_run,
        parts=parts,
        kept=tuple(one for one in decided if one.because),
        freed=freed,
        diagnostics=tuple(told),
    )


def _versions(
    decided: Iterable[Decision], promotions: tuple[Promotion, ...], ports: CollectPorts
) -> Iterator[Part]:
    """The versions that the rule does not keep: their files in the registry, in the store, and what their runs left."""
    every = tuple(decided)
    needed = {one.version.artifact_digest for one in every if one.because}
    for one in (one for one in every if not one.because):
        version = one.version
        own = () if version.artifact_digest in needed else (ports.artifacts.path_of(version.artifact_digest),)
        registry = () if ports.on_server else collectable(version, ports.store / "registry" / "artifacts")
        runs = [
            ports.store / "runs" / p.run_id
            for p in promotions
            if p.key == version.key and p.run_id is not None
        ]
        paths = tuple(path for path in (*registry, *own, *runs) if path.exists())
        copy = "the copy here of " if ports.on_server else ""
        yield _part(
            ports,
            *paths,
            what=f"{copy}{version.model} version {version.version}",
            why="the rule does not keep it",
            decided=one,
        )


def _left(
    decided: Iterable[Decision], promotions: tuple[Promotion, ...], rule: KeepRule | None, ports: CollectPorts
) -> Iterator[Part]:
    """What nothing leads to: artifacts without version, what a kill left of a removal; and by a time in the rule, runs of before it."""
    wanted = {one.version.artifact_digest for one in decided}
    wanted |= {p.artifact_digest for p in promotions if not p.finished and p.artifact_digest is not None}
    open_keys = {p.key for p in promotions if not p.finished}
    collected = {v.artifact_digest for v in _collected(ports) if v.key not in open_keys}
    for digest in ports.artifacts.digests():
        path = ports.artifacts.path_of(digest)
        settled = digest in collected or _age(ports.now, path) > SETTLED
        if digest not in wanted and settled:
            yield _part(ports, path, what=f"artifact {digest.short}", why="no version has it")
    left = (*ports.artifacts.outgoing(), *_half_collected(ports))
    yield _part(ports, *left, what="what an interrupted removal left", why="it was to go")
    if rule is not None and rule.days is not None:
        yield from _old_runs(promotions, rule.days, ports)
    unused = (*ports.artifacts.shared.unused(), *SharedFiles(ports.store / "registry" / "shared").unused())
    yield _part(ports, *unused, what="second names of files", why="nothing else names them")


def _collected(ports: CollectPorts) -> Iterator[ModelVersion]:
    """The versions whose bytes went, or were about to."""
    for model in ports.registered:
        yield from (one.version for one in model.versions if one.version.collected_at and not one.copied)


def _half_collected(ports: CollectPorts) -> Iterator[Path]:
    """The files that are still there of versions that were collected."""
    for version in _collected(ports):
        if not ports.on_server:
            yield from collectable(version, ports.store / "registry" / "artifacts")


def _old_runs(promotions: tuple[Promotion, ...], days: int, ports: CollectPorts) -> Iterator[Part]:
    """The folders of runs that ended so long ago, and that no version or open promote has."""
    collected = {version.key for version in _collected(ports)}
    needed = {
        p.run_id for p in promotions if not p.finished or (p.version is not None and p.key not in collected)
    }
    runs = ports.store / "runs"
    for place in sorted(runs.iterdir()) if runs.is_dir() else ():
        if place.name in needed or not place.is_dir():
            continue
        if _age(ports.now, place, *place.iterdir()) > timedelta(days=days):
            yield _part(ports, place, what=f"run {place.name}", why=f"it ended more than {days} days ago")


def _part(ports: CollectPorts, *paths: Path, what: str, why: str, decided: Decision | None = None) -> Part:
    return Part(what=what, why=why, paths=paths, decided=decided, freed=freed_by(paths, ports.names))


def _age(now: datetime, *places: Path) -> timedelta:
    """Since the youngest of ``places`` changed. Of an artifact that is its folder: its files may be those of an older one."""
    return now - datetime.fromtimestamp(max(one.lstat().st_mtime for one in places), UTC)


def _gone(part: Part, ports: CollectPorts, told: list[Diagnostic]) -> DiskUse | None:
    """Remove it; returns what that frees now, after the parts before it. None, and why in ``told``, where somebody has it."""
    ports.cancellation.raise_if_requested()
    ports.on_part(part)
    freed = freed_by(part.paths, ports.names)
    if part.decided is None:
        _removed(part.paths, ports.artifacts)
        return freed
    try:
        with ports.leases.acquire(part.decided.version.key.hex, wait_s=0):
            if not ports.on_server:
                ports.registry.collect(part.decided.version, at=time_text(ports.now), by=ports.who)
            ports.failpoint("collect.removed")
            _removed(part.paths, ports.artifacts)
            ports.failpoint("collect.cleaned")
    except LeaseHeldError:
        told.append(_in_use(part))
        return None
    except NbcodeError as error:
        if error.diagnostics[0].code != "NBC-I49":
            raise
        told.extend(error.diagnostics)
        return None
    return freed


def _removed(paths: Iterable[Path], artifacts: ArtifactStore) -> None:
    for path in paths:
        if path.parent == artifacts.root and not path.name.startswith("."):
            artifacts.remove(Digest(f"sha256:{path.name}"))
        elif path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _in_use(part: Part) -> Diagnostic:
    return Diagnostic(
        code="NBC-I49",
        severity=Severity.WARNING,
        message=f"{part.what} stays",
        cause="it is being promoted at this moment",
        fixes=("run `nbcode gc` again when that has ended",),
    )
