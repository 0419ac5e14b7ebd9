"""The window to pyarrow: which bytes of a parquet file are which column's, and the digest of each part."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

from nbcode.inputs.sources import ColumnPart, FileParts, InputSource, SourceFile
from nbcode.primitives import Digest, dataclass, digest_file

Ranges: TypeAlias = tuple[tuple[int, int], ...]
"""(from, to) in a file."""
_MOST_REST = 64
_TAIL_BYTES, _HEAD_BYTES, _BLOCK_BYTES = 8, 4, 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """The byte ranges of each column of a parquet file, and those of no column."""

    columns: Mapping[str, Ranges]
    rest: Ranges


def layout_of(path: Path) -> Layout | None:
    """Where the columns of a file are, by its footer; None where it is no parquet file, is encrypted or nested, or its footer says what cannot be."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            found = _columns(file.metadata, file.schema)
    except (pa.ArrowException, OSError, ValueError):
        return None
    size = path.stat().st_size
    if found is None:
        return None
    every = sorted(one for ranges in found.values() for one in ranges)
    if every and (every[0][0] < _HEAD_BYTES or every[-1][1] > size - _TAIL_BYTES):
        return None
    if any(one[1] > other[0] for one, other in pairwise(every)):
        return None
    rest = _between(every, size)
    return Layout(columns=found, rest=rest) if len(rest) <= _MOST_REST else None


def _columns(metadata: Any, schema: Any) -> dict[str, Ranges] | None:
    names = []
    for number in range(len(schema)):
        column = schema.column(number)
        if column.path != column.name or column.max_repetition_level or column.max_definition_level > 1:
            return None
        names.append(column.name)
    if len(set(names)) < len(names):
        return None
    found: dict[str, list[tuple[int, int]]] = {name: [] for name in names}
    for group in range(metadata.num_row_groups):
        of_group = metadata.row_group(group)
        for number, name in enumerate(names):
            chunk = of_group.column(number)
            begin, size = chunk.data_page_offset, chunk.total_compressed_size
            if chunk.has_dictionary_page and 0 < chunk.dictionary_page_offset < begin:
                begin = chunk.dictionary_page_offset
            if chunk.file_path or size < 0:
                return None
            if size:
                found[name].append((begin, begin + size))
    return {name: tuple(ranges) for name, ranges in found.items()}


def _between(every: list[tuple[int, int]], size: int) -> Ranges:
    """What is left of a file without these ranges, which are in order."""
    edges = [0, *(edge for one in every for edge in one), size]
    return tuple((begin, end) for begin, end in zip(edges[::2], edges[1::2], strict=True) if begin < end)


def joined(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """The same bytes, each run of them once."""
    found: list[tuple[int, int]] = []
    for begin, end in sorted(ranges):
        if found and found[-1][1] == begin:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return tuple(found)


def digest_of(path: Path, ranges: Ranges) -> Digest:
    """The digest of these bytes of a file, in this order. What is behind its end is not there, so that it is another."""
    total = hashlib.sha256()
    with path.open("rb") as stream:
        for begin, end in ranges:
            stream.seek(begin)
            left = end - begin
            while left and (block := stream.read(min(left, _BLOCK_BYTES))):
                total.update(block)
                left -= len(block)
    return Digest(f"sha256:{total.hexdigest()}")


def parts_of(path: Path) -> FileParts | None:
    """The parts of a file that is here whole; None where :func:`layout_of` has none."""
    from alpha_bench.describe import AlphaBenchError, column_kinds

    layout = layout_of(path)
    if layout is None:
        return None
    try:
        kinds = column_kinds(path)
    except AlphaBenchError:
        return None
    if kinds.keys() != layout.columns.keys():
        return None
    columns = (
        ColumnPart(
            name=name,
            digest=digest_of(path, ranges),
            size_bytes=sum(end - begin for begin, end in ranges),
            number=kinds[name],
        )
        for name, ranges in layout.columns.items()
    )
    return FileParts(rest=layout.rest, rest_digest=digest_of(path, layout.rest), columns=tuple(columns))


def other_part(path: Path, parts: FileParts) -> str | None:
    """Which of ``parts`` a file has with another content, in words; None where it has all of them. What its footer says is asked only when that is the one that is meant."""
    if digest_of(path, parts.rest) != parts.rest_digest:
        return "footer"
    layout = layout_of(path)
    if layout is None or layout.rest != parts.rest:
        return "footer"
    for one in parts.columns:
        ranges = layout.columns.get(one.name)
        if ranges is None or digest_of(path, ranges) != one.digest:
            return f"column {one.name}"
    return None


def difference(path: Path, source: InputSource) -> str | None:
    """In what a file or folder differs from ``source``, of which some files may be here in parts; None where in nothing."""
    if not source.is_folder:
        return _difference(path, source.files[0])
    here = {str(one.relative_to(path)) for one in path.rglob("*") if not one.is_dir()}
    if here != {one.path for one in source.files}:
        return "it has other files"
    found = (_difference(path / one.path, one) for one in source.files)
    return next((one for one in found if one is not None), None)


def _difference(path: Path, one: SourceFile) -> str | None:
    if not path.is_file() or path.stat().st_size != one.size_bytes:
        return f"{one.path or 'it'} has another size"
    if one.parts is None:
        return None if digest_file(path) == one.digest else f"{one.path or 'it'} has another content"
    part = other_part(path, one.parts)
    return None if part is None else f"{part}{f' of {one.path}' if one.path else ''} has another content"
