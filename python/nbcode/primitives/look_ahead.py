"""Whether what a candidate learnt from knew the future, as it is kept and told: the end of the leak probe."""

from __future__ import annotations

from enum import StrEnum

from nbcode.primitives.values import dataclass


class Verdict(StrEnum):
    """The end of every look."""

    NONE_FOUND = "none found"
    FOUND = "found"
    NOT_LOOKED_AT = "not looked at"


@dataclass(frozen=True, kw_only=True, slots=True)
class LookAhead:
    """A verdict and ``because`` of what: for none found it is what of it was not looked at, and may be empty."""

    verdict: Verdict
    because: str = ""

    def __str__(self) -> str:
        """One sentence without its stop: ``not looked at, because config is no table with dates``."""
        if not self.because:
            return str(self.verdict)
        return f"{self.verdict}{_JOINED[self.verdict]}{self.because}"


_JOINED = {Verdict.NONE_FOUND: ", ", Verdict.FOUND: ": ", Verdict.NOT_LOOKED_AT: ", because "}
