"""What is odd about the sessions of prices that the fit before did not have so: a field at another level, values that are missing.

Held to the limits is every session whose values are not those of the fit before, whether it is new or was delivered again. Each is compared with the
sessions before it as the fit before had them. Where its rows are not known, the last ones are held, and those before them are what they are compared with.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median

from nbcode.inputs._sessions import Day, Middle, Sessions, read_sessions
from nbcode.inputs.pinned import PinnedInput
from nbcode.primitives import dataclass

SESSIONS = 20
"""So many sessions before one are what it is compared with."""
_LAST = 60
"""So many of the last sessions are held to the limits where it is not known which of them the fit before had."""
Problem = tuple[str, str, str]
"""The limit's key, what was found, what is wanted."""
_Kind = Callable[[str, Middle, Sequence[Middle], float], Problem | None]
_PAIRS = 5
"""So many pairs of sessions, one after the other, say how a field ranks its names as a rule."""
_NOTHING: Middle = (None, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Held:
    """The days of a field that are held to the limits, and those that they are compared with."""

    days: tuple[Day, ...]
    known: tuple[Day, ...]

    def beside(self, day: Day) -> Sequence[Day]:
        """The known sessions before ``day``; the first after it, where it begins."""
        at = bisect_left(self.known, day)
        return self.known[max(0, at - SESSIONS) : at] or [
            one for one in self.known[: SESSIONS + 1] if one != day
        ]


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionLimits:
    """``level`` is the largest factor between medians, ``missing`` the largest share of values that are there no more, ``ranks`` the least
    rank correlation of a field with the session before; None is off."""

    level: float | None = None
    missing: float | None = None
    ranks: float | None = None

    @property
    def any(self) -> bool:
        """Whether one of them is on."""
        return any(one is not None for one in (self.level, self.missing, self.ranks))


def session_problems(
    prices: PinnedInput,
    before: PinnedInput | None,
    since: str | None,
    limits: SessionLimits,
) -> Iterator[Problem]:
    """For each field that is beyond a limit: the limit's key, what was found, what is wanted.

    ``before`` are the rows of the fit before, None where they are not known here; ``since`` is its last day, None where that is not known either.
    What was beyond a limit in the fit before, too, was accepted then.
    """
    if not limits.any:
        return
    now = read_sessions(prices)
    was = None if before is None else now if before is prices else read_sessions(before)
    held = _held_against(now, was) if was is not None else _held_last(now, since)
    asked = {day for one in held.values() for day in one.days}
    beside = {near for one in held.values() for day in one.days for near in one.beside(day)}
    middles = now.middles(asked)
    usual = (was or now).middles(beside | (asked if was is not None else set()))
    accepted = frozenset() if was is None else frozenset(was.days)
    for field, one in sorted(held.items()):
        look = _Look(field=field, held=one, usual=usual.get(field, {}))
        for kind, limit in ((_level, limits.level), (_missing, limits.missing)):
            if limit is not None:
                yield from _told(look.beyond(kind, limit, middles.get(field, {}), accepted))
    if limits.ranks is not None:
        yield from _ranked_otherwise(now, was, held, limits.ranks)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Look:
    """At a ``field``; ``usual`` are its values in the fit before."""

    field: str
    held: _Held
    usual: Mapping[Day, Middle]

    def beyond(
        self, kind: _Kind, limit: float, values: Mapping[Day, Middle], accepted: frozenset[Day]
    ) -> dict[Day, Problem]:
        """The problem of each day that has one, and had it not on a day of the fit before."""
        found = {}
        for day in self.held.days:
            beside = [self.usual.get(near, _NOTHING) for near in self.held.beside(day)]
            what = f"`{self.field}` of {day}"
            problem = kind(what, values.get(day, _NOTHING), beside, limit)
            if problem is None:
                continue
            if day not in accepted or kind(what, self.usual.get(day, _NOTHING), beside, limit) is None:
                found[day] = problem
        return found


def _held_against(now: Sessions, was: Sessions) -> dict[str, _Held]:
    """Of each field the days on which its values are not those of the fit before; a day that is gone inside the time of the new rows is one."""
    mine, theirs = now.prints(), was.prints()
    if not now.days:
        return {}
    new = set(now.days) - set(was.days)
    days = [day for day in sorted({*now.days, *was.days}) if now.days[0] <= day <= now.days[-1]]
    found = {}
    for field in mine.keys() | theirs.keys():
        one, other = mine.get(field, {}), theirs.get(field, {})
        changed = tuple(day for day in days if day in new or one.get(day) != other.get(day))
        if changed:
            found[field] = _Held(days=changed, known=was.days)
    return found


def _held_last(now: Sessions, since: str | None) -> dict[str, _Held]:
    """The last sessions, and all that came since the fit before; at least one stays to compare them with, where there are two."""
    count = max(_LAST, 0 if since is None else sum(day > since for day in now.days))
    count = min(count, max(len(now.days) - SESSIONS, len(now.days) // 2))
    first = len(now.days) - count
    one = _Held(days=now.days[first:], known=now.days[:first])
    return dict.fromkeys(now.fields, one)


def _level(what: str, found: Middle, beside: Sequence[Middle], limit: float) -> Problem | None:
    """A field that is not above zero on each session has no level: a factor says nothing of it."""
    middles = [value for value, _ in beside if value is not None]
    value = found[0]
    if value is None or not middles or min(middles) <= 0:
        return None
    usual = median(middles)
    if 1 / limit <= value / usual <= limit:
        return None
    said = f"{what} has the median {value:.6g}, on the sessions before it was {usual:.6g}"
    return "field_level", said, f"a factor of at most {limit:g}"


def _missing(what: str, found: Middle, beside: Sequence[Middle], limit: float) -> Problem | None:
    there = median(count for _, count in beside) if beside else 0
    if there <= 0 or 1 - found[1] / there <= limit:
        return None
    said = f"{what} has {found[1]} values, on the sessions before there were {there:g}"
    return "missing", said, f"at most {limit:.0%} fewer"


def _ranked_otherwise(
    now: Sessions, was: Sessions | None, held: Mapping[str, _Held], least: float
) -> Iterator[Problem]:
    """Fields by which the names of a session are ranked otherwise than on the one before, where they never were: values of other names.

    A field is looked at that ranked its names alike on each of the last pairs of sessions before; a return, say, never does.
    """
    asked = {day for one in held.values() for day in one.days}
    pairs = [pair for pair in pairwise(now.days) if pair[1] in asked][-SESSIONS:]
    if not pairs:
        return
    known = [day for day in (was or now).days if day < pairs[0][1]][-_PAIRS - 1 :]
    usual = (was or now).ranked_alike([*pairwise(known)])
    found = now.ranked_alike(pairs)
    before = {} if was is None else was.ranked_alike(pairs)
    for field in sorted(held):
        alike = usual.get(field, {}).values()
        if len(alike) < _PAIRS or min(alike) < least:
            continue
        beyond = {
            day: (
                "field_ranks",
                f"`{field}` of {day} ranks its names otherwise than that of {near}: rank correlation {value:.3f}, it was {min(alike):.3f} or more",
                f"at least {least:g}",
            )
            for (near, day), value in found.get(field, {}).items()
            if value < least
            and day in held[field].days
            # What was beyond the limit in the fit before, too, was accepted then.
            and before.get(field, {}).get((near, day), least) >= least
        }
        yield from _told(beyond)


def _told(found: Mapping[Day, Problem]) -> Iterator[Problem]:
    """The last of them, and how many more there are."""
    if not found:
        return
    first, last = min(found), max(found)
    key, said, wanted = found[last]
    more = len(found) - 1
    yield key, said + (f"; so it is on {more} more, the first {first}" if more else ""), wanted
