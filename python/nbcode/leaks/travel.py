"""Whose rows a value has: dates and names travel with it by its own index or columns, by its identity, by the memory that it is a
part of, and by its content against the tables of the cells whose keys are known."""

from __future__ import annotations

import contextlib
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field, replace
from typing import Any

import numpy as np

from nbcode.leaks._pandas import is_frame, is_indexed
from nbcode.leaks.calls import UNKNOWN, Lineage, Rows
from nbcode.leaks.keys import explicit_keys, wide_keys
from nbcode.primitives import dataclass

_SAMPLE = 24
_MOST_TABLES = 40
_ENOUGH = 0.98  # of the rows have to be found in a table by their values


@dataclass(kw_only=True, slots=True, eq=False)
class _Table:
    """A table whose rows are known. ``value`` gives it while it lives."""

    value: Callable[[], Any]
    rows: Rows
    sorted: dict[object, tuple[Any, np.ndarray[Any, Any], np.ndarray[Any, Any]]] = field(default_factory=dict)
    wide: Rows | None = None


class Travel:
    """Follows rows through one run; what it finds is in the codes of ``lineage``."""

    def __init__(self, lineage: Lineage, first: Travel | None = None) -> None:
        """``first`` followed the same cells on other data: the codes are its."""
        self._lineage = lineage
        self.codes: tuple[dict[int, int], dict[str, int]] = ({}, {}) if first is None else first.codes
        self._sessions, self._names = self.codes
        self._tables: OrderedDict[int, _Table] = OrderedDict()
        self._undated: dict[int, tuple[Callable[[], Any], object]] = {}

    # -- what is known

    def knows(self, value: Any, rows: Rows | None) -> None:
        """``value`` is a new object with the rows ``rows``."""
        if (
            rows is None
            or len(rows) != _length(value)
            or (is_indexed(value) and self._own(value) is not None)
        ):
            return
        self._keep(value, rows)

    def _keep(self, value: Any, rows: Rows, wide: Rows | None = None) -> _Table | None:
        try:
            number = id(value)
            held = weakref.ref(value, lambda _ref: self._tables.pop(number, None))
        except TypeError:
            return None
        table = _Table(value=held, rows=rows, wide=wide)
        self._tables[number] = table
        while len(self._tables) > _MOST_TABLES:
            self._tables.popitem(last=False)
        return table

    def _own(self, value: Any) -> _Table | None:
        """A frame or a series that says itself whose its rows are."""
        number = id(value)
        known = self._tables.get(number)
        if known is not None and known.value() is value and len(known.rows) == len(value):
            self._tables.move_to_end(number)
            return known
        undated = self._undated.get(number)
        shape = _shape(value)
        if undated is not None and undated[0]() is value and undated[1] == shape:
            return None
        keys = explicit_keys(value)
        if keys is None:
            with contextlib.suppress(TypeError):
                self._undated[number] = (weakref.ref(value), shape)
            return None
        rows = self.coded(
            keys.dates if keys.stamps is None else keys.stamps, keys.names, of_day=keys.stamps is not None
        )
        wide = wide_keys(value) if is_frame(value) else None
        return self._keep(value, rows, None if wide is None else self.coded(wide.dates, wide.names))

    def coded(
        self, dates: np.ndarray[Any, Any], names: np.ndarray[Any, Any] | None, *, of_day: bool = False
    ) -> Rows:
        """Dates (datetime64) and names (text) as rows; ``of_day``: the dates are times of the sessions that are their days."""
        days, at = _unique(dates.astype("datetime64[ns]").view(np.int64))
        codes = np.array([self._session(day, of_day=of_day) for day in days.tolist()], dtype=np.int32)
        if names is None:
            return Rows(sessions=codes[at])
        words, of = _unique(names)
        named = np.array([self._name(str(word)) for word in words.tolist()], dtype=np.int32)
        return Rows(sessions=codes[at], names=named[of])

    def _session(self, day: int, *, of_day: bool) -> int:
        if day == np.iinfo(np.int64).min:
            return UNKNOWN
        code = self._sessions.get(day)
        if code is None:
            code = self._sessions[day] = len(self._lineage.sessions)
            stamp = np.datetime64(day, "ns")
            self._lineage.sessions.append(
                stamp.astype("datetime64[D]").astype("datetime64[ns]") if of_day else stamp
            )
            if of_day:
                self._lineage.stamps[code] = stamp
        return code

    def _name(self, word: str) -> int:
        code = self._names.get(word)
        if code is None:
            code = self._names[word] = len(self._lineage.names)
            self._lineage.names.append(word)
        return code

    # -- whose rows

    def rows_of(self, value: Any, scope: Callable[[], Iterable[Any]]) -> Rows | None:
        """The rows of ``value``, None where they cannot be followed. ``scope``: the values that the cell could have made it of."""
        length = _length(value)
        if length is None or length == 0:
            return None
        if is_indexed(value):
            own = self._own(value)
            if own is not None:
                return own.rows
        known = self._tables.get(id(value))
        if known is not None and known.value() is value and len(known.rows) == length:
            return known.rows
        part = self._part_of(value)
        if part is not None:
            return part
        tables = list(self._candidates(scope()))
        found = self._by_index(value, tables) if is_indexed(value) else None
        found = found or self._by_content(value, tables) or self._by_length(length, tables)
        if found is not None:
            self._keep(value, found)
        return found

    def _part_of(self, value: Any) -> Rows | None:
        """Rows of an array that looks into the memory of one that is known."""
        base = getattr(value, "base", None)
        if not isinstance(value, np.ndarray) or not isinstance(base, np.ndarray):
            return None
        for table in list(self._tables.values()):
            whole = table.value()
            if not isinstance(whole, np.ndarray) or not (whole is base or whole.base is base):
                continue
            step = whole.strides[0]
            offset = value.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
            if value.ndim == 0 or step == 0 or value.strides[0] % step:
                continue
            first, stride = offset // step, value.strides[0] // step
            at = first + stride * np.arange(len(value))
            if len(at) and at.min() >= 0 and at.max() < len(table.rows):
                return table.rows[at]
        return None

    def _candidates(self, values: Iterable[Any]) -> Iterator[tuple[Any, _Table]]:
        """Tables with known rows: those of the scope, then those that were met before."""
        seen: set[int] = set()
        for value in values:
            if id(value) in seen or len(seen) > 400:
                continue
            seen.add(id(value))
            table = self._own(value) if is_indexed(value) else self._tables.get(id(value))
            if table is not None and table.value() is value:
                yield value, table
        for number, table in list(self._tables.items()):
            held = table.value()
            if number not in seen and held is not None:
                yield held, table

    def _by_index(self, value: Any, tables: list[tuple[Any, _Table]]) -> Rows | None:
        found: list[tuple[int, Rows]] = []
        for frame, table in tables:
            if not is_indexed(frame):
                continue
            taken = _taken(value, frame)
            if taken is None:
                continue
            rows = table.rows[taken[1]]
            if taken[0] == 0:
                return rows
            placed = taken[0] == 2 and getattr(value.index.dtype, "kind", "") == "i"
            found.append((taken[0], replace(rows, sure=False) if placed else rows))
        return _agreed(found)

    def _by_content(self, value: Any, tables: list[tuple[Any, _Table]]) -> Rows | None:
        """By a column of numbers that all stand in a column of one table, most of them once."""
        for column in _columns(value):
            for frame, table in tables:
                for _, numbers in _columns_of(frame):
                    same = _positions_beside(column, numbers)
                    if same is not None:
                        return table.rows[same]
                for name, numbers in _columns_of(frame):
                    at = self._positions(column, table, name, numbers)
                    if at is not None:
                        return _taken_at(table.rows, at)
                if table.wide is not None and len(table.wide) > len(table.rows):
                    every = np.asarray(frame, dtype=np.float64).ravel()
                    at = self._positions(column, table, "\0every", every)
                    if at is not None:
                        return _taken_at(table.wide, at)
        return None

    def _positions(
        self, column: np.ndarray[Any, Any], table: _Table, name: object, numbers: np.ndarray[Any, Any]
    ) -> np.ndarray[Any, Any] | None:
        held = table.sorted.get(name)
        if held is None or not _same_numbers(held[0], numbers):
            order = np.argsort(numbers, kind="stable")
            held = table.sorted[name] = (numbers, order, numbers[order])
        _, order, ordered = held
        sample = _sample(column)
        if not _hits(ordered, sample).all():
            return None
        left = np.searchsorted(ordered, column, "left")
        hit = (left < len(ordered)) & (ordered[np.minimum(left, len(ordered) - 1)] == column)
        once = hit & (
            (left + 1 >= len(ordered)) | (ordered[np.minimum(left + 1, len(ordered) - 1)] != column)
        )
        if once.sum() < _ENOUGH * np.isfinite(column).sum():
            return None
        return np.where(once, order[np.minimum(left, len(ordered) - 1)], UNKNOWN)

    def _by_length(self, length: int, tables: list[tuple[Any, _Table]]) -> Rows | None:
        return _agreed([(0, table.rows) for _, table in tables if len(table.rows) == length])


