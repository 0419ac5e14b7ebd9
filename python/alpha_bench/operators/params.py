"""Parameters of operators: read from what users write, to one exact value.

``turnover(20)``, ``turnover(window=20)``, ``turnover("20")`` and ``turnover("20d")`` are the same value; ``True``, ``20.5``
and ``"20w"`` are refused, not guessed.
"""

from __future__ import annotations

import math
import operator as python_operator
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from alpha_bench.errors import DefinitionError, LookAheadError, nearest

Value: TypeAlias = int | float | str
SessionCount: TypeAlias = int | str
"""A number of sessions as a quant writes it: ``20``, ``"20"`` and ``"20d"`` are the same; see :func:`sessions_of`."""

_SESSIONS = re.compile(r"-?(0|[1-9][0-9]*)d?")
_MOST_SESSIONS = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Param:
    """One parameter: its name, what it counts, its bounds (inclusive) and its default (None: it must be given).

    ``least`` bounds sessions and counts from below, ``most`` bounds counts from above; ``between`` bounds numbers, both ends
    included; ``choices`` are the texts that may be given.
    """

    name: str
    kind: Literal["sessions", "count", "number", "text"]
    least: int = 0
    most: int = 1_000_000
    between: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    default: Value | None = None

    def read(self, value: object, where: str) -> Value:
        """Return the one value that ``value`` means.

        Raises:
            AlphaBenchError: R01 for a wrong type or bound; R02 for a negative number of sessions, which would read the future.
        """
        if self.kind == "sessions":
            return sessions_of(value, f"{where}: {self.name}", least=self.least)
        if self.kind == "count":
            return self._count(value, f"{where}: {self.name}")
        if self.kind == "number":
            return self._within(number_of(value, f"{where}: {self.name}"), f"{where}: {self.name}")
        if isinstance(value, str) and value and (not self.choices or value in self.choices):
            return value
        if self.choices:
            close = _choice_meant(value, self.choices) if isinstance(value, str) else None
            raise DefinitionError(
                "R01",
                f"{where}: {self.name} is {value!r}; it is one of {', '.join(self.choices)}",
                fix=f"did you mean {close!r}?" if close else f"write {self.choices[0]!r}",
            )
        raise DefinitionError("R01", f"{where}: {self.name} is {value!r}; text is needed", fix="give a name")

    def _count(self, value: object, what: str) -> int:
        number = None if isinstance(value, str) else _whole(value)
        if number is None or not self.least <= number <= self.most:
            raise DefinitionError(
                "R01",
                f"{what} is {value!r}; it is a whole number, {self.least} to {self.most}",
                fix=f"use at least {self.least}",
            )
        return number

    def _within(self, number: float, what: str) -> float:
        if self.between is None or self.between[0] <= number <= self.between[1]:
            return number
        low, high = self.between
        raise DefinitionError(
            "R01", f"{what} is {number:g}; it must be {low:g} to {high:g}", fix=f"use {low:g} to {high:g}"
        )


def sessions_of(value: object, what: str, *, least: int = 0) -> int:
    """``20``, ``"20"``, ``"20d"`` and ``20.0`` are twenty sessions.

    Raises:
        AlphaBenchError: R01 for anything else, or fewer than ``least``; R02 when negative.
    """
    number = _whole(value)
    if number is None:
        raise DefinitionError(
            "R01",
            f"{what} is {value!r}; it counts sessions",
            fix='write a whole number of sessions, such as 20 or "20d" (lower-case d is the only unit)',
        )
    if number < 0:
        raise LookAheadError(
            "R02",
            f"{what} is {number}: it would read the future",
            fix="use 0 or more; only labels such as fwd_ret_10d look ahead",
        )
    if not least <= number <= _MOST_SESSIONS:
        raise DefinitionError(
            "R01", f"{what} is {number}; it must be {least} to {_MOST_SESSIONS}", fix=f"use at least {least}"
        )
    return number


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return int(value.removesuffix("d")) if len(value) < 12 and _SESSIONS.fullmatch(value) else None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    try:
        return python_operator.index(value)  # type: ignore[arg-type]  # numpy integers; anything else raises
    except TypeError:
        return None


def number_of(value: object, what: str) -> float:
    """A finite number; -0.0 is 0.0. Raises AlphaBenchError R01 for anything else."""
    try:
        number = math.nan if isinstance(value, bool | str) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise DefinitionError("R01", f"{what} is {value!r}; a finite number is needed", fix="write a number")
    return number + 0.0  # -0.0 and 0.0 are one value: JSON writes both as 0


def _choice_meant(value: str, choices: Iterable[str]) -> str | None:
    """Of a few words any that ``value`` goes on after is meant, such as std by stdev."""
    known = tuple(choices)
    return nearest(value, known) or next((one for one in known if value.lower().startswith(one)), None)
