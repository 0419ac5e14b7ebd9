"""`nbcode models`: the registered models and their candidates. From the registry, or from this project's ledger alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.artifact import ArtifactRefusedError, costs_of, figures_of, judgement_of, look_ahead_of
from nbcode.primitives import (
    Diagnostic,
    Digest,
    Json,
    Judgement,
    LookAhead,
    Standing,
    dataclass,
    judgement_said,
    look_ahead_said,
    to_plain,
)
from nbcode.promotion import (
    REGISTERED_STATES,
    SHARPE_AFTER_COSTS,
    Journal,
    Promotion,
    candidate_in_ledger,
    metrics_of,
    of_project,
    other_projects,
)
from nbcode.registry import RegisteredModel, RegisteredVersion

if TYPE_CHECKING:
    from nbcode.commands.outputs.registered import ListedModelRow, ModelsOutput

ArtifactOf = Callable[[Digest], Path]
OwnerOf = Callable[[Digest], str]
"""Of a spec of the store; empty where it is not there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldFigures:
    """What is known of a version's figures: their values, the Sharpe ratio after costs among them, who computed them, and the verdict on look-ahead; None where
    it is not known."""

    metrics: tuple[tuple[str, Json], ...] = ()
    sharpe: float | None = None
    judged: Judgement | None = None
    look_ahead: LookAhead | None = None

    @property
    def standing(self) -> dict[str, Standing]:
        """What each figure rests on; empty where that is not known."""
        return {} if self.judged is None else self.judged.standings(name for name, _ in self.metrics)


NOTHING_TOLD = ToldFigures()


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedModel:
    """A model: how many ``versions`` it has, of which ``refits`` are, which is the ``candidate``; when, by whom and from what (``notebook``, the file of
    a framework model too) the last one was registered. ``shown`` is the version whose figures are told, the candidate, where there is none the newest; ``line``
    is its place among refits, empty where it is none, ``path`` how it came."""

    model: str
    versions: int
    candidate: int | None
    notebook: str
    updated_at: str
    updated_by: str
    refits: int = 0
    shown: int | None = None
    line: str = ""
    path: str = ""
    owner: str = ""
    account: str = ""
    told: ToldFigures = NOTHING_TOLD

    def to_json(self) -> ListedModelRow:
        """One of ``models``."""
        return {
            "model": self.model,
            "versions": self.versions,
            "refits": self.refits,
            "candidate": self.candidate,
            "notebook": self.notebook,
            "updated_at": self.updated_at,
            "updated_by": self.updated_by,
            "account": self.account,
            "owner": self.owner,
            "version": self.shown,
            "line": self.line,
            "path": self.path,
            "metrics": dict(self.told.metrics),
            "look_ahead": to_plain(self.told.look_ahead),
            "judged": to_plain(self.told.judged),
            "figures": {name: str(one) for name, one in self.told.standing.items()},
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelsResult:
    """In order of name: those of the registry at the address ``registry``, or, where that is None, those that the ledger of ``project`` knows; ``others``
    are then the roots of the other projects that share the store."""

    models: tuple[ListedModel, ...]
    project: str = ""
    registry: str | None = None
    others: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    def to_json(self) -> ModelsOutput:
        """What `models --json` prints."""
        return {
            "project": self.project,
            "registry": self.registry,
            "models": [m.to_json() for m in self.models],
            "other_projects": list(self.others),
            "diagnostics": [d.to_json() for d in self.diagnostics],
        }


def models_of_registry(found: Iterable[RegisteredModel], artifact: ArtifactOf) -> tuple[ListedModel, ...]:
    """Everything that the registry has of nbcode, whoever promoted it. Figures of an artifact that is in this store are read there, where they are whole."""
    return tuple(_listed_there(one, artifact) for one in found)


def models_of_ledger(
    journal: Journal | None, project: str, artifact: ArtifactOf, owner: OwnerOf
) -> ModelsResult:
    """Read the ledger (None where there is none yet) for what was registered from ``project``, and from the stored artifacts the figures."""
    every = journal.promotions() if journal else ()
    registered = [p for p in of_project(every, project) if p.state in REGISTERED_STATES]
    names = sorted({p.model for p in registered})
    return ModelsResult(
        models=tuple(_listed(journal, name, project, artifact, owner) for name in names) if journal else (),
        project=project,
        others=other_projects(every, project),
    )


def told_of(version: RegisteredVersion, artifact: ArtifactOf) -> ToldFigures:
    """The figures of ``version``: from this store where they are here, else as the registry has them."""
    return figures_here(version.version.artifact_digest, artifact) or figures_there(version)


def figures_there(version: RegisteredVersion) -> ToldFigures:
    """The figures of ``version`` as the registry has them."""
    return ToldFigures(
        metrics=version.figures,
        sharpe=dict(version.figures).get(SHARPE_AFTER_COSTS),
        judged=judgement_said(version.judged) if version.figures else None,
        look_ahead=look_ahead_said(version.look_ahead),
    )


def figures_here(digest: Digest | None, artifact: ArtifactOf) -> ToldFigures | None:
    """The figures of an artifact that is in this store; None where it is not, or is refused: `nbcode show` says why."""
    directory = None if digest is None else artifact(digest)
    if directory is None or not directory.is_dir():
        return None
    try:
        figures, _ = figures_of(directory)
        return ToldFigures(
            metrics=tuple(figures.items()),
            sharpe=dict(metrics_of(figures, costs_of(directory))).get(SHARPE_AFTER_COSTS),
            judged=judgement_of(directory),
            look_ahead=look_ahead_of(directory),
        )
    except ArtifactRefusedError:
        return None


def _listed_there(found: RegisteredModel, artifact: ArtifactOf) -> ListedModel:
    newest, shown = found.versions[0].version, found.shown.version
    return ListedModel(
        model=found.model,
        versions=len(found.versions),
        refits=sum(bool(one.version.line) for one in found.versions),
        candidate=found.candidate,
        notebook=newest.notebook or "",
        updated_at=newest.registered_at,
        updated_by=newest.registered_by,
        account=newest.account or "",
        owner=found.owner or shown.owner,
        shown=shown.version,
        line=shown.line,
        path=shown.path,
        told=told_of(found.shown, artifact),
    )


def _listed(journal: Journal, model: str, project: str, artifact: ArtifactOf, owner: OwnerOf) -> ListedModel:
    registered = [p for p in of_project(journal.promotions(model), project) if p.state in REGISTERED_STATES]
    newest = registered[0]
    candidate = candidate_in_ledger(journal.history(model))
    shown: Promotion = next((p for p in registered if p.version == candidate), newest)
    return ListedModel(
        model=model,
        versions=len({p.version for p in registered}),
        candidate=candidate,
        notebook=newest.notebook,
        updated_at=newest.updated_at,
        updated_by=newest.who,
        account=newest.account or "",
        owner=owner(shown.spec_digest),
        shown=shown.version,
        told=figures_here(shown.artifact_digest, artifact) or NOTHING_TOLD,
    )
