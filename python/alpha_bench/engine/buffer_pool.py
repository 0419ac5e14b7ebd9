"""Memory of large arrays, used again: what the system gives has to be filled with zeros first, which costs as much as computing it.

An array that nobody holds any more gives its memory back here, and the next one of the same size takes it. What waits is at most a
sixteenth of the machine's memory, and goes back to the system as soon as another size is asked for.
"""

from __future__ import annotations

import mmap
import os
import threading
import weakref

import numpy as np

from alpha_bench.runtime import Floats

_LARGE = 1 << 22
_SHARE = 16


class Recycler:
    """Blocks that wait to be used again, at most ``limit_bytes`` of them."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._lock = (
            threading.RLock()
        )  # a block may come back while one is asked for: whenever garbage is collected
        self._waiting: dict[int, list[mmap.mmap]] = {}

    @property
    def waiting_bytes(self) -> int:
        """What waits."""
        with self._lock:
            return sum(size * len(blocks) for size, blocks in self._waiting.items())

    def empty(self, shape: tuple[int, int]) -> Floats:
        """An array that is not filled yet."""
        nbytes = 8 * shape[0] * shape[1]
        private = getattr(mmap, "MAP_PRIVATE", 0) | getattr(mmap, "MAP_ANONYMOUS", 0)
        if nbytes < _LARGE or not private:
            return np.empty(shape)
        with self._lock:
            blocks = self._waiting.get(nbytes)
            block = blocks.pop() if blocks else None
            if block is None:
                self._waiting.clear()
        if block is None:
            block = mmap.mmap(-1, nbytes, flags=private)
            huge = getattr(mmap, "MADV_HUGEPAGE", None)  # Linux
            if huge is not None:
                block.madvise(huge)
        array = np.frombuffer(block, dtype=np.float64)
        weakref.finalize(array, self._back, nbytes, block).atexit = False
        return array.reshape(shape)  # a view, which holds the array that is watched

    def _back(self, nbytes: int, block: mmap.mmap) -> None:
        with self._lock:
            if self.waiting_bytes + nbytes <= self.limit_bytes:
                self._waiting.setdefault(nbytes, []).append(block)

    def release(self) -> None:
        """Give what waits back to the system."""
        with self._lock:
            self._waiting.clear()


def _machine_bytes() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # a system that does not tell
        return 1 << 33


RECYCLER = Recycler(_machine_bytes() // _SHARE)
"""The one of this process."""
