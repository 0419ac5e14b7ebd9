"""From which session on a later value can have had no honest part in what a call was given."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from nbcode.leaks.findings.facts import Facts
from nbcode.leaks.lineage import Call, Kind, Lineage, Role, Rows

_LEFT = 3  # sessions that have to come after a cut, so that there is something to change


class Settled:
    """What stands behind each call of ``facts``' run. ``sessions`` is the calendar, ``horizon`` what labels reach ahead.

    Columns, scales and rows may be chosen by all that is known when the first row is tested: by training rows, by rows of a validation part,
    and by their labels, which end later than they do. A value that comes after that may not change them."""

    def __init__(self, facts: Facts, lineage: Lineage, sessions: np.ndarray[Any, Any], horizon: int) -> None:
        self._facts, self._lineage, self._sessions, self._horizon = facts, lineage, sessions, horizon
        self._places: dict[int, int | None] = {}

    def place(self, call: Call) -> int | None:
        """The place in the calendar; None where it lies beyond the data, so that nothing is tested that was not learnt from."""
        if call.number not in self._places:
            self._places[call.number] = self._place(call)
        return self._places[call.number]

    @cached_property
    def last(self) -> int | None:
        """The latest place of a call that learns, None where no call has one."""
        places = [at for call in self._learning if (at := self.place(call)) is not None]
        return max(places, default=None)

    @cached_property
    def gaps(self) -> dict[int, int]:
        """The sessions from the last row that a model learns from to the first that it is tested on, by the number of either call."""
        found: dict[int, int] = {}
        for one in self._facts.judged:
            train, test = self._facts.positions(one.trained), self._facts.positions(one.tested)
            gap = int(test[0] - train[-1]) if len(train) and len(test) else 0
            for call in (one.fit, one.call):
                found[call.number] = min(gap, found.get(call.number, gap))
        return found

    def is_settled(self, call: Call, cut: int) -> bool:
        """Whether nothing honest behind ``call`` can have changed when values after the place ``cut`` do."""
        at = self.place(call)
        if at is not None:
            return at <= cut
        before = [one for one in self._learning if one.number < call.number]
        return all(place <= cut for one in before if (place := self.place(one)) is not None)

    def between(self, call: Call) -> bool:
        """Whether rows before the last of its training rows are tested: what is chosen in a fold is chosen by both sides."""
        span = self._span(call.rows_of(Role.X))
        fit, _, first, _ = self._tested
        return span is not None and bool((first[fit == call.number] < span[1]).any())

    # -- parts

    def _place(self, call: Call) -> int | None:
        span = self._span(call.rows_of(Role.X))
        if span is None:
            return None
        _, number, _, last = self._tested
        end = span[1]
        at = end + self._horizon + 1
        begin = self._first_tested(call, end)
        if begin is not None:
            at = max(at, begin + 1)
            looked = last[number < call.number]
            if (
                (looked > begin - self._horizon) & (looked < begin)
            ).any():  # whose labels reach into the tested rows
                at = begin + self._horizon + 1
        return at if at < len(self._sessions) - _LEFT else None

    def _first_tested(self, call: Call, end: int) -> int | None:
        """Place of the first row after ``end`` that what ``call`` fitted is tested on, else whatever is fitted later."""
        fit, number, first, _ = self._tested
        for chosen in (fit == call.number, number > call.number):
            begins = first[chosen & (first > end)]
            if len(begins):
                return int(begins.min())
        return None

    @cached_property
    def _learning(self) -> list[Call]:
        return [one for one in self._lineage.calls if one.kind in {Kind.FIT, Kind.VALIDATE}]

    @cached_property
    def _tested(self) -> tuple[np.ndarray[Any, Any], ...]:
        """By test: the numbers of fit and call, and the places of its first and last session."""
        found = [
            (one.fit.number, one.call.number, *span)
            for one in self._facts.judged
            if (span := self._span(one.tested)) is not None
        ]
        table = np.array(found, dtype=np.int64).reshape(-1, 4)
        return table[:, 0], table[:, 1], table[:, 2], table[:, 3]

    def _span(self, rows: Rows | None) -> tuple[int, int] | None:
        """Places of the first and the last session."""
        if rows is None:
            return None
        known = rows.sessions[rows.sessions >= 0]
        if not len(known):
            return None
        dates = self._dates[known]
        first, last = np.searchsorted(self._sessions, [dates.min(), dates.max()])
        return int(first), int(last)

    @cached_property
    def _dates(self) -> np.ndarray[Any, Any]:
        return self._lineage.dates
