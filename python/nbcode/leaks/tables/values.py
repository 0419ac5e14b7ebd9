"""The columns of floating numbers of tables and arrays, and which rows of one table another has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nbcode.leaks.tables._pandas import is_frame, is_indexed
from nbcode.leaks.tables._polars import floats_of, is_polars

_SAMPLE = 24
_REPEATED = 0.1
_WINDOWS, _MOSTLY = 12, 0.9
_MOST_ROWS = 200_000
_SMALL = 100_000  # values, of a frame whose columns are had at once


def columns_of(value: Any) -> Iterator[tuple[object, np.ndarray[Any, Any]]]:
    """The columns of floating numbers of a frame, a series or an array, by name."""
    if is_polars(value):
        yield from floats_of(value)
    elif is_frame(value) and value.size <= _SMALL and set(value.dtypes) == {np.dtype(np.float64)}:
        numbers = value.to_numpy()
        yield from ((name, numbers[:, at]) for at, name in enumerate(value.columns))
    elif is_frame(value):
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


def column_of(value: Any, name: object) -> np.ndarray[Any, Any] | None:
    """The column of floating numbers that :func:`columns_of` calls so, None where there is none."""
    if is_frame(value):
        try:
            column = value[name]
        except (KeyError, TypeError):
            return None
        floats = getattr(getattr(column, "dtype", None), "kind", "") == "f"
        return np.asarray(column, dtype=np.float64) if floats else None
    if is_indexed(value):
        return np.asarray(value, dtype=np.float64) if getattr(value.dtype, "kind", "") == "f" else None
    if isinstance(value, np.ndarray) and value.ndim == 2 and isinstance(name, int):
        return value[:, name] if value.dtype.kind == "f" and name < value.shape[1] else None
    return next((numbers for other, numbers in columns_of(value) if other == name), None)


def telling_columns(value: Any) -> list[np.ndarray[Any, Any]]:
    """Columns that could tell rows apart, those with the most different values first; four of them at most."""
    told: list[tuple[int, np.ndarray[Any, Any]]] = []
    if not isinstance(value, np.ndarray) and not is_indexed(value) and not is_polars(value):
        try:
            value = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            return []
    for _, numbers in columns_of(value):
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


def positions_beside(
    column: np.ndarray[Any, Any], numbers: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any] | None:
    """The rows of a table as long as ``column`` where it is the same column."""
    if len(column) != len(numbers):
        return None
    at = np.linspace(0, len(column) - 1, min(len(column), 4 * _SAMPLE)).astype(int)
    return np.arange(len(column)) if np.array_equal(column[at], numbers[at], equal_nan=True) else None


def between_neighbours(
    at: np.ndarray[Any, Any], column: np.ndarray[Any, Any], numbers: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """``at`` (rows of a table, negative: not known) with the rows that follow on those that are known before them, where the table has the
    same number there: one that it has twice."""
    known = np.flatnonzero(at >= 0)
    lost = np.flatnonzero(at < 0)
    if not len(known) or not len(lost):
        return at
    made = at.copy()
    for nearest in (np.searchsorted(known, lost) - 1, np.searchsorted(known, lost)):
        there = (nearest >= 0) & (nearest < len(known)) & (made[lost] < 0)
        rows, base = lost[there], known[nearest[there]]
        place = at[base] + rows - base
        inside = (place >= 0) & (place < len(numbers))
        rows, place = rows[inside], place[inside]
        same = numbers[place] == column[rows]
        made[rows[same]] = place[same]
    return made


def is_window(value: Any) -> bool:
    """Whether an array is of windows of one series: a column is the next one a row later."""
    if not isinstance(value, np.ndarray) or value.ndim != 2 or value.dtype.kind != "f":
        return False
    if value.shape[1] < 3 or len(value) < _WINDOWS:
        return False
    first, second, third = (value[:, at] for at in range(3))
    later = np.mean(second[:-1] == first[1:]) > _MOSTLY and np.mean(third[:-1] == second[1:]) > _MOSTLY
    earlier = np.mean(first[:-1] == second[1:]) > _MOSTLY and np.mean(second[:-1] == third[1:]) > _MOSTLY
    return bool(later or earlier) and len(np.unique(first[:_WINDOWS])) > _WINDOWS // 2


def one_row_each(at: np.ndarray[Any, Any], others: list[np.ndarray[Any, Any]]) -> bool:
    """Whether rows that were found at ``at`` can be the rows there: few of them stand at one place, or those that do are alike in
    ``others`` too. A column that repeats (a rating, a figure of the week) finds what it was joined from."""
    order = np.argsort(at, kind="stable")
    ordered = at[order]
    again = (ordered[1:] == ordered[:-1]) & (ordered[1:] >= 0)
    if again.sum() < _REPEATED * len(at):
        return True
    first, second = order[:-1][again], order[1:][again]
    return bool(others) and all(np.array_equal(one[first], one[second], equal_nan=True) for one in others)


def same_numbers(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    """Whether two columns are the same, as far as a sample shows."""
    at = np.linspace(0, len(other) - 1, min(len(other), 4 * _SAMPLE)).astype(int)
    return len(one) == len(other) and bool(np.array_equal(one[at], other[at], equal_nan=True))


def sample_in(ordered: np.ndarray[Any, Any], column: np.ndarray[Any, Any]) -> bool:
    """Whether a sample of ``column`` stands in ``ordered``, numbers in ascending order."""
    sample = _sample(column)
    if not len(sample) or not len(ordered):
        return False
    at = np.minimum(np.searchsorted(ordered, sample), len(ordered) - 1)
    return bool((ordered[at] == sample).all())


def share_within(rows: np.ndarray[Any, Any], whole: np.ndarray[Any, Any]) -> float:
    """The share of the rows of a table (rows x columns) that stand in another with the same values; 0 where the values cannot tell rows
    apart, or there are too many."""
    if rows.shape[1:] != whole.shape[1:] or not 0 < len(rows) <= _MOST_ROWS or len(whole) > _MOST_ROWS:
        return 0.0
    known = {row.tobytes() for row in np.ascontiguousarray(whole)}
    if len(known) < (1 - _REPEATED) * len(whole):
        return 0.0
    return float(np.mean([row.tobytes() in known for row in np.ascontiguousarray(rows)]))


def rows_by_index(value: Any, frame: Any) -> np.ndarray[Any, Any] | None:
    """The rows of ``frame`` that ``value`` has by its index, where the numbers of a column are the same there."""
    if not frame.index.is_unique:
        return None
    rows = np.asarray(frame.index.get_indexer(value.index))
    if len(rows) == 0 or (rows < 0).any():
        return None
    for name in value.columns[:8] if is_frame(value) else [value.name]:
        theirs = column_of(frame, name)
        mine = None if theirs is None else column_of(value, name)
        if theirs is not None and mine is not None:
            return rows if np.array_equal(mine, theirs[rows], equal_nan=True) else None
    return None


def taken_of(value: Any, frame: Any) -> tuple[int, np.ndarray[Any, Any]] | None:
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
    ours = dict(columns_of(value))
    compared = 0
    for name, theirs in columns_of(frame):
        mine = ours.get(name)
        if mine is None:
            continue
        at = np.linspace(0, len(rows) - 1, min(len(rows), _SAMPLE)).astype(int)
        if not np.array_equal(mine[at], theirs[rows[at]], equal_nan=True):
            return (1 if same else 2, rows) if same or index.is_unique else None
        compared += 1
    if not compared and not same and not index.is_unique:
        return None  # numbers that begin anew for each name
    return (0 if compared else 1 if same else 2), rows
