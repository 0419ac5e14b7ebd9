"""The window to pyarrow for the sessions of prices: which there are, what stands in each, and the middle of its values."""

from __future__ import annotations

import ast
import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from nbcode.configuration import TableLayout
from nbcode.inputs._cut_folders import said_by_folders, tables_in
from nbcode.inputs._point_in_time import days_of
from nbcode.inputs.pinned import PinnedInput
from nbcode.primitives import dataclass, digest_bytes

INDEX = "__index_level_"
"""How parquet calls the index of a frame that has no name for it."""
_ODD = 0x9E3779B97F4A7C15
_SHIFT = 29
_HEX = 16
_FEWEST = 10
"""Names without which two sessions have no rank correlation."""
Day = str
Middle = tuple[float | None, int]
"""The median of a field over the names of a session, None where it has no value, and how many names have one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sessions:
    """The rows of prices: the ``days`` that have any, and of each field of numbers a table of its values, by day and the hash of a symbol."""

    days: tuple[Day, ...]
    fields: Mapping[str, Any]

    def prints(self) -> dict[str, dict[Day, int]]:
        """Of each field what its values on a session are, as a number: equal where the same names have the same values, in whatever order.

        A name without a value counts as one without a row; a session without a value is left out.
        """
        import pyarrow.compute as pc

        found = {}
        for field, rows in self.fields.items():
            bits = pc.bit_wise_xor(_mixed(_bits(rows["value"])), rows["name"])
            summed = rows.select(["day"]).append_column("print", _mixed(bits)).group_by("day")
            found[field] = {
                row["day"].isoformat(): row["print_sum"]
                for row in summed.aggregate([("print", "sum")]).to_pylist()
            }
        return found

    def ranked_alike(self, pairs: Collection[tuple[Day, Day]]) -> dict[str, dict[tuple[Day, Day], float]]:
        """Of each field and pair of days the rank correlation of the values of the names that both have; where these are few, or all alike, it
        is left out."""
        import pyarrow as pa
        import pyarrow.compute as pc

        wanted = pc.cast(pa.array(sorted({day for pair in pairs for day in pair}), pa.string()), pa.date32())
        found: dict[str, dict[tuple[Day, Day], float]] = {}
        for field, rows in self.fields.items():
            chosen = rows.filter(pc.is_in(rows["day"], value_set=wanted))
            days = {
                day.as_py().isoformat(): chosen.filter(pc.equal(chosen["day"], day))
                for day in pc.unique(chosen["day"])
            }
            there = ((pair, [days[day] for day in pair]) for pair in pairs if {*pair} <= days.keys())
            made = {pair: _rank_correlation(*both) for pair, both in there}
            found[field] = {pair: value for pair, value in made.items() if value is not None}
        return found

    def middles(self, days: Collection[Day]) -> dict[str, dict[Day, Middle]]:
        """The middle of each field on each of ``days``; a session without a value is left out."""
        import pyarrow as pa
        import pyarrow.compute as pc

        wanted = pc.cast(pa.array(sorted(days), pa.string()), pa.date32())
        asked = [("value", "approximate_median"), ("value", "count")]
        found: dict[str, dict[Day, Middle]] = {}
        for field, rows in self.fields.items():
            chosen = rows.filter(pc.is_in(rows["day"], value_set=wanted))
            found[field] = {
                row["day"].isoformat(): (row["value_approximate_median"], row["value_count"])
                for row in chosen.group_by("day").aggregate(asked).to_pylist()
            }
        return found


def read_sessions(prices: PinnedInput) -> Sessions:
    """The sessions of ``prices``: of each field its values, whichever way they are laid out. A NaN is no value.

    Raises:
        RefusedFileError: H37 where its column of dates is none.
    """
    import pyarrow.compute as pc

    layout = prices.layout or TableLayout()
    table = _read(prices, layout)
    column = _dates_in(table.column_names, prices.date_column)
    days = days_of(table.column(column).combine_chunks(), column, layout.date_format)
    there = sorted(one.isoformat() for one in pc.unique(days).drop_null().to_pylist())
    cells = _wide if layout.is_wide else _long
    parts: dict[str, list[Any]] = {}
    for field, rows in cells(prices, layout, table, days, column):
        parts.setdefault(field, []).append(rows)
    return Sessions(days=tuple(there), fields={field: _joined(some) for field, some in parts.items()})


def _rank_correlation(one: Any, other: Any) -> float | None:
    """Spearman's, of the values of two sessions; None for fewer than ten names in both, or values that are all alike."""
    import pyarrow as pa
    import pyarrow.compute as pc

    places = pc.index_in(one["name"], value_set=other["name"].combine_chunks())
    both = pc.is_valid(places)
    values = (one["value"].filter(both), other["value"].take(places.filter(both)))
    if len(values[0]) < _FEWEST:
        return None
    first, second = (pc.rank(v.combine_chunks(), tiebreaker="dense").cast(pa.float64()) for v in values)
    spread = pc.stddev(first).as_py() * pc.stddev(second).as_py()
    if not spread > 0:
        return None
    mean = pc.mean(pc.multiply(first, second)).as_py() - pc.mean(first).as_py() * pc.mean(second).as_py()
    return float(mean / spread)


def _joined(parts: Sequence[Any]) -> Any:
    import pyarrow as pa

    return pa.concat_tables(parts)


def _dates_in(names: Sequence[str], declared: str) -> str:
    """The column of dates; where none is called as declared it is the index, in a CSV the first column."""
    if declared in names:
        return declared
    return next((name for name in names if name.startswith(INDEX)), names[0])


