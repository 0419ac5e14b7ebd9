"""Which session and which name each row of a table is of, from what the table itself says or from the table that it was taken of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nbcode.leaks._pandas import dates_of, is_frame, is_indexed, numbers_of
from nbcode.primitives import dataclass

_NAME_NAMES = frozenset(
    {"symbol", "asset", "ticker", "name", "sid", "permno", "code", "instrument", "stock", "id"}
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Keys:
    """By row: ``dates`` (datetime64), and ``names`` as text where it is known."""

    dates: np.ndarray[Any, Any]
    names: np.ndarray[Any, Any] | None


def explicit_keys(table: Any) -> Keys | None:
    """The keys that a frame or a series carries in its columns or its index; None where it has no dates."""
    levels = dict(_levels(table))
    dates = next((d for name, values in levels.items() if (d := dates_of(values, name)) is not None), None)
    if dates is None:
        return None
    names = next((values for name, values in levels.items() if str(name).lower() in _NAME_NAMES), None)
    return Keys(dates=dates, names=None if names is None else np.asarray(names, dtype=str))


def has_dates(table: Any) -> bool:
    """Whether a frame says of each of its rows which session it is of."""
    return explicit_keys(table) is not None


def name_column(frame: Any) -> str | None:
    """The column that says which name a row is of."""
    return next((c for c in getattr(frame, "columns", ()) if str(c).lower() in _NAME_NAMES), None)


def key_columns(frame: Any) -> tuple[object, ...]:
    """The columns that say of which session and which name a row is: numbers in them are no values."""
    return tuple(
        column
        for column in frame.columns
        if str(column).lower() in _NAME_NAMES or dates_of(frame[column], column) is not None
    )


def wide_keys(frame: Any) -> Keys | None:
    """The keys of every value of a frame of one session a row and one name a column, row after row; None where it is none."""
    if frame.index.nlevels != 1 or frame.columns.nlevels != 1 or frame.shape[1] < 2 or not _all_float(frame):
        return None
    dates = dates_of(frame.index, frame.index.name)
    if dates is None:
        return None
    names = np.tile(np.asarray(frame.columns, dtype=str), len(frame))
    return Keys(dates=np.repeat(dates, frame.shape[1]), names=names)


def _all_float(frame: Any) -> bool:
    return all(getattr(kind, "kind", "") == "f" for kind in frame.dtypes)


def keys_of(table: Any, namespace: Mapping[str, object]) -> Keys | None:
    """The keys of ``table``: its own, else those of the one frame of ``namespace`` whose rows it has."""
    own = explicit_keys(table) if is_indexed(table) else None
    if own is not None:
        return own
    found: list[tuple[int, Keys]] = []
    frame: Any
    for frame in namespace.values():
        keys = explicit_keys(frame) if is_frame(frame) else None
        taken = None if keys is None else _taken(table, frame)
        if keys is not None and taken is not None:
            how, rows = taken
            names = None if keys.names is None else keys.names[rows]
            found.append((how, Keys(dates=keys.dates[rows], names=names)))
    if not found:
        return None
    best = [keys for how, keys in found if how == min(how for how, _ in found)]
    if any(not np.array_equal(keys.dates, best[0].dates) for keys in best[1:]):
        return None
    return next((keys for keys in best if keys.names is not None), best[0])


def _levels(table: Any) -> Iterator[tuple[object, Any]]:
    index = table.index
    for number, name in enumerate(index.names):
        yield name, index.get_level_values(number)
    for column in getattr(table, "columns", ()):
        yield column, table[column]


_SAME_VALUES, _SAME_INDEX, _SAME_LENGTH, _PART = range(4)
"""How surely a table was taken of a frame, surest first."""


def _taken(table: Any, frame: Any) -> tuple[int, np.ndarray[Any, Any]] | None:
    """How surely, and which rows of ``frame`` the rows of ``table`` are; None where it was not taken of this frame."""
    if not is_indexed(table):
        return (_SAME_LENGTH, np.arange(len(frame))) if len(frame) == len(table) else None
    columns = list(getattr(table, "columns", [getattr(table, "name", None)]))
    if not all(c in frame.columns for c in columns) or not frame.index.is_unique:
        return None
    rows = np.asarray(frame.index.get_indexer(table.index))
    if (rows < 0).any():
        return None
    ours, theirs = numbers_of(table), numbers_of(frame[columns])
    if ours is not None and theirs is not None and np.array_equal(ours, theirs[rows], equal_nan=True):
        return _SAME_VALUES, rows
    return (_SAME_INDEX if table.index.equals(frame.index) else _PART), rows
