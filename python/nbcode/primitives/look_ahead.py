"""Whether what a candidate learnt from knew the future, as it is kept and told: the end of the leak probe."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

from nbcode.primitives.values import dataclass


class Verdict(StrEnum):
    """The end of every look."""

    NONE_FOUND = "none found"
    FOUND = "found"
    NOT_LOOKED_AT = "not looked at"


@dataclass(frozen=True, kw_only=True, slots=True)
class LookAhead:
    """A verdict and ``because`` of what: for none found it is what of it was not looked at, and may be empty. ``stated``: it was made in the
    process of the cells, which could have written another."""

    verdict: Verdict
    because: str = ""
    stated: bool = field(default=False, metadata={"omit_empty": True})

    def __str__(self) -> str:
        """One sentence without its stop: ``not looked at, because config is no table with dates``."""
        joined = _JOINED[self.verdict] if self.because else ""
        whose = _BY_THE_CELLS if self.stated and self.verdict is Verdict.NONE_FOUND else ""
        return f"{self.verdict}{joined}{self.because}{whose}"


_BY_THE_CELLS = " (stated by the cells' own process)"
"""Of a verdict that nothing was found; nobody has a reason to forge another."""
_JOINED = {Verdict.NONE_FOUND: ", ", Verdict.FOUND: ": ", Verdict.NOT_LOOKED_AT: ", because "}


def look_ahead_said(text: str) -> LookAhead | None:
    """The verdict whose sentence ``text`` is: ``look_ahead_said(str(v)) == v``. None for any other text."""
    for verdict, joined in _JOINED.items():
        if text == verdict or text.startswith((f"{verdict}{joined}", f"{verdict}{_BY_THE_CELLS}")):
            stated = verdict is Verdict.NONE_FOUND and text.endswith(_BY_THE_CELLS)
            because = text.removeprefix(verdict).removesuffix(_BY_THE_CELLS if stated else "")
            return LookAhead(verdict=verdict, because=because.removeprefix(joined), stated=stated)
    return None
