"""Equal files of one file system are stored once: by a hard link, and where that cannot be by what the file system shares, or a copy.

All that is stored is read-only. Whoever changes such a file in place none the less changes it at each of its places; verification finds
it at each, and nothing that is stored later is linked to it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import stat
from pathlib import Path

from nbcode.primitives import Digest

_FICLONE = 0x40049409


class SharedFiles:
    """``<directory>/<hex of the digest>``: a name for each file that may come again. One that has no other name is no longer used."""

    def __init__(self, directory: Path) -> None:
        """``directory`` is made when the first file comes."""
        self.directory = directory

    def share(self, file: Path, digest: Digest) -> None:
        """Have ``file``, whose content is of ``digest``, and the equal one that came before be one file, as far as the disk allows.

        ``file`` keeps its name and content at every moment. Never raises: what cannot be shared is stored again.
        """
        kept = self.directory / digest.hex
        with contextlib.suppress(OSError):
            self.directory.mkdir(parents=True, exist_ok=True)
            if not _is(kept, digest) or not _linked_over(kept, file):
                _linked_over(file, kept)

    def unused(self) -> tuple[Path, ...]:
        """The files that have no other name any more."""
        try:
            return tuple(sorted(path for path in self.directory.iterdir() if path.lstat().st_nlink == 1))
        except FileNotFoundError:
            return ()

    def sweep(self) -> None:
        """Remove the names of files that have no other. One that is linked to meanwhile loses nothing: its content has the other name."""
        for path in self.unused():
            path.unlink(missing_ok=True)


def place_shared(source: Path, target: Path) -> None:
    """Have ``target``, which must not be there, be ``source``: one file by two names where the disk can, else a copy.

    Raises:
        OSError: it cannot be written.
    """
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        _copied(source, target)


def _copied(source: Path, target: Path) -> None:
    """A copy that shares its blocks where the file system can, such as between subvolumes."""
    with source.open("rb") as read, target.open("xb") as written:
        try:
            fcntl.ioctl(written.fileno(), _FICLONE, read.fileno())
        except OSError:
            shutil.copyfileobj(read, written)


def _linked_over(source: Path, target: Path) -> bool:
    """Give ``source`` the name ``target`` too, in place of what has it; False where the disk will not."""
    beside = target.with_name(f".{target.name}.{os.getpid()}.link")
    try:
        os.link(source, beside)
        beside.replace(target)
    except OSError:  # another file system, or as many names as a file can have
        return False
    finally:
        beside.unlink(missing_ok=True)  # a rename to another name of the same file leaves both
    return True


def _is(kept: Path, digest: Digest) -> bool:
    """Whether ``kept`` is there and still what it was."""
    try:
        descriptor = os.open(kept, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    with os.fdopen(descriptor, "rb") as stream:
        return (
            stat.S_ISREG(os.fstat(descriptor).st_mode)
            and hashlib.file_digest(stream, "sha256").hexdigest() == digest.hex
        )
