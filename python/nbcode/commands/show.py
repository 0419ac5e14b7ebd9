"""`nbcode show MODEL`: its versions. From the ledger, which needs no MLflow; with ``registry``, compared with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.artifact import ArtifactRefusedError, Figures, figures_of, judgement_of, look_ahead_of
from nbcode.primitives import (
    Diagnostic,
    Digest,
    Exit,
    Json,
    Judgement,
    LookAhead,
    NbcodeError,
    Severity,
    Standing,
    dataclass,
    exit_for,
    nearest,
    to_plain,
)
from nbcode.promotion import (
    Journal,
    Promotion,
    State,
    Transition,
    alias_against_ledger,
    candidate_in_ledger,
    lost_version,
    of_project,
)
from nbcode.registry import CANDIDATE, ModelVersion, Registry
from nbcode.trials import Multiplicity

if TYPE_CHECKING:
    from nbcode.commands.outputs.registered import ShownVersion, ShowOutput, TrialsOfVersion

_REGISTERED = frozenset({State.REGISTERED, State.ALIASED, State.DONE})


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionDetails:
    """A version as the ledger has it. ``artifact`` is its directory; ``metrics`` the figures of its report; ``findings`` what its run found, ``trials`` how much was
    tried before it."""

    version: int
    alias: str | None
    spec_digest: Digest
    artifact_digest: Digest
    registered_at: str
    registered_by: str
    notebook: str
    snapshot: str | None
    artifact: Path
    metrics: tuple[tuple[str, Json], ...]
    look_ahead: LookAhead | None = None
    judged: Judgement | None = None
    findings: tuple[Diagnostic, ...] = ()
    trials: Multiplicity | None = None

    @property
    def standing(self) -> dict[str, Standing]:
        """What each figure rests on; empty where that is not known."""
        return {} if self.judged is None else self.judged.standings(name for name, _ in self.metrics)

    def to_json(self) -> ShownVersion:
        """One of ``versions``."""
        return {
            "version": self.version,
            "alias": self.alias,
            "spec_digest": self.spec_digest,
            "artifact_digest": self.artifact_digest,
            "registered_at": self.registered_at,
            "registered_by": self.registered_by,
            "notebook": self.notebook,
            "snapshot": self.snapshot,
            "artifact": str(self.artifact),
            "metrics": dict(self.metrics),
            "look_ahead": to_plain(self.look_ahead),
            "judged": to_plain(self.judged),
            "figures": {name: str(one) for name, one in self.standing.items()},
            "findings": [d.to_json() for d in self.findings],
            "trials": None if self.trials is None else _trials_json(self.trials),
        }


def _trials_json(found: Multiplicity) -> TrialsOfVersion:
    return {
        "looked_at": found.looked.variants,
        "since": found.looked.since,
        "declared": found.declared,
        "deflated_sharpe": found.deflated,
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowResult:
    """A model: newest version first. ``diagnostics`` say where the registry differs from the ledger."""

    model: str
    versions: tuple[VersionDetails, ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def exit_code(self) -> Exit:
        """0 unless the registry was asked and differs."""
        return exit_for(self.diagnostics)

    def to_json(self) -> ShowOutput:
        """What `show --json` prints."""
        return {
            "model": self.model,
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
    registry: Registry | None = None,
    notes: tuple[Diagnostic, ...] = (),
) -> ShowResult:
    """The versions of ``model`` that ``project`` registered, by the ledger. ``registry``, when it is given, is asked whether it agrees; it also knows
    the versions that other projects registered, and which one is the candidate now. ``findings`` reads what a run found, by its name, ``tried`` how much
    was looked at before a promotion.

    Raises ``NbcodeError`` (NBC-I19) for a model that has no version here.
    """
    every = journal.promotions() if journal else ()
    own = of_project(every, project)
    registered = [p for p in own if p.model == model and p.state in _REGISTERED]
    history = journal.history(model) if journal else ()
    there = registry.versions(model) if registry else ()
    if not registered and not there:
        raise NbcodeError([_unknown(model, sorted({p.model for p in own if p.state in _REGISTERED}))])
    candidate = registry.candidate(model) if registry else candidate_in_ledger(history)
    ours = {p.key for p in registered}
    damaged: list[Diagnostic] = []
    versions = [
        replace(
            _shown(p, candidate, artifact, damaged),
            findings=findings(p.run_id) if p.run_id else (),
            trials=tried(p),
        )
        for p in registered
    ]
    versions += [_theirs(v, artifact) for v in there if v.key not in ours]
    found = _compared(registered, history, there, registry) if registry else ()
    newest_first = tuple(sorted(versions, key=lambda v: v.version, reverse=True))
    return ShowResult(model=model, versions=newest_first, diagnostics=(*notes, *damaged, *found))


def _shown(
    promotion: Promotion, candidate: int | None, artifact: Callable[[Digest], Path], damaged: list[Diagnostic]
) -> VersionDetails:
    """A version of ours; why its figures cannot be read goes to ``damaged``, so that the others are shown."""
    if promotion.version is None or promotion.artifact_digest is None or promotion.verified_at is None:
        raise ValueError(f"a promotion that is {promotion.state} has no version")
    directory = artifact(promotion.artifact_digest)
    figures: Figures = {}
    look_ahead: LookAhead | None = None
    judged: Judgement | None = None
    try:
        figures, _ = figures_of(directory)
        look_ahead = look_ahead_of(directory)
        judged = judgement_of(directory)
    except ArtifactRefusedError as error:
        damaged.extend(error.diagnostics)
    return VersionDetails(
        version=promotion.version,
        alias=CANDIDATE if promotion.version == candidate else None,
        spec_digest=promotion.spec_digest,
        artifact_digest=promotion.artifact_digest,
        registered_at=promotion.verified_at,
        registered_by=promotion.who,
        notebook=promotion.notebook,
        snapshot=promotion.snapshot,
        artifact=directory,
        metrics=tuple(figures.items()),
        look_ahead=look_ahead,
        judged=judged,
    )


def _theirs(version: ModelVersion, artifact: Callable[[Digest], Path]) -> VersionDetails:
    """A version of another project; its figures are in its own store."""
    return VersionDetails(
        version=version.version,
        alias=version.alias,
        spec_digest=version.spec_digest,
        artifact_digest=version.artifact_digest,
        registered_at=version.registered_at,
        registered_by=version.registered_by,
        notebook=version.notebook or "",
        snapshot=version.snapshot,
        artifact=artifact(version.artifact_digest),
        metrics=(),
    )


def _compared(
    registered: list[Promotion],
    history: tuple[Transition, ...],
    there: tuple[ModelVersion, ...],
    registry: Registry,
) -> tuple[Diagnostic, ...]:
    numbers = {v.key: v.version for v in there}
    lost = [lost_version(p, numbers.get(p.key)) for p in registered if numbers.get(p.key) != p.version]
    if not registered:
        return tuple(lost)
    model = registered[0].model
    moved = alias_against_ledger(model, history, registry.candidate(model), registry, Severity.ERROR)
    return (*lost, *((moved,) if moved else ()))


def _unknown(model: str, known: list[str]) -> Diagnostic:
    close = nearest(model, known)
    return Diagnostic(
        code="NBC-I19",
        message=f"no model `{model}` was registered from this project",
        cause=f"the nearest is `{close}`" if close else "",
        fixes=("`nbcode models` lists them", "`nbcode promote NOTEBOOK` makes one"),
    )
