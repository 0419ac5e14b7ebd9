"""A directory of column blocks, each under the key that names it: written whole or not at all, checked when read, bounded in size.

Several processes may use one directory at once: a file is written beside its place and renamed, so whoever reads sees all of it or
nothing; two who write the same key write the same bytes. Nothing is flushed to the disk: what a power failure tears is found by its
checksum, and computed again, which is cheaper than waiting at every writing. A file carries two digests of its numbers: SHA-256,
for whoever compares, and a checksum that is fast enough to be checked at every reading. A file that is damaged is removed and
reported, never used. When the files are more than the limit, those that were used longest ago go first.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

import numpy as np

from alpha_bench.runtime import Floats, atomic_file

DEFAULT_LIMIT_BYTES = 8 << 30
_MAGIC = b"abcolum2"
_HEAD = (
    len(_MAGIC) + 32 + 8 + 16
)  # then SHA-256 of the numbers, their checksum, and their shape as two 64-bit numbers
_ROOM = 0.9  # of the limit is left when files had to go
_TEMPORARY = "."  # as atomic_file begins the names of what is not whole yet
_STALE_S = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnStore:
    """Blocks of columns in ``directory``, at most ``limit_bytes`` of them."""

    directory: Path
    limit_bytes: int = DEFAULT_LIMIT_BYTES

    def path(self, key: str) -> Path:
        """Where the block of that key is, if it is held."""
        return self.directory / key[:2] / key

    def contains(self, key: str) -> bool:
        """Whether there is a file for ``key``; whether it is whole is known when it is read."""
        return self.path(key).is_file()

    def digest(self, key: str) -> bytes | None:
        """SHA-256 that the file for ``key`` says its numbers have; None when there is none that is readable."""
        try:
            with self.path(key).open("rb") as file:
                head = file.read(_HEAD)
        except OSError:
            return None
        return (
            head[len(_MAGIC) : len(_MAGIC) + 32] if len(head) == _HEAD and head.startswith(_MAGIC) else None
        )

    def read(self, key: str, into: Floats) -> bool:
        """Fill ``into`` (rows, N), C-contiguous, with the block of ``key``; False when it is not there, or is damaged.

        A damaged file is removed; :meth:`holds` tells the two apart before.
        """
        path = self.path(key)
        try:
            with path.open("rb", buffering=0) as file:
                head = file.read(_HEAD)
                whole = _fill(file, into.data.cast("B")) and not file.read(1)
        except OSError:
            return False
        if whole and head.startswith(_MAGIC) and head[_HEAD - 24 :] == _checked(into):
            with contextlib.suppress(OSError):
                os.utime(path)  # used now
            return True
        with contextlib.suppress(OSError):
            path.unlink()
        return False

    def write(self, key: str, block: Floats) -> None:
        """Keep ``block``, which :func:`canonical_block` has made. Raises OSError when the directory cannot be written."""
        path = self.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(path, durable=False) as file:
            file.write(_head(block))
            file.write(block.data)

    def shrink(self) -> int:
        """Remove what was used longest ago until the limit is kept; how many files went."""
        found = sorted(self._files())
        size = sum(nbytes for _, nbytes, _ in found)
        removed = 0
        if size <= self.limit_bytes:
            return removed
        for _, nbytes, path in found:
            if size <= self.limit_bytes * _ROOM:
                break
            with contextlib.suppress(OSError):
                path.unlink()
                removed += 1
            size -= nbytes
        return removed

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """When it was used last, its size, its path; what a killed process left half-written is removed after an hour."""
        newest = 0.0
        unfinished = []
        for path in self.directory.glob("??/*"):
            try:
                about = path.stat()
            except OSError:  # another process was faster
                continue
            newest = max(newest, about.st_mtime)
            if path.name.startswith(_TEMPORARY):
                unfinished.append((about.st_mtime, path))
            else:
                yield about.st_mtime, about.st_size, path
        for written, path in unfinished:
            if newest - written > _STALE_S:
                path.unlink(missing_ok=True)


def canonical_block(values: Floats) -> Floats:
    """A copy in which every missing value has the same bits: which NaN a processor makes may depend on how work was cut."""
    block = np.array(values, order="C")
    block[np.isnan(block)] = np.nan
    return block


def digest_of_block(block: Floats) -> bytes:
    """SHA-256 of a canonical block's numbers."""
    return hashlib.sha256(block.data).digest()


def _head(block: Floats) -> bytes:
    return _MAGIC + digest_of_block(block) + _checked(block)


def _checked(block: Floats) -> bytes:
    """The checksum of a block's numbers, and its shape."""
    from alpha_bench.kernels import checksum

    words = block.reshape(-1).view(np.uint64)
    return b"".join(int(n).to_bytes(8, "little") for n in (checksum(words), *block.shape))


def _fill(file: FileIO, room: memoryview) -> bool:
    """Read as much as there is room for; False when there is less."""
    done = 0
    while done < len(room):
        got = file.readinto(room[done:])
        if not got:
            return False
        done += got
    return True
