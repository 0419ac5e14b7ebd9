"""The window to files: parquet (a file or a folder of them) and CSV, read column by column.

A parquet column is decoded group by group and put straight into its array, several columns at once where there are
processors, so that reading holds the arrays and little else. Nothing here imports pandas.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from alpha_bench.errors import AlphaBenchError, DataError
from alpha_bench.panel.interchange import _arrow
from alpha_bench.panel.interchange.tables import (
    FileLayout,
    LongTable,
    ReferenceTable,
    Rename,
    WideTable,
    dated_too_early,
    no_rows,
    refuse_twice,
    renamed,
)
from alpha_bench.panel.narrowing import columns_read
from alpha_bench.panel.validation import Finding

_PARQUET = frozenset({".parquet", ".pq", ".parq"})
_BATCH = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class _Part:
    """One parquet file, and what its folders say (``symbol=A/``)."""

    path: Path
    folders: tuple[tuple[str, str], ...] = ()


def read_laid_out(path: Path, layout: FileLayout, *, date: str, symbol: str) -> LongTable | WideTable:
    """Read a file as ``layout`` says. Raises as :func:`read_long`."""
    parquet = path.is_dir() or path.suffix.lower() in _PARQUET
    if layout.is_wide:
        from alpha_bench.panel.interchange.wide_files import wide_table

        _require(path)
        rows = _whole(path) if parquet else _csv_with_heads(path, layout)
        return wide_table(rows, path.name, layout, date=date)
    if not parquet:
        marks = (layout.delimiter, layout.decimal_point)
        return read_csv(
            path, date=date, symbol=symbol, rename=layout.rename, marks=marks, date_format=layout.date_format
        )
    if not layout.date_format:
        return read_parquet(path, date=date, symbol=symbol, rename=layout.rename)
    form = layout.date_format
    table = _of_parts(path) if path.is_dir() else _whole(_require(path))
    return _arrow.long_table(
        table, path.name, date=date, symbol=symbol, rename=layout.rename, date_format=form
    )


def column_names_in(path: Path, delimiter: str) -> tuple[str, ...]:
    """What the columns of a long file or folder are called, those that its folders state with them. Raises as :func:`read_long`."""
    if not path.is_dir():
        _require(path)
    if path.is_dir() or path.suffix.lower() in _PARQUET:
        parts = _parts(path) if path.is_dir() else [_Part(path=path)]
        return (*_one_schema(parts, path.name).names, *(key for key, _ in parts[0].folders))
    return _heads(path, delimiter)


def columns_of_file(
    path: Path,
    wanted: Collection[str],
    derive: Mapping[str, str],
    *,
    date: str = "date",
    symbol: str = "symbol",
    layout: FileLayout | Mapping[str, Any] | None = None,
) -> frozenset[str] | None:
    """The columns that are read of a file, or of each part of a folder, for the fields ``wanted``, by their names in it; None: all. Only the first head is read.
    Raises as :func:`read_long`."""
    how = FileLayout(**layout) if isinstance(layout, Mapping) else layout or FileLayout()
    if how.is_wide or how.date_format or not (path.is_dir() or path.suffix.lower() in _PARQUET):
        return None
    kinds = column_kinds(_parts(path)[0].path if path.is_dir() else _require(path))
    return columns_read(kinds, wanted, derive=derive, rename=how.rename, keys=(date, symbol))


def column_kinds(path: Path) -> dict[str, bool]:
    """The columns of a parquet file, and which hold plain numbers. Raises E15, E16."""
    schema = _one_schema([_Part(path=path)], path.name)
    refuse_twice(schema.names, path.name)
    return {f.name: pa.types.is_integer(f.type) or pa.types.is_floating(f.type) for f in schema}


def read_long(path: Path, *, date: str, symbol: str, rename: Rename = None) -> LongTable:
    """Read a long table from a parquet file, a folder of parquet files, or a CSV file, packed or not.

    Raises:
        AlphaBenchError: E01 no such file, E13 no rows, E15 wrong columns or types, E16 a column twice, R56 a time of day.
    """
    way = read_parquet if path.is_dir() or path.suffix.lower() in _PARQUET else read_csv
    return way(path, date=date, symbol=symbol, rename=rename)


def read_parquet(path: Path, *, date: str, symbol: str, rename: Rename = None) -> LongTable:
    """Read a parquet file or a folder of them. Raises as :func:`read_long`."""
    if path.is_dir():
        return _parquet(_parts(path), path.name, date=date, symbol=symbol, rename=rename)
    _require(path)
    return _parquet([_Part(path=path)], path.name, date=date, symbol=symbol, rename=rename)


def read_csv(
    path: Path,
    *,
    date: str,
    symbol: str,
    rename: Rename = None,
    marks: tuple[str, str] = (",", "."),
    date_format: str = "",
) -> LongTable:
    """Read a CSV file; ``marks``: between columns, and before decimals. Raises as :func:`read_long`."""
    _require(path)
    columns = {symbol} if rename is None else _columns_called(path, symbol, rename, marks[0])
    table = _csv(path, columns, marks)
    return _arrow.long_table(
        table, path.name, date=date, symbol=symbol, rename=rename, date_format=date_format
    )


def read_reference(path: Path, *, symbol: str, marks: tuple[str, str] = (",", ".")) -> ReferenceTable:
    """Read a table of one row a symbol; ``marks`` as for :func:`read_csv`. Raises as :func:`read_long`, and E15 for a symbol twice."""
    _require(path)
    table = _whole(path) if path.suffix.lower() in _PARQUET else _csv(path, {symbol}, marks)
    if table.num_rows == 0:
        raise no_rows(path.name)
    return _arrow.reference_table(table, path.name, symbol=symbol)


def _whole(path: Path) -> pa.Table:
    """All columns of a parquet file. Raises E15, E16."""
    try:
        with pq.ParquetFile(path, memory_map=True) as file:
            refuse_twice(file.schema_arrow.names, path.name)
            return file.read()
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from None


def _of_parts(folder: Path) -> pa.Table:
    """All columns of a folder of parquet files, in the order of their names, with what its folders say. Raises E15, E16."""
    parts = _parts(folder)
    _one_schema(parts, folder.name)
    tables = []
    for part in parts:
        table = _whole(part.path)
        for key, value in part.folders:
            if key not in table.column_names:
                table = table.append_column(key, pa.repeat(value, table.num_rows))
        tables.append(table)
    return pa.concat_tables(tables, promote_options="permissive")


def _csv_with_heads(path: Path, layout: FileLayout) -> pa.Table:
    """A wide CSV file; of two lines of heads a column is called as pandas calls it in parquet: ``('close', 'AAPL')``.

    pandas writes the names of the levels in the first column of the heads, and the name of the index on a line of its own.
    """
    if layout.levels is None:
        return _csv(path, set(), (layout.delimiter, layout.decimal_point))
    with path.open(encoding="utf-8-sig", newline="") as file:
        heads = [next(csv.reader([line], delimiter=layout.delimiter)) for line in itertools.islice(file, 3)]
    if len(heads) < 3 or len(heads[0]) != len(heads[1]):
        raise DataError(
            "E15", f"{path.name} has no two lines of heads", fix="leave levels out, or write both heads"
        )
    named = not any(heads[2][1:])  # "Date,,," of an index with a name
    first = heads[2][0] if named else ""
    names = [first, *(str(pair) for pair in zip(heads[0][1:], heads[1][1:], strict=True))]
    try:
        table = pa_csv.read_csv(
            path,
            read_options=pa_csv.ReadOptions(column_names=names, skip_rows=3 if named else 2),
            parse_options=pa_csv.ParseOptions(delimiter=layout.delimiter),
            convert_options=pa_csv.ConvertOptions(decimal_point=layout.decimal_point),
        )
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from None
    refuse_twice(table.column_names, path.name)
    return table


def _require(path: Path) -> Path:
    if path.is_dir():
        raise DataError("E01", f"{path} is a folder", fix="name the file in it", path=str(path))
    if not path.is_file():
        raise DataError("E01", f"{path} is not there", fix="check the path", path=str(path))
    return path


def _unreadable(path: Path, error: Exception) -> AlphaBenchError:
    text = str(error).splitlines()[0]
    return DataError(
        "E15",
        f"{path.name} cannot be read: {text}",
        fix="write it in UTF-8" if "UTF8" in text else "give a parquet or CSV file",
    )


def _columns_called(path: Path, name: str, rename: Rename, delimiter: str) -> set[str]:
    """The columns of a CSV file that are called ``name`` once they are renamed, by its first block."""
    names = _heads(path, delimiter)
    return {old for old, new in renamed(names, rename, path.name).items() if new == name} if names else {name}


def _heads(path: Path, delimiter: str) -> tuple[str, ...]:
    """The columns of a CSV file; none where it cannot be read, which is reported where it is."""
    try:
        with pa_csv.open_csv(path, parse_options=pa_csv.ParseOptions(delimiter=delimiter)) as file:
            return tuple(file.schema.names)
    except (pa.ArrowException, OSError):
        return ()


def _csv(path: Path, symbols: set[str], marks: tuple[str, str] = (",", ".")) -> pa.Table:
    """A CSV file; what unpacks it is chosen by its suffix. Symbols are texts whatever they look like: 000001 stays 000001."""
    words = pa_csv.ConvertOptions(
        column_types={**dict.fromkeys(symbols, pa.string())}, decimal_point=marks[1]
    )
    try:
        table = pa_csv.read_csv(
            path, convert_options=words, parse_options=pa_csv.ParseOptions(delimiter=marks[0])
        )
    except (pa.ArrowException, OSError) as error:
        if "Empty CSV" in str(error):
            raise no_rows(path.name) from None
        raise _unreadable(path, error) from None
    refuse_twice(table.column_names, path.name)
    return table


# -- parquet -------------------------------------------------------------------------------------------------------


def _parts(folder: Path) -> list[_Part]:
    """The parquet files below ``folder``, by name; what the folders ``key=value`` between say. Hidden ones are left out."""
    found = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        if path.suffix.lower() not in _PARQUET or any(p.startswith((".", "_")) for p in inside):
            continue
        pairs = [p.partition("=") for p in inside[:-1] if "=" in p]
        found.append(_Part(path=path, folders=tuple((k, unquote(v)) for k, _, v in pairs)))
    if not found:
        raise DataError(
            "E13",
            f"{folder.name} holds no parquet file",
            fix="name the folder above the parts",
            path=str(folder),
        )
    return found


def _parquet(parts: Sequence[_Part], source: str, *, date: str, symbol: str, rename: Rename) -> LongTable:
    schema = _one_schema(parts, source)
    refuse_twice(schema.names, source)
    folder_keys = [k for k, _ in parts[0].folders if k not in schema.names]
    new = renamed([*schema.names, *folder_keys], rename, source)
    old = {v: k for k, v in new.items()}
    _arrow.require_keys(list(old), source, date=date, symbol=symbol)
    days, codes, symbols, noticed = _keys(parts, source, date=(date, old[date]), symbol=(symbol, old[symbol]))
    told = pa.schema([f.with_name(new[f.name]) for f in schema])
    kinds = _arrow.split_columns(told, source, keys={date, symbol})
    folders = tuple(k for k in folder_keys if new[k] not in {date, symbol})

    def chunks(name: str) -> Iterator[NDArray[Any]]:
        for part in parts:
            for chunk in _column(part, name):
                yield from _arrow.numbers_of(chunk)

    def words(name: str) -> Iterator[tuple[NDArray[np.float64], list[str | None]]]:
        return (_arrow.texts_of(chunk) for part in parts for chunk in _column(part, name) if len(chunk))

    return LongTable(
        source=source,
        days=days,
        codes=codes,
        symbols=symbols,
        numbers={n: partial(chunks, old[n]) for n in kinds.numbers},
        texts={n: partial(words, old[n]) for n in kinds.texts},
        left_out=(*kinds.left_out, *folders),
        findings=(*noticed, *dated_too_early(old[date], new, len(days))),
        renames=new,
    )


def _one_schema(parts: Sequence[_Part], source: str) -> pa.Schema:
    """The schema that all parts have; integers and floats of one name may differ in width. Raises E15 where names differ."""
    first: pa.Schema | None = None
    for part in parts:
        try:
            schema = pq.read_schema(part.path, memory_map=True)
        except (pa.ArrowException, OSError) as error:
            raise _unreadable(part.path, error) from None
        if first is None:
            first = schema
        elif set(schema.names) != set(first.names) or len(part.folders) != len(parts[0].folders):
            apart = sorted({*schema.names} ^ {*first.names}) or ["its folders"]
            raise DataError(
                "E15",
                f"{source}: {part.path.name} and {parts[0].path.name} do not have the same columns: {', '.join(apart)}",
                fix="write all parts with the same columns",
            )
        elif any(_arrow.is_number(f.type) != _arrow.is_number(first.field(f.name).type) for f in schema):
            raise DataError(
                "E15",
                f"{source}: {part.path.name} and {parts[0].path.name} hold different types in a column",
                fix="write all parts with the same types",
            )
    assert first is not None, "there is at least one part"
    return first


def _column(part: _Part, name: str) -> Iterator[pa.Array]:
    with pq.ParquetFile(part.path, memory_map=True, read_dictionary=[name]) as file:
        for batch in file.iter_batches(batch_size=_BATCH, columns=[name], use_threads=False):
            yield batch.column(0)


def _keys(
    parts: Sequence[_Part], source: str, *, date: tuple[str, str], symbol: tuple[str, str]
) -> tuple[NDArray[np.int32], NDArray[np.int32], tuple[str, ...], tuple[Finding, ...]]:
    """Days and symbols of every row, from the files or from their folders. ``date`` and ``symbol``: what they are called, and there."""
    dates: list[pa.Array] = []
    symbols: list[pa.Array] = []
    for part in parts:
        stated = dict(part.folders)
        with pq.ParquetFile(part.path, memory_map=True) as file:
            rows = file.metadata.num_rows
        for (_, there), to in ((date, dates), (symbol, symbols)):
            if there in stated:
                word = pa.DictionaryArray.from_arrays(
                    pa.array(np.zeros(rows, dtype=np.int32)), pa.array([stated[there]])
                )
                to.append(word)
            else:
                to.extend(_column(part, there))
    if not sum(len(s) for s in symbols):
        raise no_rows(source)
    days, noticed = _arrow.days_of(pa.chunked_array(dates), date[0], source)
    codes, distinct = _arrow.codes_of(pa.chunked_array(symbols), symbol[0], source)
    return days, codes, distinct, noticed
