"""Who computed the figures of a candidate, as it is kept and told."""

from __future__ import annotations

from enum import StrEnum

from nbcode.primitives.values import dataclass


class Judged(StrEnum):
    """Where the figures were computed: by a process that ran no cell (from the definition; or so, but on columns that ``@feature``
    code of the notebook computed), or in the cells' own."""

    OUTSIDE = "computed outside the notebook"
    ON_COLUMNS = "computed outside the notebook, on columns of its own code"
    STATED = "stated by the notebook"


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """``columns`` are the names of the functions whose columns were taken as they are; ``figures`` those of stated figures that
    the judge found too."""

    judged: Judged
    columns: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One sentence without its stop."""
        if self.columns:
            return f"{self.judged} ({', '.join(self.columns)})"
        if self.figures:
            return f"{self.judged}; found outside too: {', '.join(self.figures)}"
        return str(self.judged)
