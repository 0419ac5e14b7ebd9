"""`nbcode models`: the registered models of a project and their candidates. From the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from nbcode.primitives import Json
from nbcode.promotion import Journal, State, candidate_in_ledger

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
    """In order of name."""

    models: tuple[ListedModel, ...]

    def to_json(self) -> dict[str, Json]:
        """What `models --json` prints."""
        return {"models": [m.to_json() for m in self.models]}


def models(journal: Journal | None) -> ModelsResult:
    """Read the ledger; None where the project has none yet."""
    if journal is None:
        return ModelsResult(models=())
    registered = [p for p in journal.promotions() if p.state in _REGISTERED]
    return ModelsResult(
        models=tuple(_listed(journal, name) for name in sorted({p.model for p in registered}))
    )


def _listed(journal: Journal, model: str) -> ListedModel:
    registered = [p for p in journal.promotions(model) if p.state in _REGISTERED]
    newest = registered[0]
    return ListedModel(
        model=model,
        versions=len({p.version for p in registered}),
        candidate=candidate_in_ledger(journal.history(model)),
        notebook=newest.notebook,
        updated_at=newest.updated_at,
        updated_by=newest.who,
    )
