"""`nbcode models`: the registered models of a project and their candidates. From the ledger."""

from __future__ import annotations

from nbcode.primitives import Json, dataclass
from nbcode.promotion import Journal, State, candidate_in_ledger, of_project, other_projects

_REGISTERED = frozenset({State.REGISTERED, State.ALIASED, State.DONE})


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedModel:
    """A model: how many versions it has, which is the candidate, when and by whom the last one was registered."""

    model: str
    versions: int
    candidate: int | None
    notebook: str
    updated_at: str
    updated_by: str

    def to_json(self) -> dict[str, Json]:
        """One of ``models``."""
        return {
            "model": self.model,
            "versions": self.versions,
            "candidate": self.candidate,
            "notebook": self.notebook,
            "updated_at": self.updated_at,
            "updated_by": self.updated_by,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelsResult:
    """Those of ``project``, in order of name; ``others`` are the roots of the other projects that share the store."""

    models: tuple[ListedModel, ...]
    project: str = ""
    others: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """What `models --json` prints."""
        return {
            "project": self.project,
            "models": [m.to_json() for m in self.models],
            "other_projects": list(self.others),
        }


def models(journal: Journal | None, project: str) -> ModelsResult:
    """Read the ledger (None where there is none yet) for what was registered from ``project``."""
    every = journal.promotions() if journal else ()
    registered = [p for p in of_project(every, project) if p.state in _REGISTERED]
    names = sorted({p.model for p in registered})
    return ModelsResult(
        models=tuple(_listed(journal, name, project) for name in names) if journal else (),
        project=project,
        others=other_projects(every, project),
    )


def _listed(journal: Journal, model: str, project: str) -> ListedModel:
    registered = [p for p in of_project(journal.promotions(model), project) if p.state in _REGISTERED]
    newest = registered[0]
    return ListedModel(
        model=model,
        versions=len({p.version for p in registered}),
        candidate=candidate_in_ledger(journal.history(model)),
        notebook=newest.notebook,
        updated_at=newest.updated_at,
        updated_by=newest.who,
    )
