"""The calls of a run against those of the same cells on another future: which values, rows and names before the cut are others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from nbcode.leaks.lineage import (
    CODE,
    NAME,
    UNKNOWN,
    Argument,
    Call,
    Change,
    Future,
    Kind,
    Lineage,
    Role,
    Rows,
)
from nbcode.primitives import Diagnostic, Place, Severity, dataclass

_SAME = 1e-9
MANY = 0.4
"""Of the sessions since the first that changes: fewer are no last sessions before a cut."""
_FIX = (
    "compute each row from its own session and earlier ones; fit scalers and encoders on training rows only"
)

Calendar = np.ndarray[Any, Any]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pair:
    """An argument of a call as it was, and as it was on another future; ``name`` is how the cell writes it."""

    call: Call
    then: Call
    one: Argument
    other: Argument

    @property
    def name(self) -> str:
        """How it is called in a sentence."""
        role = {Role.Y: "the target ", Role.WEIGHTS: "weights ", Role.EVALUATION: "the evaluation set "}.get(
            self.one.role, ""
        )
        return f"{role}{self.one.text or self.call.what}"

    @property
    def strict(self) -> bool:
        """Whether its rows may not depend on labels either: rows that are tested."""
        return self.call.kind is Kind.APPLY or self.one.role is Role.EVALUATION


def pairs(first: Lineage, second: Lineage) -> Iterator[Pair]:
    """Arguments of the same call in two runs."""
    made = {(call.at, call.time): call for call in second.calls}
    for call in first.calls:
        then = made.get((call.at, call.time))
        if (
            then is None
            or then.what != call.what
            or len(then.arguments) != len(call.arguments)
            or call.kind is Kind.SPLIT
        ):
            continue
        for one, other in zip(call.arguments, then.arguments, strict=True):
            if one.role is other.role:
                yield Pair(call=call, then=then, one=one, other=other)


class Comparison:
    """Compares two runs at one future. ``sessions`` is the calendar, ``horizon`` what labels may reach ahead; ``leaving`` are the names that
    leave as well, whose rows may go where their label does; ``gaps`` the sessions between the rows that a call learnt from, or applies what
    was learnt from, and those that are tested, by its number."""

    def __init__(
        self,
        first: Lineage,
        future: Future,
        sessions: Calendar,
        horizon: int,
        *,
        leaving: frozenset[str] = frozenset(),
        gaps: Mapping[int, int] = MappingProxyType({}),
    ) -> None:
        self._gaps = gaps
        self._leaving = [code for code, name in enumerate(first.names) if name in leaving]
        self._future, self._sessions, self._horizon = future, sessions, horizon
        self._dates = np.append(first.dates, np.datetime64("NaT"))
        self._stamps = self._dates.astype("datetime64[ns]")
        self._stamps[list(first.stamps)] = list(first.stamps.values())
        self._stamped = frozenset(first.stamps)
        self._names = first.names
        self._at = int(np.searchsorted(sessions, future.cut))

    def leak(self, pair: Pair, *, settled: bool = True) -> Diagnostic | None:
        """What of ``pair`` up to the cut the future has changed, None for nothing that it may not. Where what stands behind it is not
        ``settled`` at the cut (a choice by labels that end later, say), only values of the last sessions before it count."""
        if pair.one.rows is None or pair.other.rows is None:
            return None
        labelled = pair.one.role in {Role.Y, Role.WEIGHTS}
        allowed = (
            self._horizon + 1 if labelled or not pair.strict or self._future.change is Change.LEAVING else 0
        )
        now, then = self._before(pair.one.rows, allowed), self._before(pair.other.rows, allowed)
        a, b = pair.one.rows[now], pair.other.rows[then]
        if not len(a) and not len(b):
            return None
        rows = self._other_rows(pair, a, b) if settled or self._future.change is Change.LEAVING else None
        if rows is not None or (self._future.change is Change.LEAVING and not settled):
            return rows
        return self._other_values(pair, settled=settled)

    def _before(self, rows: Rows, sessions: int) -> np.ndarray[Any, Any]:
        last = self._sessions[max(0, self._at - sessions)]
        before = np.asarray(self._dates[rows.sessions] <= last)
        if self._future.time is None or sessions:
            return before
        stamps = self._stamps[rows.sessions]  # of a row without a time, the day has to be over
        timed = np.isin(rows.sessions, list(self._stamped))
        return np.asarray(before & np.where(timed, stamps <= self._future.stamp, stamps < last))

    def _other_rows(self, pair: Pair, a: Rows, b: Rows) -> Diagnostic | None:
        if (a.names is None) != (b.names is None):
            return None
        if len(a) == len(b) and np.array_equal(_ids(a), _ids(b)):
            return None
        moved = np.setxor1d(_known(a), _known(b))
        if self._leaving and a.names is not None:
            last = self._sessions[max(0, self._at - self._horizon - 1)]
            unlabelled = self._dates[moved >> 24] > last
            moved = moved[~(unlabelled & np.isin((moved & NAME) - 1, self._leaving))]
        if not len(moved):
            return None
        if self._future.change is Change.LEAVING:
            return self._chosen_names(pair, a, b)
        share = len(moved) / max(1, len(a))
        day = str(self._dates[int(moved[0] >> 24)])[:10]
        what = "rows are tested" if pair.call.kind is Kind.APPLY else "rows are learnt from"
        return told(
            pair,
            f"which {what} in {pair.name} is chosen by the future: {len(moved):,} rows up to {self._day(a, b)} come or go ({share:.1%}) "
            "when only later data does",
            f"the first is of {day}",
            "choose rows by what was known on their session; a label, and what is computed from all rows, was not",
        )

    def _chosen_names(self, pair: Pair, a: Rows, b: Rows) -> Diagnostic | None:
        if a.names is None or b.names is None:
            return None
        moved = sorted(self._names[n] for n in set(np.unique(a.names)) ^ set(np.unique(b.names)) if n >= 0)
        if not moved:
            return None
        return told(
            pair,
            f"{pair.name} holds names that were chosen by their future: {len(moved)} come or go when names leave the data later",
            f"{', '.join(moved[:3])}{', ...' if len(moved) > 3 else ''} on sessions before {self._future.day}",
        )

    def _day(self, a: Rows, b: Rows) -> str:
        last = max(self._dates[rows.sessions].max() for rows in (a, b) if len(rows))
        return str(last)[:10]

    def _other_values(self, pair: Pair, *, settled: bool) -> Diagnostic | None:
        """A value of a session up to the cut that the future has changed."""
        one, other = pair.one, pair.other
        if one.numbers is None or other.numbers is None or one.rows is None or other.rows is None:
            return None
        allowed = self._horizon + 1 if one.role in {Role.Y, Role.WEIGHTS} else 0
        now, then = self._aligned(one, other, allowed)
        a, b = one.numbers[now], other.numbers[then]
        if a.shape[1:] != b.shape[1:] or one.columns != other.columns:
            if set(one.columns) != set(other.columns) or not one.columns:
                return (
                    self._other_columns(pair)
                    if settled and self._future.change is not Change.LEAVING
                    else None
                )
            b = b[:, [other.columns.index(name) for name in one.columns]]
        if np.array_equal(a, b, equal_nan=True):
            return None
        apart = different(a, b)
        if not apart.any():
            return None
        rows: np.ndarray[Any, Any] = np.asarray(apart.any(axis=1))
        at = int(np.flatnonzero(rows)[0])
        column = int(np.flatnonzero(apart[at])[0])
        dates = self._dates[one.rows.sessions[now]]
        if self._future.change is Change.LEAVING and not self._of_some_names(one.rows[now], rows):
            return None
        if not (one.rows.sure and other.rows.sure) and self._may_be_later(dates, rows):
            return None
        if one.role is Role.Y and (reach := self._reach(dates, rows)) is not None:
            return None if self._gaps.get(pair.call.number, 0) >= reach else self._reaches(pair, reach)
        if not settled and not self._near(dates, rows):
            return None
        return told(
            pair,
            f"{pair.name} knows the future: {share_of(rows)} of its rows up to {str(dates.max())[:10]} change when only later data does",
            f"the first is of {str(dates[at])[:10]}: {a[at, column]:.6g} with the data as it is, {b[at, column]:.6g} with another future",
        )

    def _aligned(
        self, one: Argument, other: Argument, allowed: int
    ) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Positions of the rows that both have, up to ``allowed`` sessions before the cut, in one order."""
        assert one.rows is not None
        assert other.rows is not None
        now = np.flatnonzero(self._before(one.rows, allowed) & (one.rows.sessions >= 0))
        then = np.flatnonzero(self._before(other.rows, allowed) & (other.rows.sessions >= 0))
        a, b = _ids(one.rows)[now], _ids(other.rows)[then]
        if len(a) == len(b) and np.array_equal(a, b):
            return now, then
        _, i, j = np.intersect1d(a, b, return_indices=True)
        return now[i], then[j]

    def _reach(self, dates: np.ndarray[Any, Any], rows: np.ndarray[Any, Any]) -> int | None:
        """How far a label looks ahead where that is all that is wrong with it: only its last sessions before the cut change."""
        changed, same = dates[rows], dates[~rows]
        first = int(np.searchsorted(self._sessions, changed.min()))
        if (
            len(same) == 0
            or (same > changed.min()).mean() > 0.2
            or self._at - first > len(self._sessions) // 4
        ):
            return None
        return self._at - first + 1

    def _near(self, dates: np.ndarray[Any, Any], rows: np.ndarray[Any, Any]) -> bool:
        """Whether only the last sessions before the cut change, fewer than stay, and many of those since the first that does: a value there
        looks ahead itself. Sessions here and there are others where labels were counted by month, say."""
        first = dates[rows].min()
        changed, since = len(np.unique(dates[rows])), len(np.unique(dates[dates >= first]))
        return changed < len(np.unique(dates[dates < first])) and changed >= MANY * since

    def _of_some_names(self, every: Rows, rows: np.ndarray[Any, Any]) -> bool:
        """Whether only rows of some names change, of those that leave: others change where fewer rows are drawn from, or sorted."""
        if every.names is None:
            return False
        return len(np.unique(every.names[rows])) <= len(np.unique(every.names)) // 2

    def _may_be_later(self, dates: np.ndarray[Any, Any], rows: np.ndarray[Any, Any]) -> bool:
        """Whether rows that are not sure of their sessions change as they do when they are of some sessions later."""
        first = int(np.searchsorted(self._sessions, dates[rows].min()))
        return self._at - first <= len(self._sessions) // 4

    def _reaches(self, pair: Pair, reach: int) -> Diagnostic:
        return told(
            pair,
            f"{pair.name} reaches {reach} sessions ahead, and the horizon is {self._horizon}",
            f"rows up to {reach} sessions before {self._future.day} change when only later data does, so a gap of {self._horizon} is too short",
            f"write horizon: {reach}d in [meta], and leave {reach} sessions free before the tested rows; or shorten the label",
        )

    def _other_columns(self, pair: Pair) -> Diagnostic:
        gone = [name for name in pair.one.columns if name not in pair.other.columns]
        come = [name for name in pair.other.columns if name not in pair.one.columns]
        return told(
            pair,
            f"which columns {pair.name} has is chosen by the future: others are taken when only data after {self._future.day} changes",
            f"without {', '.join(gone[:3]) or 'any'}, with {', '.join(come[:3]) or 'others'}",
            "choose features on training rows only, or by what was known on each session",
        )


