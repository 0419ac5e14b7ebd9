"""Wide files: one row a session, a column a symbol, or a field and a symbol."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alpha_bench.errors import DataError
from alpha_bench.panel.interchange import _arrow
from alpha_bench.panel.interchange.tables import FileLayout, WideField, WideTable, no_rows, renamed

_INDEX = "__index_level_0__"
"""What pandas calls an index without a name in parquet."""


def wide_table(rows: Any, source: str, layout: FileLayout, *, date: str) -> WideTable:
    """The fields of an Arrow table ``rows`` whose columns are symbols, or fields and symbols.

    The dates are the column ``date``, else the first one in CSV, whose index has no name, or what parquet has as the index.

    Raises:
        AlphaBenchError: E13 no rows, E15 no dates or a column that holds no numbers, E16 a column twice.
    """
    if rows.num_rows == 0:
        raise no_rows(source)
    keys = _dates_column(rows.column_names, date)
    days, findings = _arrow.days_of(rows.column(keys), keys or "the first column", source, layout.date_format)
    columns = [name for name in rows.column_names if name != keys]
    if not columns:
        raise DataError("E15", f"{source} has no column beside its dates", fix="give one column a symbol")
    fields: dict[str, dict[str, NDArray[np.float64]]] = {}
    for name in columns:
        field, symbol = _parts(name, source, layout)
        fields.setdefault(field, {})[symbol] = _numbers(rows.column(name), source, name)
    new = renamed(list(fields), layout.rename, source)
    if layout.levels is not None and layout.field:
        fields = {old: held for old, held in fields.items() if new[old] == layout.field}
        if not fields:
            told = ", ".join(sorted(new.values()))
            raise DataError(
                "E15", f"{source} has no field {layout.field!r}; it has {told}", fix="name one that it has"
            )
    made = {
        new[field]: WideField(days=days, symbols=tuple(held), values=np.stack(list(held.values()), axis=1))
        for field, held in fields.items()
    }
    return WideTable(source=source, fields=made, findings=findings, renames=new)


def _dates_column(names: list[str], date: str) -> str:
    for name in (date, _INDEX):
        if name in names:
            return name
    return str(names[0])


def _parts(name: str, source: str, layout: FileLayout) -> tuple[str, str]:
    """(field, symbol) of a column."""
    if layout.levels is None:
        return layout.field, name
    try:
        parts = ast.literal_eval(name)
    except (ValueError, SyntaxError):
        parts = None
    if not isinstance(parts, tuple) or len(parts) != 2:
        raise DataError(
            "E15",
            f"{source}: the column {name!r} has not two levels",
            fix="leave levels out; for one field and a column a symbol, say which field it is",
        )
    first, second = map(str, parts)
    return (first, second) if layout.levels[0] == "field" else (second, first)


def _numbers(column: Any, source: str, name: str) -> NDArray[np.float64]:
    if str(column.type) == "null":
        return np.full(len(column), np.nan)
    if not _arrow.is_number(column.type):
        raise DataError(
            "E15",
            f"{source}: {name} holds {column.type}; numbers are needed",
            fix="leave the column out of the file, or write numbers",
            column=name,
        )
    parts = [part for chunk in column.chunks for part in _arrow.numbers_of(chunk)]
    return np.concatenate(parts).astype(np.float64)
