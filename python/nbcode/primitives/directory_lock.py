"""Temporary directories that say for themselves whether their maker lives: by ``flock`` on a file beside each.

Process numbers cannot say it: they are used again, and another container counts its own. The kernel frees a lock however its
holder ends, and every process that sees the file sees the lock. The file lies beside the directory, not in it, where whoever
fills the directory could remove it.

The order of one's life: lock file made and locked, directory made, ..., directory removed, lock file removed. So a directory
without a lock file is none of these, and is never touched.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

_LOCK = ".lock"
_TOKEN_BYTES = 4
_OPEN = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)


@contextlib.contextmanager
def locked_directory(home: Path, prefix: str) -> Iterator[Path]:
    """A new empty directory in ``home`` that only this user can enter, removed at the end unless it was renamed away.

    Removes first those of the same ``prefix`` whose makers were killed. ``home`` must exist.

    Raises:
        OSError: ``home`` cannot be written, or has no room.
    """
    sweep_unlocked(home, prefix)
    path, descriptor = _made(home, prefix)
    try:
        yield path
    finally:
        _remove(path)
        os.close(descriptor)


def sweep_unlocked(home: Path, prefix: str) -> None:
    """Remove the directories of :func:`locked_directory` that nobody holds. What is not one of them stays."""
    shape = re.compile(rf"{re.escape(prefix)}[0-9a-f]{{{2 * _TOKEN_BYTES}}}{re.escape(_LOCK)}")
    try:
        locks = [path for path in home.iterdir() if shape.fullmatch(path.name)]
    except OSError:
        return
    for lock in locks:
        with contextlib.suppress(OSError):
            descriptor = os.open(lock, _OPEN)
            try:
                if _ours(descriptor) and _taken(descriptor, lock):
                    _remove(lock.with_name(lock.name.removesuffix(_LOCK)))
            finally:
                os.close(descriptor)


def _ours(descriptor: int) -> bool:
    """In a directory that others write to, too, anybody may lay out such a name."""
    found = os.fstat(descriptor)
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()


def is_locked(path: Path) -> bool:
    """Whether a living process holds the lock on the file at ``path``; nobody does where there is none. Changes nothing, and works on a
    disk that takes no more bytes.

    Raises:
        OSError: the file cannot be opened, or is a link.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _made(home: Path, prefix: str) -> tuple[Path, int]:
    while True:
        path = home / f"{prefix}{os.urandom(_TOKEN_BYTES).hex()}"
        lock = _lock_of(path)
        try:
            descriptor = os.open(lock, _OPEN | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        try:
            if _taken_where_there_are_locks(descriptor, lock):
                path.mkdir(mode=0o700)
                return path, descriptor
        except OSError:
            lock.unlink(missing_ok=True)
            os.close(descriptor)
            raise
        # A sweep came between making and locking it, and removes it: another name.
        os.close(descriptor)


def _taken_where_there_are_locks(descriptor: int, path: Path) -> bool:
    try:
        return _taken(descriptor, path)
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return True  # a sweep cannot take it either, so that it leaves everything
        raise


def _taken(descriptor: int, path: Path) -> bool:
    """Take the lock now; False when another has it, or when the file is no longer the one at ``path``."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except (BlockingIOError, FileNotFoundError):
        return False


def _remove(path: Path) -> None:
    """The directory, then its lock file; where a part of it cannot be removed both stay for the next sweep."""
    shutil.rmtree(path, ignore_errors=True)
    if not os.path.lexists(path):
        _lock_of(path).unlink(missing_ok=True)


def _lock_of(path: Path) -> Path:
    return path.with_name(path.name + _LOCK)