def different(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Which of two tables' values differ by more than the last digits."""
    size = np.nanmax(np.abs(np.where(np.isfinite(a), a, np.nan)), axis=0, initial=0.0)
    with np.errstate(invalid="ignore"):
        apart = (np.isnan(a) != np.isnan(b)) | (np.abs(a - b) > _SAME * (np.abs(a) + size))
    return np.asarray(apart & ~((a == b) | (np.isnan(a) & np.isnan(b))))


def is_the_same(first: Lineage, second: Lineage) -> bool:
    """Whether all that two runs kept is the same, and is all there: calls, tables of figures, figures."""
    found = list(pairs(first, second))
    arguments = sum(len(call.arguments) for call in first.calls if call.kind is not Kind.SPLIT)
    scored = {one.key: one for one in second.scored}
    return (
        len(first.calls) == len(second.calls)
        and len(found) == arguments
        and all(is_the_argument(pair.one, pair.other) for pair in found)
        and len(first.scored) == len(second.scored)
        and all(
            one.key in scored
            and np.array_equal(one.rows.ids, scored[one.key].rows.ids)
            and one.numbers.shape == scored[one.key].numbers.shape
            and not different(one.numbers, scored[one.key].numbers).any()
            for one in first.scored
        )
        and [name for name, _ in first.figures] == [name for name, _ in second.figures]
        and np.allclose(
            [n for _, n in first.figures], [n for _, n in second.figures], _SAME, 0, equal_nan=True
        )
    )


def is_the_argument(one: Argument, other: Argument) -> bool:
    """Whether two arguments have the same rows and values; False where that is not known."""
    if one.rows is None or other.rows is None or one.numbers is None or other.numbers is None:
        return False
    return np.array_equal(one.rows.ids, other.rows.ids) and np.array_equal(
        one.numbers, other.numbers, equal_nan=True
    )


def differs(pair: Pair) -> bool:
    """Whether an argument has other rows or values in the second run."""
    a, b = pair.one.numbers, pair.other.numbers
    one, other = pair.one.rows, pair.other.rows
    if one is not None and other is not None and not np.array_equal(one.ids, other.ids):
        return True
    return a is not None and b is not None and (a.shape != b.shape or bool(different(a, b).any()))


def same_until(pair: Pair, dates: Calendar, cut: np.datetime64) -> bool:
    """Whether an argument has the same rows and values up to ``cut`` in both runs; ``dates`` are those of the codes of sessions. False where
    that is not known."""
    parts = []
    for one in (pair.one, pair.other):
        if one.rows is None or one.numbers is None or (one.rows.sessions < 0).any():
            return False
        before = dates[one.rows.sessions] <= cut
        parts.append((one.rows.ids[before], one.numbers[before]))
    return bool(len(parts[0][0])) and all(
        np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(*parts, strict=True)
    )


def same_rows(one: Argument, other: Argument) -> bool:
    """Whether rows that two tables share have the same columns and values in both; False where that is not known."""
    if one.rows is None or other.rows is None or one.numbers is None or other.numbers is None:
        return False
    if one.columns != other.columns or one.numbers.shape[1:] != other.numbers.shape[1:]:
        return False
    _, i, j = np.intersect1d(one.rows.ids, other.rows.ids, return_indices=True)
    return not different(one.numbers[i], other.numbers[j]).any()


def share_of(rows: np.ndarray[Any, Any]) -> str:
    """The share of ``rows`` that are true, in per cent; a small one as their number."""
    return f"{rows.mean():.0%}" if rows.mean() >= 0.01 else f"{int(rows.sum()):,}"


def told(pair: Pair, message: str, cause: str, fix: str = _FIX, *, code: str = CODE) -> Diagnostic:
    """A warning at the call of ``pair``: E23, where ``code`` is no other."""
    return Diagnostic(
        code=code,
        severity=Severity.WARNING,
        message=message,
        cause=cause,
        fixes=(fix,),
        place=_place(pair.call),
    )


def _place(call: Call) -> Place:
    return call.place


def _ids(rows: Rows) -> np.ndarray[Any, Any]:
    return rows.ids


def _known(rows: Rows) -> np.ndarray[Any, Any]:
    return np.unique(rows.ids[rows.sessions != UNKNOWN])
