"""What the engine runs: numba kernels where a loop is needed, numpy in cache-sized pieces elsewhere, on all cores.

Work is cut by columns (rolling) or by rows (everything else), and each piece writes its own part of the result; no value depends
on where the cuts are, so the number of threads changes nothing. numba is loaded by the first operator that needs it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from alpha_bench.kernels import reference
from alpha_bench.kernels.reference import Floats, Implementation, Operand

_CACHE_BYTES = 192 * 1024  # the part of the second-level cache that one piece of rows may use
_WIDEST = 1024  # columns in one piece of a rolling kernel: long runs of memory are read fastest
_SUFFIX_BYTES = 4 * 1024 * 1024  # what one piece of a rolling kernel may keep of a window
_SMALL = 1 << 16  # values under which threads cost more than they give
Piece: TypeAlias = Callable[[int, int], None]


def in_pieces(work: Piece, total: int, size: int, values: int) -> None:
    """Run ``work(first, last)`` over ``[0, total)`` in pieces of ``size``; on several threads when it is worth it."""
    starts = range(0, total, size)
    threads = min(_cores(), len(starts))
    if threads < 2 or values < _SMALL:
        for start in starts:
            work(start, min(start + size, total))
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(lambda start: work(start, min(start + size, total)), starts):
            pass


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS
    return len(affinity(0)) if affinity is not None else (os.cpu_count() or 1)


def _rows_a_piece(x: Floats) -> int:
    return max(1, int(_CACHE_BYTES // (8 * max(x.shape[1], 1))))


def _element(function: Implementation) -> Implementation:
    """An element-wise operator, a few rows at a time."""

    def run(*operands: Operand, out: Floats | None = None) -> Floats:
        made = np.empty(next(x.shape for x in operands if isinstance(x, np.ndarray))) if out is None else out

        def piece(first: int, last: int) -> None:
            parts = [x[first:last] if isinstance(x, np.ndarray) else x for x in operands]
            with np.errstate(all="ignore"):
                if isinstance(function, np.ufunc):
                    function(*parts, out=made[first:last])
                else:
                    made[first:last] = function(*parts)

        in_pieces(piece, len(made), _rows_a_piece(made), made.size)
        return made

    return run


def _shifting(
    then: Callable[[Floats, Floats, Floats], object], ahead: int, d: int, x: Floats, into: Floats | None
) -> Floats:
    """``then(x[t+ahead], x[t+ahead-d], out)`` for every ``t`` where both exist; NaN elsewhere."""
    out = np.empty(x.shape) if into is None else into
    begin, end = max(0, d - ahead), len(x) - max(ahead, 0)

    def piece(first: int, last: int) -> None:
        low, high = min(max(first, begin), last), max(min(last, end), first)
        if low >= high:
            out[first:last] = np.nan
            return
        out[first:low] = np.nan
        out[high:last] = np.nan
        with np.errstate(all="ignore"):
            then(x[low + ahead : high + ahead], x[low + ahead - d : high + ahead - d], out[low:high])

    in_pieces(piece, len(x), _rows_a_piece(x), x.size)
    return out


def _ratio_less_one(now: Floats, then: Floats, out: Floats) -> None:
    np.divide(now, then, out=out)
    np.subtract(out, 1.0, out=out)


def _log_ratio(now: Floats, then: Floats, out: Floats) -> None:
    np.divide(now, then, out=out)
    out[:] = reference.ELEMENTS["log"](out)


def _copy_then(_now: Floats, then: Floats, out: Floats) -> None:
    out[:] = then


def lag(x: Floats, *, d: int, out: Floats | None = None) -> Floats:
    return _shifting(_copy_then, 0, d, x, out)


def delta(x: Floats, *, window: int, out: Floats | None = None) -> Floats:
    return _shifting(lambda now, then, to: np.subtract(now, then, out=to), 0, window, x, out)


def ret(x: Floats, *, window: int, out: Floats | None = None) -> Floats:
    return _shifting(_ratio_less_one, 0, window, x, out)


def log_ret(x: Floats, *, window: int, out: Floats | None = None) -> Floats:
    return _shifting(_log_ratio, 0, window, x, out)


def fwd_ret(x: Floats, *, horizon: int, delay: int, out: Floats | None = None) -> Floats:
    return _shifting(_ratio_less_one, horizon + delay, horizon, x, out)


def _rolling(kernel: str, *how: float) -> Implementation:
    """A rolling operator: one kernel call a group of columns, as many as fit the cache."""

    def run(x: Floats, *, window: int, out: Floats | None = None) -> Floats:
        from alpha_bench.kernels import rolling

        call: Any = getattr(rolling, kernel)
        made = np.empty(x.shape) if out is None else out
        if len(x) < window:
            made[:] = np.nan
            return made
        width = min(_WIDEST, max(8, _SUFFIX_BYTES // (16 * window)))
        pieces = -(-x.shape[1] // (width * _cores())) * _cores()  # as many for each core
        width = max(8, -(-x.shape[1] // pieces))
        in_pieces(lambda first, last: call(x, made, window, first, last, *how), x.shape[1], width, x.size)
        return made

    return run


def _cross(kernel: str, *how: int) -> Implementation:
    """A cross-sectional operator: one kernel call a run of sessions."""

    def run(x: Floats, *, out: Floats | None = None) -> Floats:
        from alpha_bench.kernels import cross

        call: Any = getattr(cross, kernel)
        made = np.empty(x.shape) if out is None else out
        in_pieces(lambda first, last: call(x, made, first, last, *how), len(x), 64, x.size)
        return made

    return run


_KERNELS: Mapping[str, Implementation] = {
    "ts.sum": _rolling("rolling_sum"),
    "ts.mean": _rolling("rolling_mean"),
    "ts.var": _rolling("rolling_spread", 0),
    "ts.std": _rolling("rolling_spread", 1),
    "ts.zscore": _rolling("rolling_spread", 2),
    "ts.min": _rolling("rolling_extreme", 1.0),
    "ts.max": _rolling("rolling_extreme", -1.0),
    "cs.rank": _cross("rank"),
    "cs.demean": _cross("centre", 0),
    "cs.zscore": _cross("centre", 1),
}

COMPILED: Mapping[str, Implementation] = MappingProxyType(
    {
        **{name: _element(function) for name, function in reference.ELEMENTS.items()},
        "lag": lag,
        "delta": delta,
        "ret": ret,
        "log_ret": log_ret,
        "fwd_ret": fwd_ret,
        **_KERNELS,
    }
)


def warm_up(progress: Callable[[str], None] | None = None) -> None:
    """Compile every kernel, or load it from the cache on disk (``NUMBA_CACHE_DIR``, else beside the source).

    ``progress`` is told the operator's name before each.
    """
    sample = np.arange(12.0).reshape(4, 3)
    for name, run in _KERNELS.items():
        if progress is not None:
            progress(name)
        partial(run, window=2)(sample) if name.startswith("ts.") else run(sample)
