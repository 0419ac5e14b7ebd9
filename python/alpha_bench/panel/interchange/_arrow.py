"""The window to pyarrow: Arrow tables, and whatever gives an Arrow stream, as numpy columns.

pyarrow's own ``to_numpy``, ``fill_null`` and ``pyarrow.dataset`` import pandas, which costs a process 0.3 s; so buffers are read here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from alpha_bench.errors import DataError, nearest, some
from alpha_bench.names import CLASSIFIERS, VOCABULARY
from alpha_bench.panel.interchange.days import integer_dates, midnights, written_otherwise
from alpha_bench.panel.interchange.tables import (
    LongTable,
    ReferenceTable,
    Rename,
    dated_too_early,
    no_rows,
    not_numbers,
    refuse_twice,
    renamed,
    word_of,
)
from alpha_bench.panel.validation import Finding


def table_of(stream: Any) -> pa.Table:
    """An Arrow table from a table, a batch, a reader, a dataset or anything with ``__arrow_c_stream__`` (polars, DuckDB, ...); columns
    that are written as runs are written out."""
    table = _table(stream)
    for n, field in enumerate(table.schema):
        if pa.types.is_run_end_encoded(field.type):
            import pyarrow.compute as pc

            table = table.set_column(n, field.name, pc.run_end_decode(table.column(n).combine_chunks()))
    return table


def _table(stream: Any) -> pa.Table:
    if isinstance(stream, pa.Table):
        return stream
    if type(stream).__module__.partition(".")[0] == "pyarrow":
        if hasattr(
            stream, "to_table"
        ):  # a dataset; asked by type first, because DuckDB's to_table writes one
            return stream.to_table()
        return stream.read_all() if hasattr(stream, "read_all") else pa.Table.from_batches([stream])
    return pa.table(stream)


def long_table(
    table: pa.Table, source: str, *, date: str, symbol: str, rename: Rename = None, date_format: str = ""
) -> LongTable:
    """The rows of an Arrow table; ``date_format`` as :class:`alpha_bench.panel.interchange.tables.FileLayout` has it.

    Raises:
        AlphaBenchError: E13 no rows, E15 wrong columns or types, E16 a column twice.
    """
    refuse_twice(table.column_names, source)
    new = renamed(table.column_names, rename, source)
    table = table.rename_columns(list(new.values()))
    require_keys(table.column_names, source, date=date, symbol=symbol)
    if table.num_rows == 0:
        raise no_rows(source)
    days, noticed = days_of(table.column(date), date, source, date_format)
    codes, symbols = codes_of(table.column(symbol), symbol, source)
    early = dated_too_early(next(old for old, name in new.items() if name == date), new, len(days))
    kinds = split_columns(table.schema, source, keys={date, symbol})

    def chunks(name: str) -> Iterator[NDArray[Any]]:
        return (part for chunk in table.column(name).chunks for part in numbers_of(chunk))

    def words(name: str) -> Iterator[tuple[NDArray[np.float64], list[str | None]]]:
        return (texts_of(chunk) for chunk in table.column(name).chunks if len(chunk))

    return LongTable(
        source=source,
        days=days,
        codes=codes,
        symbols=symbols,
        numbers={n: partial(chunks, n) for n in kinds.numbers},
        texts={n: partial(words, n) for n in kinds.texts},
        left_out=kinds.left_out,
        findings=(*noticed, *early),
        renames=new,
    )


_BETWEEN = (",", ";", "\t", "|")
"""What stands between the values of a row, if not what was said."""


def require_keys(names: list[str], source: str, *, date: str, symbol: str) -> None:
    """Raises AlphaBenchError E15 where a key column is not there; the nearest name is given."""
    between = next((mark for mark in _BETWEEN if len(names) == 1 and mark in names[0]), None)
    if between is not None:
        raise DataError(
            "E15",
            f"{source} is one column, {names[0][:60]!r}: its values are separated otherwise than was said",
            fix=f"say delimiter = {between!r} where the file is declared, or write it as the others are",
        )
    for key, name in (("date", date), ("symbol", symbol)):
        if name not in names:
            close = nearest(name, names)
            raise DataError(
                "E15",
                f"{source} has no column {name!r}; it has {some(n or '(no name)' for n in names)}",
                fix=f"rename {close!r} to {name!r}, or give {key}={close!r}"
                if close
                else f"add a column {name!r}",
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """Names of the columns that hold numbers, of those that hold texts, and of the others."""

    numbers: tuple[str, ...]
    texts: tuple[str, ...]
    left_out: tuple[str, ...]


def split_columns(schema: pa.Schema, source: str, *, keys: set[str]) -> Columns:
    """What each column holds but the keys; what groups are called, such as ``sector``, holds texts also where they are codes.

    Raises:
        AlphaBenchError: E14 or E15 where a known field holds no numbers.
    """
    given = [f for f in schema if f.name not in keys]
    named = [f for f in given if not _NAMELESS.fullmatch(f.name)]
    texts = [f.name for f in named if _is_words(f.type) or (f.name in CLASSIFIERS and is_number(f.type))]
    numeric = [f.name for f in named if is_number(f.type) and f.name not in texts]
    rest = [f for f in given if f.name not in {*numeric, *texts}]
    for column in (*rest, *(f for f in named if f.name in texts and f.name not in CLASSIFIERS)):
        if column.name in VOCABULARY["data"]:
            if pa.types.is_null(column.type):
                raise DataError(
                    "E14",
                    f"{source}: {column.name} has no value at all",
                    fix=f"fill or drop {column.name}",
                )
            raise not_numbers(source, column.name, str(column.type))
    left_out = tuple(f.name or "(no name)" for f in rest)
    return Columns(numbers=tuple(numeric), texts=tuple(texts), left_out=left_out)


def reference_table(table: pa.Table, source: str, *, symbol: str) -> ReferenceTable:
    """One row a symbol. Raises as :func:`long_table`, and E15 for a symbol twice."""
    refuse_twice(table.column_names, source)
    require_keys(table.column_names, source, date=symbol, symbol=symbol)
    symbols = _reference_texts(table.column(symbol), symbol, source)
    twice = [s for s, n in Counter(symbols).items() if n > 1 or s is None]
    if twice:
        raise DataError(
            "E15", f"{source}: symbol {twice[0]!r} is not there exactly once", fix="keep one row a symbol"
        )
    numbers, texts = {}, {}
    for name in table.column_names:
        column = table.column(name)
        if name != symbol and is_number(column.type):
            parts = [part for chunk in column.chunks for part in numbers_of(chunk)]
            numbers[name] = np.concatenate(parts).astype(np.float64)
        elif name != symbol and not pa.types.is_null(column.type):
            texts[name] = tuple(text or None for text in _reference_texts(column, name, source))
    return ReferenceTable(symbols=tuple(map(str, symbols)), numbers=numbers, texts=texts)


def _reference_texts(column: pa.ChunkedArray, name: str, source: str) -> list[str | None]:
    """A column as texts. Raises E15 where it holds bytes that are none, as a CSV file of another encoding does."""
    try:
        words: list[str | None] = column.cast(pa.string()).to_pylist()
    except pa.ArrowException as error:
        raise DataError(
            "E15",
            f"{source}: column {name!r} holds no texts ({str(error).splitlines()[0]})",
            fix="write it in UTF-8" if _is_bytes(column.type) else "give numbers or texts",
        ) from None
    return words


def is_number(kind: pa.DataType) -> bool:
    """Whether a column of this type is a field: integers, floats, decimals, and conditions as 1.0 and 0.0."""
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
    )


def numbers_of(chunk: pa.Array) -> Iterator[NDArray[Any]]:
    """The numbers of one array, as they are stored when floating (32 or 64 bits), else float64; nulls are NaN.

    Decimals go through their text: Arrow's own cast is off in the last bit for a third of ordinary prices.
    """
    if not len(chunk):
        return
    kind = chunk.type
    if pa.types.is_decimal(kind):
        chunk = chunk.cast(pa.string()).cast(pa.float64())
    elif pa.types.is_boolean(kind):
        chunk = chunk.cast(pa.uint8()).cast(pa.float64())
    elif not pa.types.is_floating(kind) or pa.types.is_float16(kind):
        chunk = chunk.cast(pa.float64(), safe=False)  # whole numbers beyond 2**53 are rounded to the nearest
    yield _buffer(chunk, f"f{chunk.type.bit_width // 8}")


def texts_of(chunk: pa.Array) -> tuple[NDArray[np.float64], list[str | None]]:
    """The texts of one array: positions in its distinct words, NaN where a row has none; whole numbers are written without a point."""
    coded = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
    words = [None if word is None else word_of(word) for word in coded.dictionary.to_pylist()]
    return _buffer(coded.indices.cast(pa.float64()), "f8"), words


def _is_words(kind: pa.DataType) -> bool:
    return is_text(kind.value_type if pa.types.is_dictionary(kind) else kind)


def _buffer(chunk: pa.Array, dtype: str) -> NDArray[Any]:
    """The values of an array of fixed width; nulls are NaN, which is possible for floating ones only."""
    known, values = chunk.buffers()
    part: NDArray[Any] = np.frombuffer(
        values, dtype, count=len(chunk), offset=chunk.offset * np.dtype(dtype).itemsize
    )
    if chunk.null_count:
        bits = np.unpackbits(np.frombuffer(known, np.uint8), bitorder="little")
        part = np.where(bits[chunk.offset : chunk.offset + len(chunk)], part, np.nan).astype(dtype)
    return part


_NAMELESS = re.compile(r"|Unnamed: \d+")
"""What a column is called that was the index of a frame when it was written as CSV: no field."""


def days_of(
    column: pa.ChunkedArray, name: str, source: str, date_format: str = ""
) -> tuple[NDArray[np.int32], tuple[Finding, ...]]:
    """(rows,) days since 1970-01-01, from dates, midnights, numbers YYYYMMDD, or texts in ``date_format``, by default YYYY-MM-DD.

    Raises:
        AlphaBenchError: E13 for none; E15 for anything else, for a missing date, and for a time of day.
    """
    if not len(column):
        raise no_rows(source)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if column.null_count:
        raise DataError("E15", f"{source}: {column.null_count} rows have no {name}", fix="drop those rows")
    if date_format and is_text(column.type):
        column = _stamps_of_texts(column, name, source, date_format)
    kind = column.type
    noticed: tuple[Finding, ...] = ()
    if pa.types.is_timestamp(kind):
        zone, unit = kind.tz, kind.unit
        if zone is not None:
            import pyarrow.compute as pc

            column = pc.local_timestamp(column)
            noticed = (Finding.of("time_zone", column.length(), (zone,), field=name),)
        parts = [_buffer(c.view(pa.int64()), "i8") for c in column.chunks if len(c)]
        days = [midnights(part, unit, name, source, zone) for part in parts]
        return np.concatenate(days), noticed
    if pa.types.is_integer(kind):
        parts = [_buffer(c.cast(pa.int64()), "i8") for c in column.chunks if len(c)]
        return integer_dates(np.concatenate(parts), name, source), ()
    try:
        if is_text(kind):
            return _days_of_texts(column.cast(pa.string()), name, source), noticed
        if not pa.types.is_date(kind):
            raise pa.ArrowInvalid(f"type {kind}")
        dates = column.cast(pa.date32())
    except pa.ArrowException as error:
        why, fix = str(error).splitlines()[0], "write dates as YYYY-MM-DD"
        if is_text(kind):
            why, fix = written_otherwise(column.cast(pa.string()).to_pylist(), name) or (why, fix)
        elif pa.types.is_floating(kind):
            fix = (
                f'where they are YYYYMMDD, write whole numbers: frame["{name}"] = frame["{name}"].astype(int)'
            )
        raise DataError("E15", f"{source}: column {name!r} does not hold dates ({why})", fix=fix) from None
    return np.concatenate([_buffer(c, "i4") for c in dates.chunks if len(c)]), ()


def _stamps_of_texts(column: pa.ChunkedArray, name: str, source: str, date_format: str) -> pa.ChunkedArray:
    """Texts in ``date_format`` as time stamps. Raises AlphaBenchError E15 with the first that is none."""
    import pyarrow.compute as pc

    stamps = pc.strptime(column, format=date_format, unit="s", error_is_null=True)
    if stamps.null_count:
        words = column.to_pylist()
        row = next(n for n, stamp in enumerate(stamps.to_pylist()) if stamp is None)
        raise DataError(
            "E15",
            f"{source}: column {name!r} holds {words[row]!r} in row {row + 1}, which is no date written as {date_format}",
            fix="correct the format of its dates",
            column=name,
        )
    return stamps


def _days_of_texts(column: pa.ChunkedArray, name: str, source: str) -> NDArray[np.int32]:
    """Dates, or dates with a midnight as pandas and partitioned folders write them. Raises ArrowInvalid, or R56."""
    try:
        return np.concatenate([_buffer(c.cast(pa.date32()), "i4") for c in column.chunks if len(c)])
    except pa.ArrowInvalid as error:
        try:
            stamps = column.cast(pa.timestamp("us"))
        except pa.ArrowInvalid:
            raise error from None
        return days_of(stamps, name, source)[0]


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds texts, in any of Arrow's three layouts."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    """Bytes in any of Arrow's layouts; objects of Python in a polars frame come as such, too."""
    kinds = (
        pa.types.is_binary,
        pa.types.is_large_binary,
        pa.types.is_fixed_size_binary,
        pa.types.is_binary_view,
    )
    return any(one(kind) for one in kinds)