def _long(
    prices: PinnedInput, layout: TableLayout, table: Any, days: Any, dates: str
) -> Iterator[tuple[str, Any]]:
    """Each field with its rows, of a table of a row a session and symbol."""
    new = dict(layout.rename)
    old = {name: there for there, name in new.items()}
    symbol = next(
        (name for name in (prices.symbol_column, old.get(prices.symbol_column, "")) if name in table.column_names), None
    )  # fmt: skip
    names = None if symbol is None else _hashes(table.column(symbol).combine_chunks())
    for field in table.schema:
        if field.name not in (dates, symbol) and not field.name.startswith(INDEX) and _is_number(field.type):
            yield new.get(field.name, field.name), _rows(days, names, table.column(field.name))


def _wide(
    prices: PinnedInput, layout: TableLayout, table: Any, days: Any, dates: str
) -> Iterator[tuple[str, Any]]:
    """The same of a table whose columns are symbols, or fields and symbols."""
    import pyarrow as pa

    del prices
    new = dict(layout.rename)
    for column in table.schema:
        if column.name == dates or not _is_number(column.type):
            continue
        field, symbol = _parts(column.name, layout)
        names = pa.repeat(pa.scalar(_hash(symbol), pa.uint64()), len(days))
        yield new.get(field, field), _rows(days, names, table.column(column.name))


def _parts(column: str, layout: TableLayout) -> tuple[str, str]:
    """The field and the symbol that a column of a wide table is."""
    if not layout.levels:
        return layout.field, column
    try:
        first, second = map(str, ast.literal_eval(column))
    except (ValueError, SyntaxError, TypeError):
        return column, ""
    return (first, second) if layout.levels.startswith("field") else (second, first)


def _rows(days: Any, names: Any, values: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers = values.cast(pa.float64(), safe=False)
    there = pc.and_(pc.fill_null(pc.invert(pc.is_nan(numbers)), fill_value=False), pc.is_valid(days))
    hashes = pa.repeat(pa.scalar(0, pa.uint64()), len(days)) if names is None else names
    return pa.table({"day": days, "name": hashes, "value": numbers}).filter(there)


def _is_number(dtype: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_floating(dtype) or pa.types.is_integer(dtype) or pa.types.is_decimal(dtype))


def _hash(text: str) -> int:
    return int(digest_bytes(text.encode()).hex[:_HEX], 16)


def _hashes(symbols: Any) -> Any:
    """A number for each symbol; rows without one have 0."""
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = symbols.dictionary_decode() if pa.types.is_dictionary(symbols.type) else symbols
    words = plain.cast(pa.string()).dictionary_encode()
    known = pa.array([_hash(word or "") for word in words.dictionary.to_pylist()], pa.uint64())
    return pc.fill_null(known.take(words.indices), 0)


def _bits(numbers: Any) -> Any:
    import pyarrow as pa

    return numbers.combine_chunks().view(pa.uint64())


def _mixed(values: Any) -> Any:
    """Numbers of 64 bits whose sums differ where a few of them do."""
    import pyarrow as pa
    import pyarrow.compute as pc

    odd, shift = pa.scalar(_ODD, pa.uint64()), pa.scalar(_SHIFT, pa.uint64())
    for _ in range(2):
        values = pc.multiply(pc.bit_wise_xor(values, pc.shift_right(values, shift)), odd)
    return pc.bit_wise_xor(values, pc.shift_right(values, shift))


def _read(prices: PinnedInput, layout: TableLayout) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyarrow import csv as pa_csv

    if prices.path.is_dir():
        return _of_folder(prices.path)
    if prices.path.suffix.lower() == ".parquet":
        return pq.read_table(prices.path)
    delimiter = (layout.delimiter or ",").replace("\\t", "\t")
    read = pa_csv.ReadOptions(**(_two_heads(prices, delimiter) if layout.levels else {}))
    text = {prices.date_column: pa.string(), prices.symbol_column: pa.string()} if layout.date_format else {}
    convert = pa_csv.ConvertOptions(decimal_point=layout.decimal or ".", column_types=text)
    parse = pa_csv.ParseOptions(delimiter=delimiter)
    return pa_csv.read_csv(prices.path, read_options=read, parse_options=parse, convert_options=convert)


def _of_folder(folder: Path) -> Any:
    """All parquet files of a folder in order, each with what the folders above it say of its rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables = []
    for name, path in tables_in(folder):
        with pq.ParquetFile(path) as file:
            table = file.read()
        for field in table.schema:  # each file has categories of its own
            if pa.types.is_dictionary(field.type):
                plain = table.column(field.name).cast(field.type.value_type)
                table = table.set_column(table.schema.get_field_index(field.name), field.name, plain)
        for key, value in said_by_folders(name).items():
            if key not in table.column_names:
                table = table.append_column(key, pa.repeat(value, table.num_rows))
        tables.append(table)
    return pa.concat_tables(tables, promote_options="permissive")


def _two_heads(prices: PinnedInput, delimiter: str) -> dict[str, Any]:
    """How a CSV with two lines of heads is read: its columns are called as pandas calls them in parquet, ``('close', 'AAPL')``."""
    with prices.path.open(encoding="utf-8-sig", newline="") as file:
        heads = [next(csv.reader([line], delimiter=delimiter), []) for line in islice(file, 3)]
    named = len(heads) > 2 and not any(heads[2][1:])  # the name of the index, on a line of its own
    pairs = [str(pair) for pair in zip(heads[0][1:], heads[1][1:], strict=False)]
    return {"column_names": [heads[2][0] if named else "", *pairs], "skip_rows": 3 if named else 2}
