"""The window to polars, which is not imported here: frames and series as the columns that pandas would have of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from nbcode.leaks.tables._pandas import series_of


def is_polars(value: object) -> bool:
    """Whether it is a polars frame or series; False where nobody has imported polars."""
    polars = sys.modules.get("polars")
    return polars is not None and isinstance(value, (polars.DataFrame, polars.Series))


def polars_columns(value: Any) -> Iterator[tuple[str, Any]]:
    """The columns of a frame, or a series, by name."""
    yield from (
        zip(value.columns, value.get_columns(), strict=True)
        if hasattr(value, "get_columns")
        else ((value.name, value),)
    )


def levels_of(value: Any) -> Iterator[tuple[str, Any]]:
    """The columns that could hold dates or names: of days, times, texts and whole numbers."""
    for name, column in polars_columns(value):
        if not column.dtype.is_float() and column.dtype != bool and not column.dtype.is_nested():
            yield name, series_of(column.to_numpy(), name)


def floats_of(value: Any) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """The columns of floating numbers, by name; what is null is not a number."""
    for name, column in polars_columns(value):
        if column.dtype.is_float():
            yield name, np.asarray(column.to_numpy(), dtype=np.float64)
