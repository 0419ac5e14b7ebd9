"""`nbcode show MODEL`: its versions. From the registry and this project's ledger, which are compared; or from the ledger alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.artifact import ArtifactRefusedError, figures_of
from nbcode.commands.models import NOTHING_TOLD, ToldFigures, figures_here, figures_there, told_of
from nbcode.primitives import (
    Diagnostic,
    Digest,
    Exit,
    NbcodeError,
    Severity,
    dataclass,
    exit_for,
    nearest,
    to_plain,
)
from nbcode.promotion import (
    REGISTERED_STATES,
    Journal,
    Promotion,
    Transition,
    alias_against_ledger,
    candidate_in_ledger,
    lost_version,
    of_project,
)
from nbcode.registry import CANDIDATE, ModelVersion, RegisteredModel, RegisteredVersion
from nbcode.trials import Multiplicity

if TYPE_CHECKING:
    from nbcode.commands.outputs.registered import ShownVersion, ShowOutput, TrialsOfVersion


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionDetails:
    """A version. ``artifact`` is its directory, None where it is not in this store; ``source`` its place in the registry, None where that was not asked or has it not;
    ``told`` the figures of its report. ``findings`` is what its run found, ``trials`` how much was tried before it, counted here, and ``tried`` the same as a
    sentence, also where only the registry knows it. ``collected`` says when its bytes were removed and by whom, empty where they were not. ``path`` and ``line`` are as in `ModelVersion`."""

    version: int
    alias: str | None
    spec_digest: Digest
    artifact_digest: Digest
    registered_at: str
    registered_by: str
    notebook: str
    snapshot: str | None
    artifact: Path | None
    source: str | None = None
    account: str = ""
    owner: str = ""
    path: str = ""
    line: str = ""
    told: ToldFigures = NOTHING_TOLD
    findings: tuple[Diagnostic, ...] = ()
    trials: Multiplicity | None = None
    tried: str = ""
    collected: str = ""

    def to_json(self) -> ShownVersion:
        """One of ``versions``."""
        return {
            "version": self.version,
            "alias": self.alias,
            "spec_digest": self.spec_digest,
            "artifact_digest": self.artifact_digest,
            "registered_at": self.registered_at,
            "registered_by": self.registered_by,
            "account": self.account,
            "owner": self.owner,
            "path": self.path,
            "line": self.line,
            "notebook": self.notebook,
            "snapshot": self.snapshot,
            "artifact": None if self.artifact is None else str(self.artifact),
            "source": self.source,
            "metrics": dict(self.told.metrics),
            "look_ahead": to_plain(self.told.look_ahead),
            "judged": to_plain(self.told.judged),
            "figures": {name: str(one) for name, one in self.told.standing.items()},
            "findings": [d.to_json() for d in self.findings],
            "trials": None if self.trials is None else _trials_json(self.trials),
            "tried": self.tried,
            "collected": self.collected,
        }


def _trials_json(found: Multiplicity) -> TrialsOfVersion:
    return {
        "looked_at": found.looked.variants,
        "since": found.looked.since,
        "declared": found.declared,
        "deflated_sharpe": found.deflated,
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What the registry at ``place`` answered of one model: None where it has no version of ours. ``severity`` is that of where it differs from the ledger."""

    place: str
    found: RegisteredModel | None
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowResult:
    """A model: newest version first. ``registry`` is the place that was asked, None for none; ``diagnostics`` say where it differs from the ledger."""

    model: str
    versions: tuple[VersionDetails, ...]
    registry: str | None = None
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def exit_code(self) -> Exit:
        """0 unless the registry was asked and differs."""
        return exit_for(self.diagnostics)

    def to_json(self) -> ShowOutput:
        """What `show --json` prints."""
        return {
            "model": self.model,
            "registry": self.registry,
            "versions": [v.to_json() for v in self.versions],
            "diagnostics": [d.to_json() for d in self.diagnostics],
        }


def show(
    model: str,
    journal: Journal | None,
    *,
    project: str,
    artifact: Callable[[Digest], Path],
    findings: Callable[[str], tuple[Diagnostic, ...]] = lambda _run: (),
    tried: Callable[[Promotion], Multiplicity | None] = lambda _promotion: None,
    asked: Asked | None = None,
    version: int | None = None,
    notes: tuple[Diagnostic, ...] = (),
) -> ShowResult:
    """The versions of ``model``, or its one ``version``: those that ``project`` registered, by the ledger, and where the registry was ``asked`` also those that
    others did; that one says too which is the candidate now, and is compared with the ledger. ``findings`` reads what a run found, by its name, ``tried`` how much
    was looked at before a promotion.

    Raises ``NbcodeError`` (NBC-I19) for a model that has no version here, or not this one.
    """
    every = journal.promotions() if journal else ()
    own = of_project(every, project)
    registered = [p for p in own if p.model == model and p.state in REGISTERED_STATES]
    history = journal.history(model) if journal else ()
    there = asked.found.versions if asked and asked.found else ()
    if not registered and not there:
        raise NbcodeError(
            [_unknown(model, sorted({p.model for p in own if p.state in REGISTERED_STATES}), asked)]
        )
    candidate = (asked.found.candidate if asked.found else None) if asked else candidate_in_ledger(history)
    by_key = {one.version.key: one for one in there}
    damaged: list[Diagnostic] = []
    versions = []
    for promotion in registered:
        shown = _shown(promotion, candidate, artifact, damaged)
        trials = tried(promotion)
        shown = replace(
            shown,
            findings=findings(promotion.run_id) if promotion.run_id else (),
            trials=trials,
            tried=str(trials or ""),
        )
        versions.append(_known_there(shown, by_key.get(promotion.key)))
    ours = {p.key for p in registered}
    versions += [_theirs(one, artifact) for one in there if one.version.key not in ours]
    newest_first = tuple(sorted(versions, key=lambda v: v.version, reverse=True))
    return ShowResult(
        model=model,
        versions=newest_first if version is None else (chosen(model, newest_first, version),),
        registry=asked.place if asked else None,
        diagnostics=(*notes, *damaged, *(_compared(registered, history, asked) if asked else ())),
    )


