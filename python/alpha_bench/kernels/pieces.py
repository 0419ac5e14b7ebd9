"""Work in pieces, on all cores: each piece writes its own part of a result, so the cuts and the threads change no value."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

from alpha_bench.kernels.arrays import Floats

_CACHE_BYTES = 192 * 1024  # the part of the second-level cache that one piece of rows may use
_SMALL = 1 << 16  # values under which threads cost more than they give
Piece: TypeAlias = Callable[[int, int], None]


def in_pieces(work: Piece, total: int, size: int, values: int) -> None:
    """Run ``work(first, last)`` over ``[0, total)`` in pieces of ``size``; on several threads when it is worth it."""
    starts = range(0, total, size)
    threads = min(cores(), len(starts))
    if threads < 2 or values < _SMALL:
        for start in starts:
            work(start, min(start + size, total))
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(lambda start: work(start, min(start + size, total)), starts):
            pass


def cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS
    return len(affinity(0)) if affinity is not None else (os.cpu_count() or 1)


def rows_a_piece(x: Floats) -> int:
    return max(1, int(_CACHE_BYTES // (8 * max(x.shape[1], 1))))
