"""The window to the disk: a file's bytes, hashed once for as long as the file stays the same."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

from alpha_bench.describe import write_atomic
from nbcode.inputs.pinned import Column
from nbcode.primitives import Digest, dataclass, digest_bytes, digest_files

_BLOCK_BYTES = 1 << 20
_MOST_FILES = 20_000
_SETTLED_NS = 2_000_000_000
_LFS = b"version https://git-lfs.github.com/spec/"


class RefusedFileError(Exception):
    """A file that is not taken. ``code`` is of section E or F; the text says why."""

    def __init__(self, code: str, why: str, fix: str) -> None:
        """Say which code, why, and one way out."""
        self.code = code
        self.fix = fix
        super().__init__(why)


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What a file holds: digest and size of its bytes, the columns it declares, its last date."""

    digest: Digest
    size_bytes: int
    schema: tuple[Column, ...]
    as_of: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Stamp:
    """What the file system says of a file's identity and age."""

    device: int
    inode: int
    size_bytes: int
    mtime_ns: int
    ctime_ns: int


def read_content(
    path: Path,
    kind: str,
    look: Callable[[Path, int], tuple[tuple[Column, ...], str | None]],
    store: Path | None,
    known: Digest | None = None,
) -> Content:
    """Digest and columns of a regular file; ``look`` reads the columns, ``kind`` names what it looked for; ``known`` is the digest of a file that was
    hashed when it was brought here.

    What is remembered in ``store`` is used while device, inode, size and both times are the same; a file that
    changed within the last two seconds is never remembered, since a clock tick may hide the next change.

    Raises:
        RefusedFileError: E01 missing, E03 not a readable regular file, E08 more bytes than its size, E12 changed
            while it was read, F05 a pointer of git-lfs, and whatever ``look`` raises.
    """
    before = _stamp(path)
    memory = _memory(store, path, kind)
    remembered = _recall(memory, before)
    if remembered is not None:
        return remembered
    digest = known or _digest(path, before)
    schema, as_of = look(path, before.size_bytes)
    if _stamp(path) != before:
        raise changed()
    content = Content(digest=digest, size_bytes=before.size_bytes, schema=schema, as_of=as_of)
    if time.time_ns() - max(before.mtime_ns, before.ctime_ns) > _SETTLED_NS:
        _remember(memory, before, content)
    return content


def digest_now(path: Path) -> Digest:
    """The digest of the bytes that are there now, whatever is remembered. Raises as :func:`read_content`."""
    if path.is_dir():
        return digest_files({name: _digest(file, _stamp(file)) for name, file in files_below(path)})
    return _digest(path, _stamp(path))


def read_folder(folder: Path, store: Path | None) -> Content:
    """Digest and size of a folder with all that is below it; its files are remembered one by one.

    Raises:
        RefusedFileError: E03 for a link, a device or a name that is no text in it, for an empty one and one with too many files,
            and whatever :func:`read_content` raises.
    """
    found = {name: read_content(file, "bytes", look_at_nothing, store) for name, file in files_below(folder)}
    return Content(
        digest=digest_files({name: one.digest for name, one in found.items()}),
        size_bytes=sum(one.size_bytes for one in found.values()),
        schema=(),
        as_of=None,
    )


def look_at_nothing(_path: Path, _size_bytes: int) -> tuple[tuple[Column, ...], str | None]:
    """The columns of a file that is taken as its bytes: none."""
    return (), None


def files_below(folder: Path) -> list[tuple[str, Path]]:
    """The path of each file below a folder, and where it is, in order. Raises E03 as :func:`read_folder`."""
    found: list[tuple[str, Path]] = []
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if not name.isprintable() or path.is_symlink() or not (path.is_dir() or path.is_file()):
            kind = "is a link" if path.is_symlink() else "is no plain file with a name of text"
            raise RefusedFileError(
                "E03", f"{name!a} in it {kind}", "declare a folder of plain files, or the files one by one"
            )
        if path.is_file():
            found.append((name, path))
        if len(found) > _MOST_FILES:
            raise RefusedFileError(
                "E03", f"it holds more than {_MOST_FILES} files", "declare the folder that is read"
            )
    if not found:
        raise RefusedFileError("E03", "it is a directory without a file", "name the folder with the data")
    return sorted(found)


def _stamp(path: Path) -> _Stamp:
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise RefusedFileError(
            "E01", "there is no such file", "put the file there, or correct the path"
        ) from error
    except (OSError, ValueError) as error:
        raise _unreadable(error) from error
    if not stat.S_ISREG(found.st_mode):
        kind = "a directory" if stat.S_ISDIR(found.st_mode) else "not a regular file"
        raise RefusedFileError("E03", f"it is {kind}", "name a file, such as a CSV or parquet file")
    return _Stamp(
        device=found.st_dev,
        inode=found.st_ino,
        size_bytes=found.st_size,
        mtime_ns=found.st_mtime_ns,
        ctime_ns=found.st_ctime_ns,
    )


def _digest(path: Path, stamp: _Stamp) -> Digest:
    total = hashlib.sha256()
    taken = 0
    try:
        # The path was resolved: a link that appears in its place since then is not followed.
        with os.fdopen(
            os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb", buffering=0
        ) as stream:
            while block := stream.read(_BLOCK_BYTES):
                if taken == 0 and block.startswith(_LFS):
                    raise RefusedFileError(
                        "F05", "it is a pointer of git-lfs, not the data", "`git lfs pull`"
                    )
                taken += len(block)
                if taken > stamp.size_bytes:
                    raise RefusedFileError(
                        "E08",
                        f"it goes on after its {stamp.size_bytes} bytes",
                        "write it whole, then declare it",
                    )
                total.update(block)
    except OSError as error:
        raise _unreadable(error) from error
    if taken != stamp.size_bytes or _stamp(path) != stamp:
        raise changed()
    return Digest(f"sha256:{total.hexdigest()}")


def changed() -> RefusedFileError:
    """E12: somebody writes it."""
    return RefusedFileError("E12", "it changed while it was read", "let the writer finish, then try again")


def _unreadable(error: Exception) -> RefusedFileError:
    why = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    return RefusedFileError("E03", f"it cannot be read: {why}", "make it a readable regular file")


def _memory(store: Path | None, path: Path, kind: str) -> Path | None:
    if store is None:
        return None
    name = digest_bytes(os.fsencode(path) + b"\0" + kind.encode()).hex
    return store / "cache" / "inputs" / f"{name}.json"


def _recall(memory: Path | None, stamp: _Stamp) -> Content | None:
    try:
        stored = json.loads(memory.read_bytes()) if memory else {}
        if stored.get("stamp") != _row(stamp):
            return None
        return Content(
            digest=Digest(stored["digest"]),
            size_bytes=stamp.size_bytes,
            schema=tuple(Column(name=name, dtype=dtype) for name, dtype in stored["schema"]),
            as_of=stored["as_of"],
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _remember(memory: Path | None, stamp: _Stamp, content: Content) -> None:
    if memory is None:
        return
    stored = {
        "stamp": _row(stamp),
        "digest": content.digest,
        "schema": [[c.name, c.dtype] for c in content.schema],
        "as_of": content.as_of,
    }
    try:
        memory.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(memory, json.dumps(stored).encode(), durable=False, mode=0o600)
    except OSError:
        return


def _row(stamp: _Stamp) -> list[int]:
    return [stamp.device, stamp.inode, stamp.size_bytes, stamp.mtime_ns, stamp.ctime_ns]
