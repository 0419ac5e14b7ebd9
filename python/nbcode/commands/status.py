"""`nbcode status`: the promotes of a project and how far each has come. From the journal alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nbcode.primitives import Json, dataclass
from nbcode.promotion import Journal, Owner, Promotion, of_project, other_projects

if TYPE_CHECKING:
    from nbcode.commands.outputs.promoting import StatusOutput


@dataclass(frozen=True, kw_only=True, slots=True)
class PromotionStatus:
    """One promotion. ``working``: a living process carries it; unfinished and not working is interrupted. ``ours``: this
    user began it here, so that `nbcode resume` may go on with it."""

    promotion: Promotion
    working: bool
    ours: bool = True

    @property
    def interrupted(self) -> bool:
        """Whether it waits for `nbcode resume`, or, where it is not ours, for whoever began it."""
        return not self.promotion.finished and not self.working

    def to_json(self) -> dict[str, Json]:
        """The promotion's row with what is known of its process."""
        return {
            **self.promotion.to_json(),
            "working": self.working,
            "interrupted": self.interrupted,
            "ours": self.ours,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusResult:
    """Those of ``project``, newest first; ``others`` are the roots of the other projects that share the store."""

    promotions: tuple[PromotionStatus, ...]
    project: str = ""
    others: tuple[str, ...] = ()

    def to_json(self) -> StatusOutput:
        """What `status --json` prints."""
        return {
            "project": self.project,
            "promotions": [p.to_json() for p in self.promotions],
            "other_projects": list(self.others),
        }


def status(journal: Journal | None, is_free: Callable[[str], bool], owner: Owner) -> StatusResult:
    """Read the journal (None where there is none yet) for what was begun in the project of ``owner``; ``is_free`` tells
    whether nobody alive holds a lease."""
    found = journal.promotions() if journal else ()
    return StatusResult(
        promotions=tuple(
            PromotionStatus(
                promotion=p, working=not p.finished and not is_free(p.key.hex), ours=owner.began(p)
            )
            for p in of_project(found, owner.project)
        ),
        project=owner.project,
        others=other_projects(found, owner.project),
    )
