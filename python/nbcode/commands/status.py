"""`nbcode status`: the promotes of a project and how far each has come. From the journal; beside it, where the registry has something else now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from nbcode.primitives import Diagnostic, Json, dataclass
from nbcode.promotion import (
    Journal,
    Owner,
    Promotion,
    State,
    candidate_in_ledger,
    is_of_a_controller,
    of_project,
    other_projects,
)
from nbcode.registry import RegisteredModel

if TYPE_CHECKING:
    from nbcode.commands.outputs.promoting import DiffersOutput, StatusOutput


@dataclass(frozen=True, kw_only=True, slots=True)
class PromotionStatus:
    """One promotion. ``working``: a living process carries it; ``controlled``: the controller of a cluster goes on with it, whoever is there; any other that is unfinished is
    interrupted. ``ours``: this user began it here, so that `nbcode resume` may go on with it."""

    promotion: Promotion
    working: bool
    ours: bool = True
    controlled: bool = False

    @property
    def interrupted(self) -> bool:
        """Whether it waits for `nbcode resume`, or, where it is not ours, for whoever began it."""
        return not self.promotion.finished and not self.working and not self.controlled

    def to_json(self) -> dict[str, Json]:
        """The promotion's row with what is known of its process."""
        return {
            **self.promotion.to_json(),
            "working": self.working,
            "controlled": self.controlled,
            "interrupted": self.interrupted,
            "ours": self.ours,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class RegistryDiffers:
    """Where the registry has another candidate of ``model`` now than the one that was promoted here last, ``here``, or lacks versions of ours, ``gone``.
    ``candidate`` is its number there, ``by`` and ``at`` say who promoted it and when, and are empty where another tool made it."""

    model: str
    here: int | None
    candidate: int | None
    by: str = ""
    at: str = ""
    gone: tuple[int, ...] = ()

    def to_json(self) -> DiffersOutput:
        """One of ``differs``."""
        return {
            "model": self.model,
            "here": self.here,
            "candidate": self.candidate,
            "by": self.by,
            "at": self.at,
            "gone": list(self.gone),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusResult:
    """Those of ``project``, newest first; ``others`` are the roots of the other projects that share the store; ``differs`` is what the registry has otherwise
    now, and ``diagnostics`` why it could not be asked."""

    promotions: tuple[PromotionStatus, ...]
    project: str = ""
    others: tuple[str, ...] = ()
    differs: tuple[RegistryDiffers, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    def to_json(self) -> StatusOutput:
        """What `status --json` prints."""
        return {
            "project": self.project,
            "promotions": [p.to_json() for p in self.promotions],
            "other_projects": list(self.others),
            "differs": [one.to_json() for one in self.differs],
            "diagnostics": [d.to_json() for d in self.diagnostics],
        }


def status(
    journal: Journal | None,
    is_free: Callable[[str], bool],
    owner: Owner,
    *,
    shared: bool = False,
    everywhere: bool = False,
) -> StatusResult:
    """Read the journal (None where there is none yet) for what was begun in the project of ``owner``, or ``everywhere``; ``is_free`` tells
    whether nobody alive holds a lease. A journal that is ``shared`` is seen by the controller of a cluster."""
    found = journal.promotions() if journal else ()
    return StatusResult(
        promotions=tuple(
            PromotionStatus(
                promotion=p,
                working=not p.finished and not is_free(p.key.hex),
                ours=owner.began(p),
                controlled=shared and is_of_a_controller(p),
            )
            for p in (found if everywhere else of_project(found, owner.project))
        ),
        project=owner.project,
        others=() if everywhere else other_projects(found, owner.project),
    )


def differences(
    journal: Journal, project: str, registered: Iterable[RegisteredModel]
) -> tuple[RegistryDiffers, ...]:
    """Where the registry, which holds ``registered``, has other candidates or fewer versions than ``project`` promoted by its journal."""
    there = {one.model: one for one in registered}
    done = [p for p in of_project(journal.promotions(), project) if p.state is State.DONE]
    return tuple(
        found
        for model in sorted({p.model for p in done})
        if (found := _differs(journal, model, [p for p in done if p.model == model], there.get(model)))
    )


def _differs(
    journal: Journal, model: str, done: list[Promotion], there: RegisteredModel | None
) -> RegistryDiffers | None:
    here = candidate_in_ledger(journal.history(model))
    numbers = {one.version.key: one.version for one in there.versions} if there else {}
    now = there.candidate if there else None
    gone = tuple(sorted({p.version for p in done if p.version is not None and p.key not in numbers}))
    if now == here and not gone:
        return None
    theirs = next((version for version in numbers.values() if version.version == now), None)
    return RegistryDiffers(
        model=model,
        here=here,
        candidate=now,
        by=(theirs.account or theirs.registered_by) if theirs else "",
        at=theirs.registered_at if theirs else "",
        gone=gone,
    )
