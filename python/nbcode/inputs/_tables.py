"""The window to pyarrow: what a table declares of itself, without reading its rows."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from nbcode.inputs._files import RefusedFileError
from nbcode.inputs.declared import delimiter_in
from nbcode.inputs.pinned import Column

_LARGEST_RATIO = 200
_HARMLESS_BYTES = 16 << 20
_CSV_BLOCK_BYTES = 1 << 20
_HEAD_CHARACTERS = 1 << 16
_NO_TABLE = "write it as CSV or parquet"


def table_kind(path: Path) -> str:
    """``csv`` or ``parquet``, by the name's suffix.

    Raises:
        RefusedFileError: E03 for any other suffix, E09 for an archive that unpacks to far more than it is.
    """
    suffix = path.suffix.lower()
    if suffix in {".csv", ".parquet"}:
        return suffix[1:]
    refuse_bomb(path)
    raise RefusedFileError("E03", f"`{suffix or path.name}` is no kind of table that is read", _NO_TABLE)


def inspect_parquet(path: Path, size_bytes: int, date_column: str) -> tuple[tuple[Column, ...], str | None]:
    """Columns of a parquet file, and its last date by the statistics of its row groups.

    Raises:
        RefusedFileError: E03 when it is not parquet, E09 when it decodes to more than 200 times its size.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            schema, metadata = file.schema_arrow, file.metadata
            decoded_bytes = metadata.num_rows * sum(_width_bytes(field.type) for field in schema)
            _check_ratio(decoded_bytes, size_bytes)
            return _columns(schema), _last_date(metadata, schema.names, date_column)
    except (pa.ArrowException, OSError) as error:
        raise RefusedFileError("E03", f"it is not parquet: {_first_line(error)}", _NO_TABLE) from error


def inspect_csv(path: Path, size_bytes: int, delimiter: str = ",") -> tuple[tuple[Column, ...], str | None]:
    """Columns of a CSV file as its first megabyte tells them. A CSV has no statistics, so no last date.

    Raises:
        RefusedFileError: E03 when it is not CSV in UTF-8.
    """
    import pyarrow as pa
    from pyarrow import csv

    if size_bytes == 0:
        raise RefusedFileError("E03", "it is empty", _NO_TABLE)
    try:
        blocks = csv.ReadOptions(block_size=_CSV_BLOCK_BYTES)
        with csv.open_csv(
            path, read_options=blocks, parse_options=csv.ParseOptions(delimiter=delimiter)
        ) as reader:
            return _columns(reader.schema), None
    except (pa.ArrowException, OSError) as error:
        raise RefusedFileError("E03", f"it is not CSV: {_first_line(error)}", _instead(path)) from error


def _instead(path: Path) -> str:
    """What would read a text whose columns are not separated by commas."""
    with path.open(encoding="utf-8", errors="replace") as file:
        written = delimiter_in(file.readline(_HEAD_CHARACTERS))
    return _NO_TABLE if written is None else f'write delimiter = "{written}" where nbcode.toml declares it'


def first_rows(path: Path, rows: int) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Names of a parquet file's columns, and its first ``rows`` rows as texts; a folder's are those of its first part.

    Raises:
        RefusedFileError: E03 when it is not parquet.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    part = min(path.rglob("*.parquet"), default=path) if path.is_dir() else path
    try:
        with pq.ParquetFile(part) as file:
            names = tuple(file.schema_arrow.names)
            batch = next(file.iter_batches(batch_size=rows), None)
    except (pa.ArrowException, OSError) as error:
        raise RefusedFileError("E03", f"it is not parquet: {_first_line(error)}", _NO_TABLE) from error
    held = [] if batch is None else [column.to_pylist() for column in batch.columns]
    return names, tuple(tuple("" if v is None else str(v) for v in row) for row in zip(*held, strict=True))


def _columns(schema: Any) -> tuple[Column, ...]:
    return tuple(Column(name=field.name, dtype=str(field.type)) for field in schema)


def _width_bytes(dtype: Any) -> float:
    try:
        return float(dtype.bit_width) / 8
    except ValueError:  # of variable width: at least its offsets
        return 4.0


def _last_date(metadata: Any, names: list[str], date_column: str) -> str | None:
    if date_column not in names or metadata.num_rows == 0:
        return None
    place = names.index(date_column)
    found = []
    for group in range(metadata.num_row_groups):
        statistics = metadata.row_group(group).column(place).statistics
        if statistics is None or not statistics.has_min_max:
            return None
        found.append(statistics.max)
    last = max(found)
    if isinstance(last, dt.datetime):
        return last.date().isoformat()
    return last.isoformat() if isinstance(last, dt.date) else None


def refuse_bomb(path: Path) -> None:
    """Refuse an archive that unpacks to far more than it is (E09)."""
    if path.suffix.lower() not in {".zip", ".npz"} or not path.is_file():
        return
    try:
        with zipfile.ZipFile(path) as archive:
            _check_ratio(sum(entry.file_size for entry in archive.infolist()), path.stat().st_size)
    except (zipfile.BadZipFile, OSError):
        return


def _check_ratio(decoded_bytes: float, size_bytes: int) -> None:
    if decoded_bytes > _HARMLESS_BYTES and decoded_bytes > _LARGEST_RATIO * size_bytes:
        raise RefusedFileError(
            "E09",
            f"its {size_bytes} bytes unpack to at least {decoded_bytes / 1e6:.0f} MB",
            "write the rows that are meant, without the padding",
        )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200]


def table_of_rows(names: Sequence[str], parts: Iterable[list[tuple[object, ...]]]) -> Any:
    """The rows of a database as a table; what is all null in one part has the type that another gives it."""
    import pyarrow as pa

    made = [
        pa.table([pa.array(column) for column in zip(*rows, strict=True)], names=list(names))
        for rows in parts
        if rows
    ]
    return (
        pa.concat_tables(made, promote_options="permissive")
        if made
        else pa.table({name: [] for name in names})
    )


def sorted_table(table: Any, keys: Sequence[str]) -> Any:
    """The rows in order of those of ``keys`` that are columns, decimals as numbers."""
    import pyarrow as pa

    fields = [
        field.with_type(pa.float64()) if pa.types.is_decimal(field.type) else field for field in table.schema
    ]
    table = table.cast(pa.schema(fields))
    order = [(key, "ascending") for key in keys if key in table.column_names]
    return table.sort_by(order) if order else table


def write_table(table: Any, stream: BinaryIO) -> None:
    """Write a table as parquet, the same bytes for the same rows. Raises ``OSError`` where it cannot be written."""
    import pyarrow.parquet as pq

    pq.write_table(table.combine_chunks(), stream, compression="zstd", store_schema=False)
