"""Tables whose rows are known, and what tells one from another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any

import numpy as np

from nbcode.leaks.lineage import Rows
from nbcode.leaks.tables import is_indexed, is_polars
from nbcode.primitives import dataclass


@dataclass(kw_only=True, slots=True, eq=False)
class Table:
    """A table whose rows are known. ``value`` gives it while it lives; ``by_index`` where its index says so."""

    value: Callable[[], Any]
    rows: Rows
    ordered: dict[object, tuple[Any, np.ndarray[Any, Any], np.ndarray[Any, Any]]] = field(
        default_factory=dict
    )
    wide: Rows | None = None
    memory: int = 0
    by_index: bool = False


def length_of(value: Any) -> int | None:
    """How many rows it has, None where that is not known."""
    try:
        return len(value)
    except TypeError:
        shape = getattr(value, "shape", None)
        return int(shape[0]) if shape else None


def has_columns(value: Any) -> bool:
    """Whether its columns and its index can say whose its rows are."""
    return is_indexed(value) or is_polars(value)


def memory_of(value: Any) -> int:
    """A number that parts of one array have in common, and frames of one index."""
    if is_indexed(value):
        return id(getattr(value.index, "_id", value.index))
    base = getattr(value, "base", None)
    return id(base if isinstance(base, np.ndarray) else value)


def shape_of(value: Any) -> object:
    """What changes where rows or columns come to it, or go."""
    columns = value.columns if hasattr(type(value), "columns") else None
    return (len(value), id(getattr(value, "index", None)), None if columns is None else len(columns))


def agreed(found: list[tuple[int, Rows]]) -> Rows | None:
    """The rows that the surest ways give, None where they differ."""
    if not found:
        return None
    surest = min(how for how, _ in found)
    best = [rows for how, rows in found if how == surest]
    if any(not np.array_equal(rows.sessions, best[0].sessions) for rows in best[1:]):
        return None
    return next((rows for rows in best if rows.names is not None), best[0])