def chosen(model: str, versions: tuple[VersionDetails, ...], version: int) -> VersionDetails:
    """The one with the number ``version``. Raises ``NbcodeError`` (NBC-I19), which lists those that there are."""
    for one in versions:
        if one.version == version:
            return one
    raise NbcodeError(
        [
            Diagnostic(
                code="NBC-I19",
                message=f"{model} has no version {version}",
                cause=f"there are: {', '.join(str(v.version) for v in versions)}",
                fixes=(f"`nbcode show {model}` lists them",),
            )
        ]
    )


def _shown(
    promotion: Promotion, candidate: int | None, artifact: Callable[[Digest], Path], damaged: list[Diagnostic]
) -> VersionDetails:
    """A version of ours; why its figures cannot be read goes to ``damaged``, so that the others are shown."""
    if promotion.version is None or promotion.artifact_digest is None or promotion.verified_at is None:
        raise ValueError(f"a promotion that is {promotion.state} has no version")
    directory = artifact(promotion.artifact_digest)
    told = figures_here(promotion.artifact_digest, artifact)
    if told is None:
        try:
            figures_of(directory)
        except ArtifactRefusedError as error:
            damaged.extend(error.diagnostics)
    return VersionDetails(
        version=promotion.version,
        alias=CANDIDATE if promotion.version == candidate else None,
        spec_digest=promotion.spec_digest,
        artifact_digest=promotion.artifact_digest,
        registered_at=promotion.verified_at,
        registered_by=promotion.who,
        account=promotion.account or "",
        notebook=promotion.notebook,
        snapshot=promotion.snapshot,
        artifact=directory if directory.is_dir() else None,
        told=told or NOTHING_TOLD,
    )


def _known_there(ours: VersionDetails, there: RegisteredVersion | None) -> VersionDetails:
    """A version of ours with what only the registry knows of it."""
    if there is None:
        return ours
    version = there.version
    known = replace(
        ours,
        source=version.source,
        owner=version.owner,
        path=version.path,
        line=version.line,
        collected=_collected(version),
    )
    return known if ours.artifact is not None else replace(known, told=figures_there(there))


def _theirs(found: RegisteredVersion, artifact: Callable[[Digest], Path]) -> VersionDetails:
    """A version of another project: its folder is told where it is in this store, and its figures as the registry has them."""
    version: ModelVersion = found.version
    directory = artifact(version.artifact_digest)
    return VersionDetails(
        version=version.version,
        alias=version.alias,
        spec_digest=version.spec_digest,
        artifact_digest=version.artifact_digest,
        registered_at=version.registered_at,
        registered_by=version.registered_by,
        account=version.account or "",
        owner=version.owner,
        path=version.path,
        line=version.line,
        notebook=version.notebook or "",
        snapshot=version.snapshot,
        artifact=directory if directory.is_dir() else None,
        source=version.source,
        told=told_of(found, artifact),
        findings=tuple(_finding(line) for line in found.findings),
        tried=found.trials,
        collected=_collected(version),
    )


def _collected(version: ModelVersion) -> str:
    return f"{version.collected_at} by {version.collected_by}" if version.collected_at else ""


def _finding(line: str) -> Diagnostic:
    """A line of the registry as what it was: a candidate has no error, and notes are not kept there."""
    code, _, message = line.partition(" ")
    return Diagnostic(code=code, severity=Severity.WARNING, message=message)


def _compared(
    registered: list[Promotion], history: tuple[Transition, ...], asked: Asked
) -> tuple[Diagnostic, ...]:
    there = asked.found.versions if asked.found else ()
    numbers = {one.version.key: one.version.version for one in there}
    found = [lost_version(p, numbers.get(p.key)) for p in registered if numbers.get(p.key) != p.version]
    if registered:
        actual = asked.found.candidate if asked.found else None
        moved = alias_against_ledger(registered[0].model, history, actual, numbers.values, asked.severity)
        found += [moved] if moved else []
    return tuple(replace(one, severity=asked.severity) for one in found)


def _unknown(model: str, known: list[str], asked: Asked | None) -> Diagnostic:
    close = nearest(model, known)
    return Diagnostic(
        code="NBC-I19",
        message=f"no model `{model}` was registered {f'at {asked.place}' if asked else 'from this project'}",
        cause=f"the nearest is `{close}`" if close else "",
        fixes=("`nbcode models` lists them", "`nbcode promote NOTEBOOK` makes one"),
    )
