"""Work in pieces, on all cores: each piece writes its own part of a result, so the cuts and the threads change no value.

Who calls works too. Inside a part, work that is cut again runs in order in the thread that has it: threads start no threads, so
there are never more of them than cores.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from typing import TypeAlias

from alpha_bench.runtime.arrays import Floats

Piece: TypeAlias = Callable[[int, int], None]

_CACHE_BYTES = 192 * 1024  # the part of the second-level cache that one piece of rows may use
_SMALL = 1 << 16  # values under which threads cost more than they give


class _Here(threading.local):
    """What this thread is doing: whether it works on a part already."""

    inside = False


_here = _Here()
_between: list[Callable[[], None]] = []


def add_part_hook(function: Callable[[], None]) -> None:
    """Call ``function`` after each part, whoever shares out, until :func:`remove_part_hook`: it must be quick and change no value."""
    _between.append(function)


def remove_part_hook(function: Callable[[], None]) -> None:
    """The end of :func:`add_part_hook`."""
    _between.remove(function)


def cores() -> int:
    """Threads that work begun here is shared out over: ``ALPHA_BENCH_THREADS``, else the cores that this process may use.

    1 inside a part: it has its core already.
    """
    if _here.inside:
        return 1
    asked = os.environ.get("ALPHA_BENCH_THREADS", "")
    if asked.isdecimal() and int(asked) > 0:
        return int(asked)
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS
    return len(affinity(0)) if affinity is not None else (os.cpu_count() or 1)


def rows_a_piece(x: Floats) -> int:
    """Rows of ``x`` that fit the part of the cache that one piece may use."""
    return max(1, int(_CACHE_BYTES // (8 * max(x.shape[1], 1))))


def in_pieces(work: Piece, total: int, size: int, values: int, threads: int | None = None) -> None:
    """Run ``work(first, last)`` over ``[0, total)`` in pieces of ``size``.

    ``values`` is how many numbers are made in all: few are not worth a thread. ``threads`` is for those who have decided already.
    """
    pieces = range(0, total, size)
    wanted = cores() if threads is None else threads
    if values < _SMALL and threads is None:
        wanted = 1
    parallel_for(lambda start: work(start, min(start + size, total)), pieces, wanted)


def parallel_for(work: Callable[[int], None], parts: range, threads: int) -> None:
    """Run ``work(part)`` for each part, on at most ``threads`` threads, of which this one is the first.

    The first exception ends it: parts that are under way finish, none is begun, and it is raised here.
    """
    others = [] if _here.inside else range(1, min(threads, len(parts)))
    left = _Parts(parts)
    helpers = [threading.Thread(target=left.take, args=(work,)) for _ in others]
    for helper in helpers:
        helper.start()
    try:
        left.take(work)
    finally:
        left.stop()
        for helper in helpers:
            helper.join()
    if left.failure is not None:
        raise left.failure


class _Parts:
    """Parts that are not begun yet."""

    def __init__(self, parts: range) -> None:
        self._next: Iterator[int] = iter(parts)
        self._lock = threading.Lock()
        self.failure: BaseException | None = None

    def take(self, work: Callable[[int], None]) -> None:
        """Work on one part after the other until none is left."""
        before, _here.inside = _here.inside, True
        try:
            while True:
                with self._lock:
                    part = next(self._next, None)
                if part is None:
                    return
                work(part)
                for function in tuple(_between):
                    function()
        except BaseException as error:  # raised again by who waits for all
            with self._lock:
                self.failure = self.failure or error
            self.stop()
        finally:
            _here.inside = before

    def stop(self) -> None:
        """Begin no further part."""
        with self._lock:
            self._next = iter(())
