"""Files whose place somebody else has named: where a user says a page or a result goes.

What is there decides. Nothing or a regular file: the bytes appear whole or not at all, where a link leads, with the mode that the file
had. A character device, a FIFO, or whatever this process's own standard output or error is: written into, as any program would. A file that
is no earlier one of what is to be written is left alone, for the name may be a slip.
"""

from __future__ import annotations

import errno
import os
import select
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from alpha_bench.runtime.atomic_files import write_atomic

Recognised: TypeAlias = Callable[[bytes], bool]
"""Whether a file that begins with these bytes (4096, or all there are) may be replaced. An empty one always may."""
_BEGINNING = 4096
_STDOUT, _STDERR = 1, 2


class ForeignFileError(FileExistsError):
    """A file at the named place is not one that may be replaced."""


def prepare_named(path: Path, ours: Recognised | None = None) -> None:
    """Make the folder of ``path``, and see that :func:`write_named` can be expected to work; what is at ``path`` is not changed.

    Raises:
        ForeignFileError: a file that ``ours`` does not recognise is there.
        OSError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path.parent)) from error
    there = _there(path, ours)
    if _is_replaced(there):
        real = Path(os.path.realpath(path))
        with tempfile.NamedTemporaryFile(prefix=f".{real.name}.", dir=real.parent):
            pass


def write_named(path: Path, data: bytes, *, durable: bool, ours: Recognised | None = None) -> None:
    """Write ``data`` where ``path`` says. Into a FIFO that nobody has opened to read it waits.

    Raises:
        ForeignFileError: a file that ``ours`` does not recognise is there.
        OSError: it cannot be written; what was in a regular file stays.
    """
    there = _there(path, ours)
    if not _is_replaced(there):
        _pour(path, there, data)
        return
    real = Path(os.path.realpath(path))
    if there is None:
        write_atomic(real, data, durable=durable)
    else:
        mode = stat.S_IMODE(there.st_mode)
        write_atomic(real, data, durable=durable, mode=mode)
        real.chmod(mode)


def is_standard_output(path: Path) -> bool:
    """Whether what is written to ``path`` stands in this process's standard output."""
    try:
        return os.path.samestat(path.stat(), os.fstat(_STDOUT))
    except OSError:
        return False


def _there(path: Path, ours: Recognised | None) -> os.stat_result | None:
    """What ``path`` leads to, None for nothing; an error where it cannot be written or must not be."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(there.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if stat.S_ISBLK(there.st_mode):
        raise OSError(errno.ENOTSUP, "a disk, not a file", str(path))
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    if ours is not None and there.st_size and _is_replaced(there):
        with path.open("rb") as stream:
            if not ours(stream.read(_BEGINNING)):
                raise ForeignFileError(errno.EEXIST, "another file is there", str(path))
    return there


def _is_replaced(there: os.stat_result | None) -> bool:
    return there is None or (stat.S_ISREG(there.st_mode) and _own_stream(there) is None)


def _own_stream(there: os.stat_result) -> int | None:
    """The standard stream that ``there`` is: opened by its name, a file would be written from its beginning again. A device has no place
    where writing stands."""
    if stat.S_ISCHR(there.st_mode):
        return None
    for descriptor in (_STDOUT, _STDERR):
        try:
            if os.path.samestat(there, os.fstat(descriptor)):
                return descriptor
        except OSError:
            continue
    return None


def _pour(path: Path, there: os.stat_result | None, data: bytes) -> None:
    own = None if there is None else _own_stream(there)
    opened = os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_CLOEXEC) if own is None else os.dup(own)
    try:
        left = memoryview(data)
        while left:
            try:
                left = left[os.write(opened, left) :]
            except BlockingIOError:  # somebody who shares it made it non-blocking
                select.select([], [opened], [])
    finally:
        os.close(opened)
