"""The window to pyarrow: long tables from parquet or CSV, as numpy columns. Nothing else here imports pyarrow to read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from alpha_bench.errors import AlphaBenchError, nearest
from alpha_bench.names import VOCABULARY


@dataclass(frozen=True, kw_only=True, slots=True)
class LongTable:
    """Rows of a long table: one row a date and symbol.

    Attributes:
        days: (rows,) int32 days since 1970-01-01.
        codes: (rows,) int32 positions in ``symbols``.
        symbols: the distinct symbols, in order of first appearance.
        numbers: numeric columns, (rows,) each; nulls are NaN.
        left_out: columns that are neither numbers nor keys.
    """

    days: NDArray[np.int32]
    codes: NDArray[np.int32]
    symbols: tuple[str, ...]
    numbers: dict[str, NDArray[Any]]
    left_out: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReferenceTable:
    """One row a symbol: numbers (rows,) and texts (rows,) by column."""

    symbols: tuple[str, ...]
    numbers: dict[str, NDArray[np.float64]]
    texts: dict[str, tuple[str | None, ...]]


def read_long(path: Path, *, date: str, symbol: str) -> LongTable:
    """Read a long table.

    Raises:
        AlphaBenchError: E01 no such file, E13 no rows, E15 wrong columns or types, E16 a column twice.
    """
    return _long(_read(path), path, date=date, symbol=symbol)


def _long(table: Any, path: Path, *, date: str, symbol: str) -> LongTable:
    for name in (date, symbol):
        _require(table, name, path)
    rest = [n for n in table.column_names if n not in {date, symbol}]
    numeric = [n for n in rest if _is_number(table.schema.field(n).type)]
    for name in rest:
        if name not in numeric and name in VOCABULARY["data"]:
            kind = table.schema.field(name).type
            if pa.types.is_null(kind):
                raise AlphaBenchError(
                    "E14", f"{path.name}: {name} has no value at all", fix=f"fill or drop {name}"
                )
            raise AlphaBenchError(
                "E15",
                f"{path.name}: {name} holds {kind}; numbers are needed",
                fix="write it as numbers",
                field=name,
            )
    return LongTable(
        days=_days(table.column(date), date, path),
        **_symbols(table.column(symbol), symbol, path),
        numbers={n: _numbers(table.column(n)) for n in numeric},
        left_out=tuple(n for n in rest if n not in numeric),
    )


def read_reference(path: Path, *, symbol: str) -> ReferenceTable:
    """Read a table of one row a symbol. Raises as :func:`read_long`, and E15 for a symbol twice."""
    table = _read(path)
    _require(table, symbol, path)
    symbols = table.column(symbol).cast(pa.string()).to_pylist()
    twice = [s for s, n in Counter(symbols).items() if n > 1 or s is None]
    if twice:
        raise AlphaBenchError(
            "E15", f"{path.name}: symbol {twice[0]!r} is not there exactly once", fix="keep one row a symbol"
        )
    numbers, texts = {}, {}
    for name in table.column_names:
        column = table.column(name)
        if name != symbol and _is_number(column.type):
            numbers[name] = _numbers(column).astype(np.float64)
        elif name != symbol and not pa.types.is_null(column.type):
            texts[name] = tuple(text or None for text in column.cast(pa.string()).to_pylist())
    return ReferenceTable(symbols=tuple(symbols), numbers=numbers, texts=texts)


def _read(path: Path) -> Any:
    if not path.is_file():
        raise AlphaBenchError(
            "E01", f"{path} is not there", fix="check the path in nbcode.toml", path=str(path)
        )
    try:
        if path.suffix.lower() in {".parquet", ".pq"}:
            names = pq.read_schema(path).names
            _refuse_twice(names, path)
            table = pq.ParquetFile(path, memory_map=True).read()
        else:
            table = pa_csv.read_csv(path)
            _refuse_twice(table.column_names, path)
    except (pa.ArrowException, OSError) as error:
        if "Empty CSV" in str(error):
            raise _empty(path) from None
        raise AlphaBenchError(
            "E15",
            f"{path.name} cannot be read: {str(error).splitlines()[0]}",
            fix="give a parquet or CSV file",
        ) from None
    if table.num_rows == 0:
        raise _empty(path)
    return table


def _empty(path: Path) -> AlphaBenchError:
    return AlphaBenchError("E13", f"{path.name} has no rows", fix="check how the file was made")


def _refuse_twice(names: list[str], path: Path) -> None:
    twice = [n for n, count in Counter(names).items() if count > 1]
    if twice:
        raise AlphaBenchError("E16", f"{path.name} has column {twice[0]!r} twice", fix="keep one of them")


def _require(table: Any, name: str, path: Path) -> None:
    if name not in table.column_names:
        close = nearest(name, table.column_names)
        raise AlphaBenchError(
            "E15",
            f"{path.name} has no column {name!r}; it has {', '.join(table.column_names)}",
            fix=f"rename {close!r} to {name!r}" if close else f"add a column {name!r}",
        )


def _is_number(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _numbers(column: Any) -> NDArray[Any]:
    """(rows,) as it is stored when it is floating, else float64; nulls are NaN."""
    if not pa.types.is_floating(column.type) or pa.types.is_float16(column.type):
        column = column.cast(pa.float64())
    return _numpy(column, f"f{column.type.bit_width // 8}")


def _numpy(column: Any, dtype: str) -> NDArray[Any]:
    """The numbers of a chunked array. pyarrow's own ``to_numpy`` and ``fill_null`` would import pandas."""
    size = np.dtype(dtype).itemsize
    parts = []
    for chunk in column.chunks:
        known, values = chunk.buffers()
        part = (
            np.frombuffer(values, dtype, count=len(chunk), offset=chunk.offset * size)
            if len(chunk)
            else np.empty(0, dtype)
        )
        if chunk.null_count:
            bits = np.unpackbits(np.frombuffer(known, np.uint8), bitorder="little")
            part = np.where(bits[chunk.offset : chunk.offset + len(chunk)], part, np.nan).astype(dtype)
        parts.append(part)
    return np.concatenate(parts)


