"""The calendar of a panel: its own sessions, and how they compare with those of an exchange. Nothing is filled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from alpha_bench.errors import DataError, DefinitionError
from alpha_bench.panel.validation import Finding, Place

Days: TypeAlias = NDArray[np.datetime64]
Closed: TypeAlias = Literal["refuse", "leave_out", "keep"]
_WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """The sessions of a panel.

    Attributes:
        exchange: the exchange that they were compared with, or empty.
        sessions: how many.
        first: the first one, as text.
        last: the last one.
        weekdays: how many on Monday, ..., Sunday.
        longest_break: calendar days between two sessions at most, and the session before that break.
        missing: sessions of the exchange that the panel lacks.
        extra: sessions of the panel at which the exchange is closed.
    """

    exchange: str
    sessions: int
    first: str
    last: str
    weekdays: tuple[int, ...]
    longest_break: tuple[int, str]
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    def __str__(self) -> str:
        days = ", ".join(f"{name} {n}" for name, n in zip(_WEEK, self.weekdays, strict=True) if n)
        lines = [
            f"{self.sessions} sessions {self.first} to {self.last}: {days}",
            f"longest break {self.longest_break[0]} calendar days, after {self.longest_break[1]}",
        ]
        if self.exchange:
            lines += [
                f"{self.exchange}: {len(self.missing)} of its sessions are missing{_first(self.missing)}",
                f"{self.exchange}: closed at {len(self.extra)} of these sessions{_first(self.extra)}",
            ]
        return "\n".join(lines)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What differs from the exchange, as findings."""
        findings = (("no_such_session", self.missing), ("not_a_session", self.extra))
        return tuple(
            Finding.of(code, len(days), places=[Place(date=d) for d in days])
            for code, days in findings
            if days
        )


def _first(days: tuple[str, ...]) -> str:
    return f" ({', '.join(days[:3])}{', ...' if len(days) > 3 else ''})" if days else ""


def calendar_of(dates: Days, exchange: str = "") -> Calendar:
    """The calendar of (T,) sessions, compared with ``exchange`` if one is named. Raises AlphaBenchError E19, E21."""
    days = dates.astype("datetime64[D]")
    steps = np.diff(days.astype(np.int64))
    longest = int(np.argmax(steps)) if len(steps) else 0
    missing = extra = np.empty(0, dtype="datetime64[D]")
    if exchange:
        from alpha_bench.panel.interchange._calendars import sessions_of

        open_days = sessions_of(exchange, days[0], days[-1])
        missing, extra = np.setdiff1d(open_days, days), np.setdiff1d(days, open_days)
    return Calendar(
        exchange=exchange,
        sessions=len(days),
        first=str(days[0]),
        last=str(days[-1]),
        weekdays=tuple(np.bincount((days.astype(np.int64) + 3) % 7, minlength=7).tolist()),
        longest_break=(int(steps[longest]) if len(steps) else 0, str(days[longest])),
        missing=tuple(map(str, missing)),
        extra=tuple(map(str, extra)),
    )


def sessions_between(exchange: str, after: str, until: str) -> tuple[str, ...]:
    """The sessions of ``exchange`` after the day ``after``, up to ``until``, all ``YYYY-MM-DD``. Raises AlphaBenchError E19, E21."""
    from alpha_bench.panel.interchange._calendars import sessions_of

    first, last = np.datetime64(after, "D"), np.datetime64(until, "D")
    return tuple(str(day) for day in sessions_of(exchange, first, max(first, last)) if day > first)


def filter_sessions(calendar: Calendar, dates: Days, closed: Closed) -> NDArray[np.bool_]:
    """(T,) which sessions stay, as ``closed`` says. Raises AlphaBenchError E20 where they are refused, R01 for another word."""
    if closed not in {"refuse", "leave_out", "keep"}:
        raise DefinitionError(
            "R01",
            f"closed is one of 'refuse', 'leave_out', 'keep'; got {closed!r}",
            fix='write closed="refuse"',
        )
    if calendar.extra and closed == "refuse":
        raise DataError(
            "E20",
            f"{calendar.exchange} is closed at {len(calendar.extra)} sessions of the panel{_first(calendar.extra)}",
            fix='name another calendar, or say what is to be done: closed="leave_out" or closed="keep"',
            sessions=list(calendar.extra),
        )
    if closed == "leave_out":
        return ~np.isin(dates, np.array(calendar.extra, dtype="datetime64[D]"))
    return np.ones(len(dates), dtype=bool)
