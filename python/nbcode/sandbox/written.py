"""How much disk a process tree takes at once: what lies in its writable places, and the files without a name that it holds open (of memory, or removed while
open). A limit of one file says nothing of ten thousand. Not seen is what is mapped and held by no descriptor any more."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

_LEAST_BYTES = 4096
"""What an entry of a folder takes, however little is in it."""
_EVERY_S = 0.5
_PART = 20
"""Of the time at most one part in so many goes into looking."""


class Written:
    """Of the processes that ``pids`` gives at each look, and of the folders ``places``, which only they write to."""

    def __init__(
        self,
        places: Iterable[Path],
        pids: Callable[[], Iterable[int]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is looked at yet."""
        self._places, self._pids, self._clock = tuple(places), pids, clock
        self._next_s = clock()
        self._bytes = 0

    def look(self, most_bytes: int) -> int:
        """Bytes on disk; counting ends above ``most_bytes``. Not everything is looked at each time that one asks: then it is what was found last."""
        began = self._clock()
        if began >= self._next_s:
            self._bytes = _sum(self._sizes(), most_bytes)
            ended = self._clock()
            self._next_s = ended + max(_EVERY_S, _PART * (ended - began))
        return self._bytes

    def _sizes(self) -> Iterator[tuple[tuple[int, int], int]]:
        for place in self._places:
            yield from _below(place)
        for pid in self._pids():
            yield from _nameless(pid)


def _sum(sizes: Iterable[tuple[tuple[int, int], int]], most_bytes: int) -> int:
    """Each file once, however many names it has."""
    seen: set[tuple[int, int]] = set()
    total = 0
    for file, size in sizes:
        if file not in seen:
            seen.add(file)
            total += size
            if total > most_bytes:
                break
    return total


def _below(place: Path) -> Iterator[tuple[tuple[int, int], int]]:
    """Every file and folder below ``place``; links are not followed."""
    folders = [str(place)]
    while folders:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    found = entry.stat(follow_symlinks=False)
                    yield (found.st_dev, found.st_ino), max(found.st_blocks * 512, _LEAST_BYTES)
                    if stat.S_ISDIR(found.st_mode):
                        folders.append(entry.path)


def _nameless(pid: int) -> Iterator[tuple[tuple[int, int], int]]:
    """The open files of a process that are in no folder."""
    with contextlib.suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                found = descriptor.stat()
                if stat.S_ISREG(found.st_mode) and found.st_nlink == 0:
                    yield (found.st_dev, found.st_ino), found.st_blocks * 512