# -- parts -----------------------------------------------------------------------------------------------------------------


def _unique(values: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Different values, and by row which it is; quick where rows are in blocks."""
    if len(values) == 0:
        return values, np.zeros(0, dtype=np.int64)
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    words, at = np.unique(values[starts], return_inverse=True)
    return words, np.repeat(at, np.diff(np.append(starts, len(values))))


def _length(value: Any) -> int | None:
    try:
        return len(value)
    except TypeError:
        shape = getattr(value, "shape", None)
        return int(shape[0]) if shape else None


def _shape(value: Any) -> object:
    columns = getattr(value, "columns", None)
    return (len(value), id(value.index), None if columns is None else len(columns))


def _taken_at(rows: Rows, at: np.ndarray[Any, Any]) -> Rows:
    """``rows`` at positions, UNKNOWN where a position is."""
    found, lost = rows[np.maximum(at, 0)], at < 0
    names = None if found.names is None else np.where(lost, UNKNOWN, found.names)
    return Rows(sessions=np.where(lost, UNKNOWN, found.sessions), names=names, sure=rows.sure)


def _agreed(found: list[tuple[int, Rows]]) -> Rows | None:
    """The rows that the surest ways give, None where they differ."""
    if not found:
        return None
    surest = min(how for how, _ in found)
    best = [rows for how, rows in found if how == surest]
    if any(not np.array_equal(rows.sessions, best[0].sessions) for rows in best[1:]):
        return None
    return next((rows for rows in best if rows.names is not None), best[0])


def _taken(value: Any, frame: Any) -> tuple[int, np.ndarray[Any, Any]] | None:
    """How surely (0 by values, 1 by the same index, 2 by a part of it), and which rows of ``frame`` those of ``value`` are."""
    index, whole = value.index, frame.index
    same = len(index) == len(whole) and (index is whole or index.equals(whole))
    if same:
        rows = np.arange(len(whole))
    elif not whole.is_unique:
        return None
    else:
        rows = np.asarray(whole.get_indexer(index))
        if len(rows) == 0 or (rows < 0).any():
            return None
    ours = dict(_columns_of(value))
    compared = 0
    for name, theirs in _columns_of(frame):
        mine = ours.get(name)
        if mine is None:
            continue
        at = np.linspace(0, len(rows) - 1, min(len(rows), _SAMPLE)).astype(int)
        if not np.array_equal(mine[at], theirs[rows[at]], equal_nan=True):
            return 1 if same else 2, rows
        compared += 1
    return (0 if compared else 1 if same else 2), rows


def _columns_of(value: Any) -> Iterator[tuple[object, np.ndarray[Any, Any]]]:
    """The columns of floating numbers of a frame, a series or an array, by name."""
    if is_frame(value):
        for number, kind in enumerate(value.dtypes):
            if getattr(kind, "kind", "") == "f":
                yield value.columns[number], np.asarray(value.iloc[:, number], dtype=np.float64)
    elif is_indexed(value):
        if getattr(value.dtype, "kind", "") == "f":
            yield value.name, np.asarray(value, dtype=np.float64)
    elif isinstance(value, np.ndarray) and value.dtype.kind == "f":
        if value.ndim == 1:
            yield 0, value
        elif value.ndim == 2:
            yield from ((number, value[:, number]) for number in range(min(value.shape[1], 64)))


def _columns(value: Any) -> list[np.ndarray[Any, Any]]:
    """Columns that could tell rows apart, those with the most different values first; four of them at most."""
    told: list[tuple[int, np.ndarray[Any, Any]]] = []
    if not isinstance(value, np.ndarray) and not is_indexed(value):
        try:
            value = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            return []
    for _, numbers in _columns_of(value):
        if len(told) == 12:
            break
        different = len(np.unique(_sample(numbers)))
        if different >= min(8, max(2, len(numbers) // 2)):
            told.append((different, numbers))
    return [numbers for _, numbers in sorted(told, key=lambda one: -one[0])[:4]]


def _sample(column: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    at = np.linspace(0, len(column) - 1, min(len(column), 4 * _SAMPLE)).astype(int)
    some: np.ndarray[Any, Any] = column[at]
    known: np.ndarray[Any, Any] = some[np.isfinite(some)][:_SAMPLE]
    return known


def _positions_beside(
    column: np.ndarray[Any, Any], numbers: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any] | None:
    """The rows of a table as long as ``column`` where it is the same column."""
    if len(column) != len(numbers):
        return None
    at = np.linspace(0, len(column) - 1, min(len(column), 4 * _SAMPLE)).astype(int)
    return np.arange(len(column)) if np.array_equal(column[at], numbers[at], equal_nan=True) else None


def _same_numbers(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    at = np.linspace(0, len(other) - 1, min(len(other), 4 * _SAMPLE)).astype(int)
    return len(one) == len(other) and bool(np.array_equal(one[at], other[at], equal_nan=True))


def _hits(ordered: np.ndarray[Any, Any], sample: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if not len(sample) or not len(ordered):
        return np.zeros(1, dtype=bool)
    at = np.minimum(np.searchsorted(ordered, sample), len(ordered) - 1)
    return np.asarray(ordered[at] == sample)
