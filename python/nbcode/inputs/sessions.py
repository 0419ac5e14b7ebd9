"""What is odd about the new sessions of prices, beside those before: a field at another level, values that are missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median

from nbcode.inputs._sessions import read_sessions
from nbcode.inputs.pinned import PinnedInput

SESSIONS = 20
"""So many before the new ones are what they are compared with."""
_NEW = 60
"""The most new sessions that are looked at: the last ones."""
Session = Mapping[str, tuple[float | None, int]]
"""Of each field its median over the names, None where it has no value, and how many names have one."""


def session_problems(
    prices: PinnedInput, since: str | None, level: float | None, missing: float | None
) -> Iterator[tuple[str, str, str]]:
    """For each field that is beyond a limit: the limit's key, what was found, what is wanted.

    Looked at are the sessions after the day ``since`` (None: the last one), against the ``SESSIONS`` before. ``level`` is the largest factor between medians,
    ``missing`` the largest share of values that are there no more; None is off. Wide tables are not looked at.
    """
    if (level is None and missing is None) or (prices.layout is not None and prices.layout.is_wide):
        return
    sessions = read_sessions(prices, SESSIONS + _NEW)
    days = sorted(sessions)
    new = [day for day in days if day > since] if since is not None else days[-1:]
    before = [sessions[day] for day in days if day not in new][-SESSIONS:]
    if not before:
        return
    for field in sorted({name for day in new for name in sessions[day]}):
        usual = [one[field][0] for one in before if field in one]
        middle = [value for value in usual if value is not None]
        there = median(one[field][1] if field in one else 0 for one in before)
        for day in new:
            value, count = sessions[day].get(field, (None, 0))
            if level is not None and middle and value is not None:
                yield from _level(field, day, value, median(middle), level)
            if missing is not None and there > 0 and 1 - count / there > missing:
                yield (
                    "missing",
                    f"`{field}` of {day} has {count} values, on the sessions before there were {there:g}",
                    f"at most {missing:.0%} fewer",
                )


def _level(field: str, day: str, value: float, usual: float, level: float) -> Iterator[tuple[str, str, str]]:
    if usual <= 0 or 1 / level <= value / usual <= level:
        return
    yield (
        "field_level",
        f"`{field}` of {day} has the median {value:.6g}, on the sessions before it was {usual:.6g}",
        f"a factor of at most {level:g}",
    )
