"""A version as one file that verifies without a registry: a tar whose every byte follows from the version.

Its first member says what is in it, and everything after that is known from there: names, sizes, headers, padding, the end. So a reader
parses nothing that it has not made itself, and whatever is not as it would be written is refused: another name, a link, a folder, a
member more or less, a changed bit wherever it is. Nothing is compressed, so that nothing grows; what is large in a version is small already.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal

from nbcode.primitives import (
    Diagnostic,
    Digest,
    Exit,
    NbcodeError,
    canonical_json,
    dataclass,
    digest_bytes,
    from_plain,
    to_plain,
)

RECORD_NAME = "nbcode-version.json"
_BLOCK_BYTES = 512
_GZIP = b"\x1f\x8b"
_READ_BYTES = 1 << 20
_END = bytes(2 * _BLOCK_BYTES)
_LARGEST_RECORD_BYTES = 64 << 20


class ArchiveRefusedError(NbcodeError, ValueError):
    """A file is no archive of a version, or not the one that was written."""

    def __init__(self, why: str) -> None:
        """Say what is wrong with it."""
        refused = Diagnostic(
            code="NBC-I48",
            message=f"the archive is refused: {why}",
            cause="every byte of an archive follows from the version in it, and this one differs",
            fixes=("take it from a copy, or `nbcode export` it again",),
        )
        super().__init__([refused])


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivedFile:
    """A file of a version, by its path below the version's folder."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivedVersion:
    """What an archive holds. ``registry`` is the address that the version was taken from, ``version`` its number there. ``files`` are in order of
    path, each once; their digests and the three digests of the version are checked, the rest is what that registry said."""

    model: str
    version: int
    key: Digest
    spec_digest: Digest
    artifact_digest: Digest
    registered_at: str
    registered_by: str
    owner: str
    path: str
    line: str
    notebook: str | None
    snapshot: str | None
    registry: str
    files: tuple[ArchivedFile, ...]

    def __post_init__(self) -> None:
        """Check once, so that the paths can be followed without looking."""
        paths = [one.path for one in self.files]
        for path in paths:
            if not _is_plain(path):
                raise ValueError(f"not a path inside a version: {path[:200]!r}")
        if paths != sorted(set(paths)):
            raise ValueError("the files are sorted by path, each once")
        if any(one.size < 0 for one in self.files):
            raise ValueError("a file has a size")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wire:
    schema_version: Literal[1]
    digest: Digest
    version: ArchivedVersion


