"""`nbcode models`: the registered models of a project and their candidates. From the ledger."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.artifact import ArtifactRefusedError, figures_of, judgement_of, look_ahead_of
from nbcode.primitives import Digest, Judgement, LookAhead, Standing, dataclass, to_plain
from nbcode.promotion import Journal, Promotion, State, candidate_in_ledger, of_project, other_projects

if TYPE_CHECKING:
    from nbcode.commands.outputs.registered import ListedModelRow, ModelsOutput

_REGISTERED = frozenset({State.REGISTERED, State.ALIASED, State.DONE})


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedModel:
    """A model: how many versions it has, which is the candidate, when and by whom the last one was registered. ``look_ahead`` is the
    verdict on the candidate, where there is none on the newest version; ``judged`` who computed its ``figures`` (their names); None where
    it is not known here."""

    model: str
    versions: int
    candidate: int | None
    notebook: str
    updated_at: str
    updated_by: str
    look_ahead: LookAhead | None = None
    judged: Judgement | None = None
    figures: tuple[str, ...] = ()

    @property
    def standing(self) -> dict[str, Standing]:
        """What each figure rests on; empty where that is not known."""
        return {} if self.judged is None else self.judged.standings(self.figures)

    def to_json(self) -> ListedModelRow:
        """One of ``models``."""
        return {
            "model": self.model,
            "versions": self.versions,
            "candidate": self.candidate,
            "notebook": self.notebook,
            "updated_at": self.updated_at,
            "updated_by": self.updated_by,
            "look_ahead": to_plain(self.look_ahead),
            "judged": to_plain(self.judged),
            "figures": {name: str(one) for name, one in self.standing.items()},
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelsResult:
    """Those of ``project``, in order of name; ``others`` are the roots of the other projects that share the store."""

    models: tuple[ListedModel, ...]
    project: str = ""
    others: tuple[str, ...] = ()

    def to_json(self) -> ModelsOutput:
        """What `models --json` prints."""
        return {
            "project": self.project,
            "models": [m.to_json() for m in self.models],
            "other_projects": list(self.others),
        }


def models(journal: Journal | None, project: str, artifact: Callable[[Digest], Path]) -> ModelsResult:
    """Read the ledger (None where there is none yet) for what was registered from ``project``, and from the stored artifacts the verdicts."""
    every = journal.promotions() if journal else ()
    registered = [p for p in of_project(every, project) if p.state in _REGISTERED]
    names = sorted({p.model for p in registered})
    return ModelsResult(
        models=tuple(_listed(journal, name, project, artifact) for name in names) if journal else (),
        project=project,
        others=other_projects(every, project),
    )


def _listed(journal: Journal, model: str, project: str, artifact: Callable[[Digest], Path]) -> ListedModel:
    registered = [p for p in of_project(journal.promotions(model), project) if p.state in _REGISTERED]
    newest = registered[0]
    candidate = candidate_in_ledger(journal.history(model))
    shown = next((p for p in registered if p.version == candidate), newest)
    look_ahead, judged, figures = _said(shown, artifact)
    return ListedModel(
        model=model,
        versions=len({p.version for p in registered}),
        candidate=candidate,
        notebook=newest.notebook,
        updated_at=newest.updated_at,
        updated_by=newest.who,
        look_ahead=look_ahead,
        judged=judged,
        figures=figures,
    )


def _said(
    promotion: Promotion, artifact: Callable[[Digest], Path]
) -> tuple[LookAhead | None, Judgement | None, tuple[str, ...]]:
    if promotion.artifact_digest is None:
        return None, None, ()
    directory = artifact(promotion.artifact_digest)
    try:
        figures, _ = figures_of(directory)
        return look_ahead_of(directory), judgement_of(directory), tuple(figures)
    except ArtifactRefusedError:  # `nbcode show` says what is wrong with it
        return None, None, ()
