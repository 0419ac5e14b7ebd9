"""`nbcode status`: the promotes of a project and how far each has come. From the journal alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nbcode.primitives import Json
from nbcode.promotion import Journal, Promotion


@dataclass(frozen=True, kw_only=True, slots=True)
class PromotionStatus:
    """One promotion. ``working``: a living process carries it; unfinished and not working is interrupted."""

    promotion: Promotion
    working: bool

    @property
    def interrupted(self) -> bool:
        """Whether `nbcode resume` has something to do here."""
        return not self.promotion.finished and not self.working

    def to_json(self) -> dict[str, Json]:
        """The promotion's row with what is known of its process."""
        return {**self.promotion.to_json(), "working": self.working, "interrupted": self.interrupted}


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusResult:
    """Newest first."""

    promotions: tuple[PromotionStatus, ...]

    def to_json(self) -> dict[str, Json]:
        """What `status --json` prints."""
        return {"promotions": [p.to_json() for p in self.promotions]}


def status(journal: Journal | None, is_free: Callable[[str], bool]) -> StatusResult:
    """Read the journal (None where the project has none yet); ``is_free`` tells whether nobody alive holds a lease."""
    found = journal.promotions() if journal else ()
    return StatusResult(
        promotions=tuple(
            PromotionStatus(promotion=p, working=not p.finished and not is_free(p.key.hex)) for p in found
        )
    )
