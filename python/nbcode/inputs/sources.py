"""Data that is elsewhere, as references: where each file of it is, in which version, and what its content is. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import field, replace

from nbcode.primitives import Digest, Json, dataclass, digest_files, digest_json, from_plain, to_plain

_LEFT_OUT = 2
"""Of a file of which less than one part in so many could be left out, all is read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnPart:
    """The bytes of one column of a parquet file, in their order; ``number``: they are plain numbers."""

    name: str
    digest: Digest
    size_bytes: int
    number: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class FileParts:
    """What a parquet file consists of: its columns, and the ``rest``, which is every byte of no column: byte ranges (from, to), digested in their order. Found
    in the look that found the file's digest, and as good as that."""

    rest: tuple[tuple[int, int], ...]
    rest_digest: Digest
    columns: tuple[ColumnPart, ...]

    @property
    def size_bytes(self) -> int:
        """Of all that is listed."""
        return sum(end - begin for begin, end in self.rest) + sum(one.size_bytes for one in self.columns)


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFile:
    """A file: ``path`` relative to the source, empty where the source is one file. ``version`` is the object's where its bucket keeps versions, else
    None and ``etag`` says which object it was. ``parts`` are those that are read, where not the whole file is; no identity holds them."""

    path: str
    digest: Digest
    size_bytes: int
    etag: str = ""
    version: str | None = None
    parts: FileParts | None = field(default=None, metadata={"omit_empty": True})


@dataclass(frozen=True, kw_only=True, slots=True)
class InputSource:
    """Where the content of an input is to be had: ``uri`` is ``s3://bucket/key``, ``s3://bucket/prefix``, ``https://...`` or an absolute path, as all who read it see it.

    ``digest`` follows from ``files`` as that of a file or folder of this machine does, so that the same data has the same digest wherever it is.
    """

    uri: str
    digest: Digest
    files: tuple[SourceFile, ...]

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of files."""
        return any(one.path for one in self.files)

    @property
    def size_bytes(self) -> int:
        """Of all files."""
        return sum(one.size_bytes for one in self.files)

    @property
    def parts_digest(self) -> Digest | None:
        """Of the parts of all files; None where every file is read whole."""
        held: list[Json] = [[one.path, to_plain(one.parts)] for one in self.files if one.parts is not None]
        return digest_json(held) if held else None

    @property
    def columns_here(self) -> frozenset[str] | None:
        """The columns that are there of every file, where not all of each are; None where all files are whole."""
        found = [{part.name for part in one.parts.columns} for one in self.files if one.parts is not None]
        return frozenset(set.intersection(*found)) if found else None

    def of_columns(self, names: Collection[str] | None) -> InputSource:
        """The same source, of whose files the columns ``names`` alone are read (None: all); whole files where that leaves little out."""
        return replace(self, files=tuple(_of_columns(one, names) for one in self.files))

    def to_json(self) -> Json:
        """Plain data; :func:`source_from_json` reads it."""
        return to_plain(self)


def _of_columns(one: SourceFile, names: Collection[str] | None) -> SourceFile:
    if one.parts is None or names is None:
        return replace(one, parts=None)
    parts = replace(one.parts, columns=tuple(part for part in one.parts.columns if part.name in names))
    there = {part.name for part in parts.columns}
    little = parts.size_bytes * _LEFT_OUT > one.size_bytes
    return replace(one, parts=None if little or not {*names} <= there else parts)


def source_of(uri: str, files: tuple[SourceFile, ...]) -> InputSource:
    """The source of these files. Raises ``ValueError`` where there are none."""
    if not files:
        raise ValueError("no files")
    alone = files[0].digest if len(files) == 1 and not files[0].path else None
    digest = alone or digest_files({one.path: one.digest for one in files})
    return InputSource(uri=uri, digest=digest, files=files)


def source_from_json(value: Json) -> InputSource:
    """The source in ``value``. Raises ``ValueError`` for anything but what ``to_json`` gives, and where the digest does not follow from the files."""
    try:
        made = from_plain(InputSource, value, "source")
        again = source_of(made.uri, made.files)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not the source of an input: {error}") from error
    if again.digest != made.digest:
        raise ValueError("not the source of an input: its digest is not that of its files")
    return made
