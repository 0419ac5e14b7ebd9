"""Who computed the figures of a candidate, as it is kept and told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import StrEnum

from nbcode.primitives.values import dataclass


class Judged(StrEnum):
    """Where the figures were computed: by a process that ran no cell (from the definition; or so, but on columns that ``@feature``
    code of the notebook computed), or in the cells' own."""

    OUTSIDE = "computed outside the notebook"
    ON_COLUMNS = "computed outside the notebook, on columns of its own code"
    STATED = "stated by the notebook"


class Model(StrEnum):
    """Whether the model that is kept, asked again by a process that ran no cell, gives the predictions that the cells made by it."""

    SAME = "the kept model gives the same predictions"
    OTHER = "the kept model gives other predictions than the cells scored"


class Standing(StrEnum):
    """What a figure rests on: a process that ran no cell, which computed it, or found the stated one again; or the cells' word."""

    COMPUTED = "computed outside"
    FOUND_AGAIN = "found again"
    STATED = "stated"


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """``columns`` are the names of the functions whose columns were taken as they are. Of stated figures, ``outside`` is what was found
    from the predictions that the cells made and labels of the declared prices, and ``figures`` those that this agrees with; ``model`` whether the
    kept model gives these predictions, None where it could not be asked, ``unasked`` then says why. ``held``: ``outside`` is of a signal's
    positions, and not of predictions. ``turned`` are stated figures above zero that are one of ``outside`` with the other sign: the
    predictions were turned round after they were made."""

    judged: Judged
    columns: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    outside: Mapping[str, float] = field(default_factory=dict)
    model: Model | None = field(default=None, metadata={"omit_empty": True})
    held: bool = field(default=False, metadata={"omit_empty": True})
    unasked: str = field(default="", metadata={"omit_empty": True})
    turned: tuple[str, ...] = field(default=(), metadata={"omit_empty": True})

    def standing(self, name: str) -> Standing:
        """Of the figure ``name`` of the report."""
        if self.judged is not Judged.STATED:
            return Standing.COMPUTED
        again = name in self.figures and self.model is not Model.OTHER
        return Standing.FOUND_AGAIN if again else Standing.STATED

    def standings(self, names: Iterable[str]) -> dict[str, Standing]:
        """Of each of the figures ``names``."""
        return {name: self.standing(name) for name in names}

    def __str__(self) -> str:
        """One sentence without its stop."""
        if self.columns:
            return f"{self.judged} ({', '.join(self.columns)})"
        asked = f"; {self.model}" if self.model else ""
        asked += f"; the kept model was not asked again, because {self.unasked}" if self.unasked else ""
        if not self.outside:
            return f"{self.judged}{asked}"
        found = ", ".join(f"{name} {value:.4g}" for name, value in self.outside.items())
        of = "positions" if self.held else "predictions"
        agree = f"as stated: {', '.join(self.figures)}" if self.figures else "none of them is a stated one"
        if self.turned:
            agree += (
                f"; {', '.join(self.turned)} is one with the other sign: the predictions were turned round after they were made, "
                "which is a choice on the tested rows unless training rows say so"
            )
        return f"{self.judged}; outside, from its {of} and the declared prices: {found} ({agree}){asked}"


_AGREE = re.compile(r"\(as stated: ([^();]+)[;)]")


def judgement_said(text: str) -> Judgement | None:
    """What the sentence ``text`` of a judgement says of who computed the figures: the figures that it names have the same `standing`. The numbers
    that were found outside are rounded there, and are left out. None for any other text."""
    judged = next((one for one in reversed(Judged) if text.startswith(one)), None)
    if judged is None:
        return None
    columns = text.removeprefix(f"{judged} (").removesuffix(")") if judged is Judged.ON_COLUMNS else ""
    agree = _AGREE.search(text)
    return Judgement(
        judged=judged,
        columns=tuple(columns.split(", ")) if columns and columns != text else (),
        figures=tuple(agree[1].split(", ")) if agree else (),
        model=next((one for one in Model if one in text), None),
        held="from its positions" in text,
    )