def list_archived(folder: Path) -> tuple[ArchivedFile, ...]:
    """The regular files below ``folder`` in order of path. Raises ``ArchiveRefusedError`` for what is neither a file nor a folder."""
    found = []
    for path in folder.rglob("*"):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise ArchiveRefusedError(f"{path.relative_to(folder).as_posix()} is no plain file")
        if path.is_file():
            with path.open("rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            name = path.relative_to(folder).as_posix()
            found.append(ArchivedFile(path=name, size=path.stat().st_size, sha256=sha256))
    return tuple(sorted(found, key=lambda one: one.path))


def write_archive(record: ArchivedVersion, folder: Path, stream: BinaryIO) -> Digest:
    """Write the version whose files are in ``folder``; returns the archive's digest. One version of one registry gives one byte string.

    Raises:
        ArchiveRefusedError: a file is not what the record says.
    """
    written = _Hashed(stream)
    data = _encoded(record)
    written.write(_header(RECORD_NAME, len(data)) + data + _padding(len(data)))
    for one in record.files:
        written.write(_header(_member(one), one.size))
        with (folder / one.path).open("rb") as source:
            _passed(source, one, written.write)
            if source.read(1):
                raise ArchiveRefusedError(f"{one.path} has other bytes")
        written.write(_padding(one.size))
    written.write(_END)
    return written.digest


def check_archive(path: Path) -> ArchivedVersion:
    """What the archive at ``path`` holds, after every byte of it was read and held against it. Writes nothing.

    Raises:
        ArchiveRefusedError: it is no archive, or differs from one in any place.
        NbcodeError: NBC-X04, it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return _walked(stream, path.stat().st_size, None)
    except OSError as error:
        raise NbcodeError([_unreadable(path, error)], Exit.USER) from error


def _unreadable(path: Path, error: OSError) -> Diagnostic:
    return Diagnostic(
        code="NBC-X04",
        message=f"{path} cannot be read",
        cause=(error.strerror or str(error)).lower(),
        fixes=("nbcode import FILE, where `nbcode export MODEL VERSION` wrote it",),
    )


def unpack_archive(path: Path, folder: Path) -> ArchivedVersion:
    """Write the files of the archive to the new ``folder``, checked as by :func:`check_archive`, which comes first.

    Raises:
        ArchiveRefusedError: the same; what was written before is no version.
        OSError: it cannot be read or written.
    """
    with path.open("rb") as stream:
        return _walked(stream, path.stat().st_size, folder)


def _walked(stream: BinaryIO, size: int, folder: Path | None) -> ArchivedVersion:
    record = _record(stream, size)
    files = sum(len(_header(_member(f), f.size)) + f.size + len(_padding(f.size)) for f in record.files)
    whole = stream.tell() + files + len(_END)
    if whole != size:
        raise ArchiveRefusedError(f"it has {size:,} bytes, and says that it has {whole:,}")
    for one in record.files:
        _expect(stream, _header(_member(one), one.size), f"the header of {one.path}")
        if folder is None:
            _passed(stream, one, None)
        else:
            target = folder / one.path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as out:
                _passed(stream, one, out.write)
        _expect(stream, _padding(one.size), f"what follows {one.path}")
    _expect(stream, _END, "its end")
    return record


def _record(stream: BinaryIO, size: int) -> ArchivedVersion:
    first = stream.read(_BLOCK_BYTES)
    if first[: len(_GZIP)] == _GZIP:
        raise ArchiveRefusedError("it is compressed: give what `gunzip` makes of it")
    try:
        length = tarfile.TarInfo.frombuf(first, "utf-8", "strict").size
    except (tarfile.HeaderError, ValueError) as error:
        raise ArchiveRefusedError("it is no tar of nbcode") from error
    if not 0 < length <= min(size, _LARGEST_RECORD_BYTES) or _header(RECORD_NAME, length) != first:
        raise ArchiveRefusedError(f"it does not begin with {RECORD_NAME}")
    record = _decoded(stream.read(length))
    _expect(stream, _padding(length), f"what follows {RECORD_NAME}")
    return record


def _encoded(record: ArchivedVersion) -> bytes:
    wire = _Wire(schema_version=1, digest=digest_bytes(canonical_json(to_plain(record))), version=record)
    return canonical_json(to_plain(wire))


def _decoded(data: bytes) -> ArchivedVersion:
    try:
        wire = from_plain(_Wire, json.loads(data), "archive")
        if _encoded(wire.version) == data:
            return wire.version
    except (ValueError, RecursionError) as error:
        raise ArchiveRefusedError(f"{RECORD_NAME} cannot be read: {str(error)[:200]}") from error
    raise ArchiveRefusedError(f"{RECORD_NAME} is not as nbcode writes it")


def _passed(source: BinaryIO, one: ArchivedFile, write: object) -> None:
    """Read ``one`` from ``source``, and give its bytes to ``write``."""
    digest = hashlib.sha256()
    for block in _blocks(source, one):
        digest.update(block)
        if callable(write):
            write(block)
    if digest.hexdigest() != one.sha256:
        raise ArchiveRefusedError(f"{one.path} has other bytes")


def _blocks(source: BinaryIO, one: ArchivedFile) -> Iterator[bytes]:
    left = one.size
    while left:
        block = source.read(min(left, _READ_BYTES))
        if not block:
            raise ArchiveRefusedError(f"it ends within {one.path}")
        left -= len(block)
        yield block


def _expect(stream: BinaryIO, expected: bytes, what: str) -> None:
    if stream.read(len(expected)) != expected:
        raise ArchiveRefusedError(f"{what} is not as nbcode writes it")


def _member(one: ArchivedFile) -> str:
    return f"model/{one.path}"


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o644, 0
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK_BYTES)


def _is_plain(path: str) -> bool:
    pure = PurePosixPath(path)
    inside = not pure.is_absolute() and ".." not in pure.parts and str(pure) == path
    return inside and bool(path) and path != "." and "\0" not in path and "\\" not in path


class _Hashed:
    """A stream that is written, and the digest of what was."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._hash = stream, hashlib.sha256()

    def write(self, data: bytes) -> None:
        self._hash.update(data)
        self._stream.write(data)

    @property
    def digest(self) -> Digest:
        return Digest("sha256:" + self._hash.hexdigest())