def _days(column: Any, name: str, path: Path) -> NDArray[np.int32]:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    try:
        if not (
            pa.types.is_date(column.type)
            or pa.types.is_timestamp(column.type)
            or pa.types.is_string(column.type)
        ):
            raise pa.ArrowInvalid(f"type {column.type}")
        days = column.cast(pa.date32(), safe=not pa.types.is_timestamp(column.type))
    except pa.ArrowException as error:
        raise AlphaBenchError(
            "E15",
            f"{path.name}: column {name!r} does not hold dates ({error})",
            fix="write dates as YYYY-MM-DD",
        ) from None
    if days.null_count:
        raise AlphaBenchError(
            "E15", f"{path.name}: {days.null_count} rows have no {name}", fix="drop those rows"
        )
    return _numpy(days, "i4")


def _symbols(column: Any, name: str, path: Path) -> dict[str, Any]:
    if column.null_count:
        raise AlphaBenchError(
            "E15", f"{path.name}: {column.null_count} rows have no {name}", fix="drop those rows"
        )
    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0)
    codes = _numpy(pa.chunked_array([whole.indices.cast(pa.int32())]), "i4")
    return {"codes": codes, "symbols": tuple(whole.dictionary.cast(pa.string()).to_pylist())}


def long_from_pandas(frame: Any, *, date: str, symbol: str) -> LongTable:
    """A long pandas frame (keys as columns or index levels) as :func:`read_long` would read it from a file."""
    if any(name in {date, symbol} for name in frame.index.names):
        frame = frame.reset_index()
    twice = [str(n) for n, count in Counter(frame.columns).items() if count > 1]
    if twice:
        raise AlphaBenchError("E16", f"the frame has column {twice[0]!r} twice", fix="keep one of them")
    if len(frame) == 0:
        raise AlphaBenchError("E13", "the frame has no rows", fix="check how it was made")
    try:
        table = pa.Table.from_pandas(frame, preserve_index=False)
    except pa.ArrowException as error:
        raise AlphaBenchError(
            "E15", f"the frame has a column of mixed types: {error}", fix="make each column one type"
        ) from None
    return _long(table, Path("the frame"), date=date, symbol=symbol)
