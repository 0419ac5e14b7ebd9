"""The window to pyarrow: a table as a parquet file whose bytes depend on the table alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

_LEVEL = 15
"""Of zstd. It saves one part in a hundred more than the ones below; those above save nothing and take three times as long."""


def write_table(table: pa.Table, path: Path) -> None:
    """Write ``table`` with fixed settings, so that equal tables are equal files; small, and every number as it is.

    The bytes of floating-point numbers are kept apart by their place, since only the first two of eight repeat themselves. Texts are
    plain: the same names in the same order, session after session, are what zstd is best at.
    """
    encodings = {field.name: found for field in table.schema if (found := _encoding(field.type))}
    pq.write_table(
        table,
        path,
        version="2.6",
        compression="zstd",
        compression_level=_LEVEL,
        use_dictionary=[name for name in table.column_names if name not in encodings],
        column_encoding=encodings,
        write_statistics=True,
    )


def _encoding(kind: pa.DataType) -> str | None:
    if pa.types.is_floating(kind) and not pa.types.is_float16(kind):
        return "BYTE_STREAM_SPLIT"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "PLAIN"
    return "DELTA_BINARY_PACKED" if pa.types.is_date32(kind) else None


def write_predictions(table: pa.Table, out: Path) -> None:
    """Write ``predictions.parquet`` (``date, asset, fold, prediction``) and the labels that are known (``date, asset, label``), a file
    a month: ``labels/YYYY-MM.parquet``.

    The label of a past session stays what it is, while the predictions of all sessions change with every refit: so the labels' files are
    those of the version before, and are stored once.
    """
    write_table(table.drop_columns(["label"]), out / "predictions.parquet")
    known = table.select(["date", "asset", "label"]).filter(pc.is_valid(table["label"]))
    months = pc.strftime(known["date"], format="%Y-%m")
    (out / "labels").mkdir(exist_ok=True)
    for month in pc.unique(months).to_pylist():
        write_table(known.filter(pc.equal(months, month)), out / "labels" / f"{month}.parquet")


def write_columns(columns: Mapping[str, Any], path: Path) -> None:
    """Write columns by name, each anything that Arrow makes an array of, as :func:`write_table` does."""
    write_table(pa.table({name: pa.array(values) for name, values in columns.items()}), path)


def column_names(path: Path) -> list[str]:
    """The columns of a parquet file, or of a CSV file by its first line; none of any other file."""
    if path.suffix == ".parquet":
        return list(pq.read_schema(path).names)
    if path.suffix != ".csv":
        return []
    with path.open(encoding="utf-8-sig") as stream:
        return [name.strip().strip('"') for name in stream.readline().split(",")]


def write_plain_csv(frame: Any, path: Path) -> bool:
    """Write a frame of numbers and plain texts as ``frame.to_csv(path, index=False)`` does, which takes six times as long; False where it
    holds anything that is written otherwise: the file is to be written by that then."""
    if not all(isinstance(name, str) and name.isidentifier() for name in frame.columns):
        return False
    try:
        table = pa.Table.from_pandas(frame, preserve_index=False)
        if not all(map(_is_plain, table.columns)):
            return False
        with path.open("wb") as stream:
            stream.write((",".join(frame.columns) + "\n").encode())
            csv.write_csv(table, stream, csv.WriteOptions(include_header=False, quoting_style="none"))
    except (
        pa.ArrowException,
        ValueError,
    ):  # a column of several kinds, a text with a comma, a quote or a line in it
        return False
    return True


def _is_plain(column: Any) -> bool:
    """Whether both write it alike: a float that is whole loses its point in Arrow, so that a column of these alone would be one of integers."""
    if pa.types.is_floating(column.type):
        return not pc.all(pc.equal(pc.floor(column), column), min_count=0).as_py()
    return bool(
        pa.types.is_integer(column.type)
        or pa.types.is_string(column.type)
        or pa.types.is_large_string(column.type)
    )


def encode_scores(
    form: str, session: str, symbols: Sequence[str], predictions: Any, metadata: Mapping[str, str]
) -> bytes:
    """See :func:`nbcode.results.scores.encode_scores`."""
    day = pa.scalar(session).cast(pa.date32())
    schema = pa.schema(
        [("date", pa.date32()), ("symbol", pa.string()), ("prediction", pa.float64())],
        metadata=dict(metadata),
    )
    columns = [
        pa.repeat(day, len(symbols)),
        pa.array(symbols, pa.string()),
        pa.array(predictions, pa.float64(), from_pandas=True),
    ]
    table = pa.table(columns, schema=schema)
    stream = pa.BufferOutputStream()
    if form == "csv":
        stream.write((",".join(schema.names) + "\n").encode())
        try:
            csv.write_csv(table, stream, csv.WriteOptions(include_header=False, quoting_style="none"))
        except pa.ArrowInvalid:  # a name with a comma or a quote in it
            stream = pa.BufferOutputStream()
            stream.write((",".join(schema.names) + "\n").encode())
            csv.write_csv(table, stream, csv.WriteOptions(include_header=False, quoting_style="needed"))
    elif form == "arrow":
        with pa.ipc.new_file(stream, schema) as writer:
            writer.write_table(table)
    else:
        pq.write_table(table, stream, compression="zstd", version="2.6", write_statistics=True)
    return bytes(stream.getvalue())


def metadata_of(path: Path) -> dict[str, str]:
    """The metadata of a parquet or an Arrow file's schema; empty of any other file."""
    for read in (pq.read_schema, lambda one: pa.ipc.open_file(one).schema):
        try:
            found = read(path).metadata or {}
        except (pa.ArrowException, OSError):
            continue
        return {key.decode(errors="replace"): text.decode(errors="replace") for key, text in found.items()}
    return {}
