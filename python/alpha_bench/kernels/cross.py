"""Moments over the assets that have a finite value on a session, one session at a time; sessions ``[first, last)``.

Sums run in a fixed order (eight interleaved partial sums over the assets in order), about the first known value as pivot, so
that a session of equal values gives exactly 0.
"""

from __future__ import annotations

import numpy as np

from alpha_bench.runtime import Floats, njit, types

DEMEAN, SCORE, MEAN, DEVIATION = 0, 1, 2, 3
_READ = types.Array(types.float64, 2, "C", readonly=True)  # writable arrays are taken too
_WRITTEN = types.Array(types.float64, 2, "C")
_SIGNATURE = (_READ, _WRITTEN, types.int64, types.int64)


@njit((*_SIGNATURE, types.int64), cache=True, nogil=True, error_model="numpy")
def centre(x: Floats, out: Floats, first: int, last: int, what: int) -> None:
    """``x - mean``, ``(x - mean) / std`` (ddof=1, NaN where it is 0), or the mean or the deviation itself for every asset."""
    assets = x.shape[1]
    # Eight sums, each of every eighth known value: no addition waits for the one before it, and the order is the same on every
    # processor, which a compiler that may reorder sums would not keep.
    partial = np.empty(8)
    for t in range(first, last):
        known = 0
        pivot = 0.0
        partial[:] = 0.0
        for j in range(assets):
            v = x[t, j]
            if v - v == 0.0:  # finite: it is NaN for NaN and for infinity, in one comparison
                if known == 0:
                    pivot = v
                partial[known & 7] += v - pivot
                known += 1
        mean = pivot + partial.sum() / known
        if what == MEAN:
            out[t] = mean
            continue
        scale = 1.0
        if what != DEMEAN:
            # A second pass about the mean, not sums of squares: their difference loses all digits where the spread is small.
            partial[:] = 0.0
            seen = 0
            for j in range(assets):
                v = x[t, j]
                if v - v == 0.0:
                    partial[seen & 7] += (v - mean) * (v - mean)
                    seen += 1
            scale = np.sqrt(partial.sum() / (known - 1)) if known > 1 else np.nan
        if what == DEVIATION:
            out[t] = scale
            continue
        for j in range(assets):
            v = x[t, j]
            out[t, j] = (v - mean) / scale if v - v == 0.0 and scale > 0.0 else np.nan


@njit(_SIGNATURE, cache=True, nogil=True, error_model="numpy")
def share(x: Floats, out: Floats, first: int, last: int) -> None:
    """``x`` over the sum of the absolute values; NaN where that is 0."""
    assets = x.shape[1]
    partial = np.empty(8)
    for t in range(first, last):
        known = 0
        partial[:] = 0.0
        for j in range(assets):
            v = x[t, j]
            if v - v == 0.0:
                partial[known & 7] += abs(v)
                known += 1
        total = partial.sum()
        for j in range(assets):
            v = x[t, j]
            out[t, j] = v / total if v - v == 0.0 and total > 0.0 else np.nan
