"""The sessions after which the looks give the inputs another future."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from nbcode.leaks.findings import Settled
from nbcode.leaks.futures.reported import Reported
from nbcode.leaks.lineage import Call, Kind, Lineage, Role
from nbcode.leaks.tables import Keys

_CUTS = 3
_MIDDLE = 0.6
_LATEST_LEAVING = 0.75  # of the sessions: of a name that leaves there a quarter of the rows is missing
_FEW_TIMES, _BOTH = 3, 0.1
_WITHIN = 2  # of the cuts lie among the reported sessions
_ENOUGH = 12  # reported sessions before a cut
_RARE = 0.4  # of the sessions have an event
_NEAR, _NEAR_EVENTS = 8, 45  # sessions on from where a cut is wanted; firms report in seasons
_BEFORE = 1  # sessions before an event
_MARGIN = 30  # sessions before the end of the data: who trains up to there trains on all


class Cuts:
    """The cuts of the run that ``first`` recorded. ``sessions`` is the calendar; :attr:`late` is near its end."""

    def __init__(
        self,
        first: Lineage,
        sessions: np.ndarray[Any, Any],
        horizon: int,
        settled: Settled,
        *,
        reported: Reported,
        dated: Iterable[Keys],
    ) -> None:
        """``dated`` are the keys of the inputs: where one has few sessions (of events, say), a cut is laid on one of these."""
        self._first, self._sessions, self._horizon = first, sessions, horizon
        self._settled, self._reported = settled, reported
        self._dates = first.dates
        self.late: Any = sessions[-min(_MARGIN, max(1, len(sessions) // 5))]
        self._ends: dict[int, Any] = {}
        of_events = [
            days for keys in dated if len(days := np.unique(_days(keys.dates))) < _RARE * len(sessions)
        ]
        self._events = np.isin(sessions, np.concatenate([sessions[:0], *of_events]))

    def found(self) -> list[np.datetime64]:
        """Sessions after which the data change: the last training session before the data end, for what looks ahead a little; the session
        from which on whatever was learnt is settled; and others on other days of the week."""
        ends = {end for call in self.learning() if (end := self.end(call)) is not None}
        early = sorted(end for end in ends if end < self.late)
        wanted = [early[-1]] if early else []
        if self._settled.last is not None:
            wanted.append(self._another(self._sessions[self._settled.last], wanted))
        begin = max(wanted) if wanted else self._sessions[int(0.4 * len(self._sessions))]
        rest = self._sessions[self._sessions > begin]
        parts = (1 / 3, 2 / 3) if wanted else (1 / 3, 0, 2 / 3) if ends else (0.42, 0, 0.83)
        if early and len(ends) > len(early):
            wanted.append(self._another(self.middle(), wanted))
        for part in parts:
            if len(rest) > 5 and len(wanted) < _CUTS:
                wanted.append(self._another(rest[int(part * (len(rest) - 1))], wanted))
        late = [
            self.own_middle(call)
            for call in self.learning()
            if self._begins_late(call, max(wanted, default=begin))
        ]
        return self._within_reported([*wanted[: _CUTS - len(late[:1])], *late[:1]])

    def scores(self, cut: np.datetime64) -> bool:
        """Whether enough of the reported sessions are before ``cut``, and after it, to see whether they were chosen by one another."""
        span = self._reported.span
        at = int(np.searchsorted(self._sessions, cut))
        return span is not None and span[0] + self._horizon + _ENOUGH <= at <= span[1] - 2

    def _within_reported(self, cuts: list[np.datetime64]) -> list[np.datetime64]:
        """``cuts`` with two of them among the reported sessions, as far as these are long enough; the first stays."""
        span = self._reported.span
        if span is None:
            return cuts
        first = span[0] + self._horizon + _ENOUGH
        for number, part in ((len(cuts) - 1, 0.5), (len(cuts) - 2, 0.2)):
            if number < 1 or sum(map(self.scores, cuts)) >= _WITHIN:
                break
            if not self.scores(cuts[number]):
                at = first + int(part * max(0, span[1] - first))
                if at <= span[1] - 2:
                    others = [cut for place, cut in enumerate(cuts) if place != number]
                    cuts[number] = self._another(self._sessions[at], others)
        return cuts

    def between_times(self, dated: Iterable[Keys]) -> tuple[Any, np.timedelta64] | None:
        """A session, and a time of day in it after which some rows of it came to be known: the close of one market before that of another, or
        what was announced after the close. It is the last that is learnt from, or one of the reported sessions; None where there is none."""
        stamps = [keys.stamps for keys in dated if keys.stamps is not None]
        if not stamps:
            return None
        every = np.concatenate(stamps)
        time = _before_the_gap(every - every.astype("datetime64[D]"))
        if time is None:
            return None
        days, count = np.unique(
            _days(every[every - every.astype("datetime64[D]") > time]), return_counts=True
        )
        ends = [end for call in self.learning() if (end := self.end(call)) is not None and end < self.late]
        if ends:
            days = days[days <= max(ends)]
            return (days[-1], time) if len(days) else None
        there = np.array([self.scores(day) and day in self._sessions for day in days], dtype=bool)
        return (days[there][np.argmax(count[there])], time) if there.any() else None

    def middle(self) -> Any:
        """A session past the middle of the data, by which everything is settled that will be."""
        return self._sessions[max(int(_MIDDLE * len(self._sessions)), self._settled.last or 0)]

    def leaving(self, cuts: Sequence[np.datetime64]) -> np.datetime64 | None:
        """The cut at which names may leave as well: the first from the middle on, not much later, so that a name that leaves is missed."""
        middle, latest = self.middle(), self._sessions[int(_LATEST_LEAVING * (len(self._sessions) - 1))]
        return min((cut for cut in cuts if cut == middle or middle < cut <= latest), default=None)

    def all_stay(self) -> bool:
        """Whether every name that is learnt from is there in the last session of them all: names may have been chosen so."""
        rows = [rows for call in self.learning() if (rows := call.rows_of(Role.X)) is not None]
        named = [(one.sessions, one.names) for one in rows if one.names is not None]
        if not named:
            return False
        sessions, names = (np.concatenate(column) for column in zip(*named, strict=True))
        dates = self._dates[sessions]
        last = dates.max()
        return bool(np.array_equal(np.unique(names), np.unique(names[dates == last])))

    def _another(self, near: np.datetime64, taken: Sequence[np.datetime64]) -> Any:
        """A session near one, on a day of the week that is not among those of ``taken``, and not the last of its month: one with an event,
        where there is one, and for every other cut one shortly before: what is joined with the nearest takes it from there."""
        at = int(np.searchsorted(self._sessions, near))
        days = {_weekday(one) for one in taken}
        allowed = [
            one
            for one in range(at, min(at + _NEAR_EVENTS, len(self._sessions) - 1))
            if _weekday(self._sessions[one]) not in days
            and _month(self._sessions[one]) == _month(self._sessions[one + 1])
        ]
        before = _BEFORE * (len(taken) % 2)
        eventful = [one for one in allowed if self._events[one + before : one + before + 1].any()]
        nearest = min(eventful or [one for one in allowed if one < at + _NEAR], default=at)
        return self._sessions[nearest]

    def _begins_late(self, call: Call, cut: np.datetime64) -> bool:
        rows = call.rows_of(Role.X)
        if rows is None:
            return False
        known = rows.sessions[rows.sessions >= 0]
        return bool(len(known)) and self._dates[known].min() > cut

    def own_middle(self, call: Call) -> Any:
        """A session past the middle of those that ``call`` learns from."""
        rows = call.rows_of(Role.X)
        assert rows is not None
        own = np.unique(self._dates[rows.sessions[rows.sessions >= 0]])
        return own[int(_MIDDLE * (len(own) - 1))]

    def learning(self) -> Iterator[Call]:
        """The calls that learn."""
        return (call for call in self._first.calls if call.kind in {Kind.FIT, Kind.VALIDATE})

    def end(self, call: Call) -> Any:
        """The last session that ``call`` learns from, None where it is not known."""
        if call.number not in self._ends:
            rows = call.rows_of(Role.X)
            known = np.zeros(0, dtype=np.int32) if rows is None else rows.sessions[rows.sessions >= 0]
            self._ends[call.number] = self._dates[known].max() if len(known) else None
        return self._ends[call.number]


def _before_the_gap(times: np.ndarray[Any, Any]) -> np.timedelta64 | None:
    """The last time of day (of rows) before the widest stretch in which none is known: the first of few, else that before four hours at
    least, with a tenth of the rows on both sides; None where there is none."""
    known = np.unique(times)
    if len(known) < 2:
        return None
    if len(known) <= _FEW_TIMES:
        return np.timedelta64(known[0])
    gaps = np.diff(known)
    at = int(np.argmax(gaps))
    share = float((times <= known[at]).mean())
    wide = gaps[at] >= np.timedelta64(4, "h")
    return np.timedelta64(known[at]) if wide and _BOTH <= share <= 1 - _BOTH else None


def _days(stamps: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return stamps.astype("datetime64[D]").astype("datetime64[ns]")


def _weekday(session: np.datetime64) -> int:
    return int(session.astype("datetime64[D]").astype(np.int64)) % 7


def _month(session: np.datetime64) -> Any:
    return session.astype("datetime64[M]")
