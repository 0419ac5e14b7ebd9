"""The window to pyarrow for a point in time: the rows of a parquet table up to the end of a day, in a file of their own."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nbcode.inputs.dated import DIGITS, Cut, no_dates

_GROUP_ROWS = 1 << 18
"""Rows of a row group that is written, whatever the groups of the source: equal rows give equal bytes."""
_ISO_CHARACTERS = 10


def cut_parquet(source: Path, target: Path, date_column: str, day: dt.date, date_format: str = "") -> Cut:
    """Write the rows of ``source`` that are of ``day`` or before it to ``target``, in their order.

    Equal rows give equal bytes, whatever comes after ``day`` in ``source`` and however it is divided into row groups: what other
    programs wrote into its metadata is left out, but for what makes it a frame of pandas again. A row without a date is left out.

    Raises:
        RefusedFileError: H37 where ``date_column`` is not there, or is no column of dates.
        OSError: ``target`` cannot be written.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    with pq.ParquetFile(source) as file:
        if date_column not in file.schema_arrow.names:
            raise no_dates(f"it has no column `{date_column}`")
        column = file.read(columns=[date_column]).column(0).combine_chunks()
        days = days_of(column, date_column, date_format)
        kept = pc.fill_null(pc.less_equal(days, pa.scalar(day)), fill_value=False)
        rows = int(pc.sum(kept).as_py() or 0)
        last = pc.max(days.filter(kept)).as_py()
        words = _words(file, kept)
        schema = file.schema_arrow.with_metadata(_metadata(file.schema_arrow.metadata, rows, words))
        with pq.ParquetWriter(target, schema) as writer:
            for table in _regrouped(_batches(file, kept), schema, words):
                writer.write_table(table, row_group_size=_GROUP_ROWS)
    return Cut(rows=rows, of_rows=len(kept), last=None if last is None else last.isoformat())


def days_of(column: Any, name: str, date_format: str) -> Any:
    """A column as ``date32``; the day of a time with a zone is that of its own zone."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    try:
        if pa.types.is_timestamp(column.type):
            local = column if column.type.tz is None else pc.local_timestamp(column)
            return pc.floor_temporal(local, unit="day").cast(pa.date32(), safe=False)
        if pa.types.is_date(column.type):
            return column.cast(pa.date32())
        if pa.types.is_null(column.type):
            return column.cast(pa.date32())
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            if date_format:
                return pc.strptime(column, format=date_format, unit="s").cast(pa.date32())
            return pc.utf8_slice_codeunits(column, 0, _ISO_CHARACTERS).cast(pa.date32())
        if pa.types.is_integer(column.type):
            written = date_format or DIGITS
            return pc.strptime(column.cast(pa.string()), format=written, unit="s").cast(pa.date32())
    except pa.ArrowException as error:
        raise no_dates(f"its column `{name}` is not read as dates: {str(error)[:100]}") from error
    raise no_dates(f"its column `{name}` holds {column.type}, which is no date")


def _batches(file: Any, kept: Any) -> Iterator[Any]:
    """The batches of ``file``, of each the rows that are ``kept``."""
    at = 0
    for batch in file.iter_batches():
        part = kept.slice(at, len(batch))
        at += len(batch)
        yield batch.filter(part)


def _words(file: Any, kept: Any) -> dict[str, Any]:
    """Of each column of categories, those that kept rows have, in the file's own order: a category that comes later is not known."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = {}
    for field in file.schema_arrow:
        if pa.types.is_dictionary(field.type):
            column = file.read(columns=[field.name]).column(0).unify_dictionaries().combine_chunks()
            used = pc.unique(column.filter(kept).indices.drop_null())
            found[field.name] = column.dictionary.take(used.sort())
    return found


def _regrouped(batches: Iterator[Any], schema: Any, words: Mapping[str, Any]) -> Iterator[Any]:
    """The same rows as tables of as many as a row group has; without any, one empty table."""
    import pyarrow as pa

    waiting: list[Any] = []
    count, written = 0, False
    for batch in batches:
        waiting.append(batch)
        count += len(batch)
        while count >= _GROUP_ROWS:
            table = pa.Table.from_batches(waiting)
            yield _whole(table.slice(0, _GROUP_ROWS), schema, words)
            waiting, count, written = table.slice(_GROUP_ROWS).to_batches(), count - _GROUP_ROWS, True
    if count or not written:
        yield _whole(pa.Table.from_batches(waiting, schema=None if waiting else schema), schema, words)


def _whole(table: Any, schema: Any, words: Mapping[str, Any]) -> Any:
    """Each column in one piece, with the same categories in every row group."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = []
    for field, column in zip(schema, table.columns, strict=True):
        if field.name in words:
            plain = pa.concat_arrays(
                [chunk.dictionary_decode() for chunk in column.chunks] or [words[field.name][:0]]
            )
            places = pc.index_in(plain, value_set=words[field.name]).cast(field.type.index_type)
            columns.append(
                pa.DictionaryArray.from_arrays(places, words[field.name], ordered=field.type.ordered)
            )
        else:
            columns.append(pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], field.type))
    return pa.Table.from_arrays(columns, schema=schema)


def _metadata(
    found: dict[bytes, bytes] | None, rows: int, words: Mapping[str, Any]
) -> dict[bytes, bytes] | None:
    """What pandas wrote of its index and its columns, for ``rows`` rows; nothing of who wrote it."""
    if not found or b"pandas" not in found:
        return None
    told = json.loads(found[b"pandas"])
    indexes = [
        one | {"start": 0, "stop": rows, "step": 1} if isinstance(one, dict) else one
        for one in told.get("index_columns", [])
    ]
    columns = [
        one | {"metadata": one["metadata"] | {"num_categories": len(words[one["field_name"]])}}
        if one.get("field_name") in words and one.get("metadata")
        else one
        for one in told.get("columns", [])
    ]
    kept = {"columns": columns, "column_indexes": told.get("column_indexes", []), "index_columns": indexes}
    return {b"pandas": json.dumps(kept, sort_keys=True).encode()}
