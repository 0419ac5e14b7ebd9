"""The window to pyarrow for the last sessions of a long table of prices."""

from __future__ import annotations

from typing import Any

from nbcode.configuration import TableLayout
from nbcode.inputs._point_in_time import days_of
from nbcode.inputs.pinned import PinnedInput

_INDEX = "__index_level_"
"""How parquet calls the index of a frame that has no name for it."""


def read_sessions(prices: PinnedInput, last: int) -> dict[str, dict[str, tuple[float | None, int]]]:
    """Of the ``last`` sessions by day (``YYYY-MM-DD``), of each number column its median over the names and how many there are.

    Raises:
        RefusedFileError: H37 where its column of dates is none.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    table = _read(prices)
    layout = prices.layout or TableLayout()
    days = days_of(table.column(prices.date_column).combine_chunks(), prices.date_column, layout.date_format)
    newest = pc.unique(days).sort("descending").slice(0, last)
    if not len(newest):
        return {}
    kept = pc.greater_equal(days, newest[len(newest) - 1])
    fields = [
        field.name
        for field in table.schema
        if field.name != prices.date_column
        and not field.name.startswith(_INDEX)
        and (pa.types.is_floating(field.type) or pa.types.is_integer(field.type))
    ]
    chosen = table.select(fields).append_column("day", days).filter(kept)
    for place, name in enumerate(fields):  # a NaN is no value
        column = chosen.column(name).cast(pa.float64())
        chosen = chosen.set_column(place, name, pc.if_else(pc.is_nan(column), None, column))
    asked = [(name, how) for name in fields for how in ("approximate_median", "count")]
    rows = chosen.group_by("day").aggregate(asked).to_pylist()
    return {
        row["day"].isoformat(): {
            name: (row[f"{name}_approximate_median"], row[f"{name}_count"]) for name in fields
        }
        for row in rows
    }


def _read(prices: PinnedInput) -> Any:
    import pyarrow.parquet as pq
    from pyarrow import csv

    if prices.path.suffix.lower() == ".parquet":
        return pq.read_table(prices.path)
    layout = prices.layout or TableLayout()
    parse = csv.ParseOptions(delimiter=(layout.delimiter or ",").replace("\\t", "\t"))
    convert = csv.ConvertOptions(decimal_point=layout.decimal or ".")
    return csv.read_csv(prices.path, parse_options=parse, convert_options=convert)
