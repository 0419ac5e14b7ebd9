"""The window to DuckDB: a query's rows as an Arrow stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from alpha_bench.errors import DataError


def rows_of(
    query: str, connection: Any, parameters: Sequence[object] | Mapping[str, object] | None = None
) -> Any:
    """The rows of ``query``. Raises AlphaBenchError R57 where DuckDB refuses it."""
    try:
        rows = connection.sql(query, params=parameters)
        if rows is not None:
            return rows.to_arrow_table()
    except duckdb.Error as error:
        raise DataError(
            "R57", f"DuckDB refuses the query: {str(error).splitlines()[0]}", fix="correct it there"
        ) from None
    raise DataError("R57", "the query gives no rows: it is no SELECT", fix="write one that does")