def codes_of(column: pa.ChunkedArray, name: str, source: str) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """(rows,) positions in the distinct symbols, and those. Raises E15 where a row has none, or a number that is not whole.

    pandas makes whole numbers real ones where one is missing: ``12.0`` is the symbol ``12``.
    """
    if column.null_count:
        raise DataError("E15", f"{source}: {column.null_count} rows have no {name}", fix="drop those rows")
    if pa.types.is_dictionary(column.type) and pa.types.is_floating(column.type.value_type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        try:
            column = column.cast(pa.int64())
        except pa.ArrowInvalid as error:
            raise DataError(
                "E15",
                f"{source}: column {name!r} holds numbers that are not whole ({str(error).splitlines()[0]})",
                fix="write symbols as texts, or as whole numbers",
            ) from None
    held = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_nested(held) or _is_bytes(held):
        fix = (
            "write symbols as texts: of bytes .str.decode('utf-8') makes them"
            if _is_bytes(held)
            else "write symbols as texts, such as 'AAPL.US' for ('AAPL', 'US')"
        )
        raise DataError("E15", f"{source}: column {name!r} holds {held} values, which name no asset", fix=fix)
    position: dict[str, int] = {}
    parts, nameless = [], 0
    for chunk in column.chunks:
        if not len(chunk):
            continue
        coded = chunk if pa.types.is_dictionary(chunk.type) else chunk.cast(pa.string()).dictionary_encode()
        words = coded.dictionary.cast(pa.string()).to_pylist()
        codes = _buffer(coded.indices.cast(pa.int32()), "i4")
        rows = np.bincount(codes, minlength=len(words))
        here = np.zeros(len(words), dtype=np.int32)
        for n in np.flatnonzero(rows).tolist():  # a dictionary may hold words that no row has
            nameless += 0 if words[n] else int(rows[n])
            here[n] = position.setdefault(str(words[n]), len(position))
        parts.append(here[codes])
    if nameless:
        raise DataError("E15", f"{source}: {nameless} rows have no {name}", fix="drop those rows")
    return np.concatenate(parts), tuple(position)
