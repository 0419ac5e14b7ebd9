"""Files and folders that appear whole or not at all. The one place that writes beside, syncs and renames.

What each caller chooses is whether the bytes must outlive a power cut (``durable``): what can be computed again need not.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_RANDOM = "?" * 8  # what `tempfile` adds to a prefix
_TAKEN = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR)


@contextlib.contextmanager
def atomic_file(path: Path, *, durable: bool, mode: int = 0o666) -> Iterator[BinaryIO]:
    """A stream whose bytes are at ``path`` after the block, in place of what was there; on an error nothing is changed.

    Writers of one path at a time do no harm: the last one stays. ``mode`` is less the process's umask; 0o600 is for the user alone.

    Raises:
        OSError: when it cannot be written; nothing is left beside ``path``.
    """
    with _beside(path, mode=mode) as (made, stream):
        yield stream
        _close(stream, durable=durable)
        made.replace(path)
    if durable:
        sync_directory(path.parent)


def write_atomic(path: Path, data: bytes, *, durable: bool, mode: int = 0o666) -> None:
    """:func:`atomic_file` of ``data``."""
    with atomic_file(path, durable=durable, mode=mode) as stream:
        stream.write(data)


def create_atomic(path: Path, data: bytes, *, mode: int = 0o666) -> bool:
    """Durable; False, and nothing is changed, where anything is at ``path`` already, also where another was first just now.

    Raises:
        OSError: when it cannot be written.
    """
    if os.path.lexists(path):
        return False
    with _beside(path, mode=mode) as (made, stream):
        stream.write(data)
        _close(stream, durable=True)
        try:
            os.link(made, path)  # a link, unlike a rename, fails when the name was taken meanwhile
        except FileExistsError:
            return False
    sync_directory(path.parent)
    return True


def place_directory(made: Path, home: Path, *, durable: bool) -> bool:
    """Rename the folder ``made`` to ``home``, on the same file system; False where something is there already: then ``made``
    stays, for the caller to remove.

    With ``durable`` all of it has reached the disk before it appears.
    """
    if durable:
        sync_tree(made)
    try:
        made.rename(home)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        raise
    if durable:
        sync_directory(home.parent)
    return True


def sync_tree(directory: Path) -> None:
    """Have every file and folder under ``directory`` reach the disk; links are not followed."""
    for folder, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(folder, name)  # noqa: PTH118 - os.walk gives text
            if not os.path.islink(path):  # noqa: PTH114
                _sync(path, os.O_RDONLY)
        _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def sync_directory(path: Path) -> None:
    """Have the names in ``path`` reach the disk, where the file system can."""
    with contextlib.suppress(OSError):
        _sync(str(path), os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: str, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def left_beside(path: Path) -> list[Path]:
    """What writers of ``path`` that were killed in the middle left beside it; of one that still writes, its file too."""
    return sorted(path.parent.glob(f"{glob.escape(_prefix(path))}{_RANDOM}"))


def _prefix(path: Path) -> str:
    return f".{path.name}."


@contextlib.contextmanager
def _beside(path: Path, *, mode: int) -> Iterator[tuple[Path, BinaryIO]]:
    descriptor, name = tempfile.mkstemp(prefix=_prefix(path), dir=path.parent)
    made = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            if mode != 0o600:
                os.fchmod(descriptor, mode & ~_umask())
            yield made, stream
    finally:
        made.unlink(missing_ok=True)


def _close(stream: BinaryIO, *, durable: bool) -> None:
    stream.flush()
    if durable:
        os.fsync(stream.fileno())


_UMASK = os.umask(0o077)
os.umask(_UMASK)


def _umask() -> int:
    """As it was when the process began: asking for it changes it, which other threads would see."""
    return _UMASK
