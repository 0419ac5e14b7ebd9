"""What the engine runs for time-series operators: shifts in numpy by rows, rolling kernels by columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from alpha_bench.kernels.arrays import Floats, Implementation
from alpha_bench.kernels.pieces import cores, in_pieces, rows_a_piece
from alpha_bench.kernels.reference_element import logarithm

_WIDEST = 1024  # columns in one piece of a rolling kernel: long runs of memory are read fastest
_SUFFIX_BYTES = 4 * 1024 * 1024  # what one piece of a rolling kernel may keep of a window


def shifting(
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

    in_pieces(piece, len(x), rows_a_piece(x), x.size)
    return out


def _ratio_less_one(now: Floats, then: Floats, out: Floats) -> None:
    np.divide(now, then, out=out)
    np.subtract(out, 1.0, out=out)


def log_ratio(now: Floats, then: Floats, out: Floats) -> None:
    np.divide(now, then, out=out)
    out[:] = logarithm(out)


def _copy_then(_now: Floats, then: Floats, out: Floats) -> None:
    out[:] = then


def lag(x: Floats, *, d: int, out: Floats | None = None) -> Floats:
    return shifting(_copy_then, 0, d, x, out)


def delta(x: Floats, *, window: int, out: Floats | None = None) -> Floats:
    return shifting(lambda now, then, to: np.subtract(now, then, out=to), 0, window, x, out)


def ret(x: Floats, *, window: int, out: Floats | None = None) -> Floats:
    return shifting(_ratio_less_one, 0, window, x, out)


def log_ret(x: Floats, *, window: int, out: Floats | None = None) -> Floats:
    return shifting(log_ratio, 0, window, x, out)


def fwd_ret(x: Floats, *, horizon: int, delay: int, out: Floats | None = None) -> Floats:
    return shifting(_ratio_less_one, horizon + delay, horizon, x, out)


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
        pieces = -(-x.shape[1] // (width * cores())) * cores()  # as many for each core
        width = max(8, -(-x.shape[1] // pieces))
        in_pieces(lambda first, last: call(x, made, window, first, last, *how), x.shape[1], width, x.size)
        return made

    return run


SHIFTS: Mapping[str, Implementation] = {
    "lag": lag,
    "delta": delta,
    "ret": ret,
    "log_ret": log_ret,
    "fwd_ret": fwd_ret,
}

ROLLING: Mapping[str, Implementation] = {
    "ts.sum": _rolling("rolling_sum"),
    "ts.mean": _rolling("rolling_mean"),
    "ts.var": _rolling("rolling_spread", 0),
    "ts.std": _rolling("rolling_spread", 1),
    "ts.zscore": _rolling("rolling_spread", 2),
    "ts.min": _rolling("rolling_extreme", 1.0),
    "ts.max": _rolling("rolling_extreme", -1.0),
}
