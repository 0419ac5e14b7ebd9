"""Cross-sectional kernels: one session at a time, over the assets that have a finite value on it; sessions ``[first, last)``.

Sums run in a fixed order (eight interleaved partial sums over the assets in order), about the first known value as pivot, so
that a session of equal values gives exactly 0.
"""

from __future__ import annotations

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DEMEAN, SCORE = 0, 1
_READ = types.Array(types.float64, 2, "C", readonly=True)  # writable arrays are taken too
_WRITTEN = types.Array(types.float64, 2, "C")
_SIGNATURE = (_READ, _WRITTEN, types.int64, types.int64)
_BITS = 11
_BUCKETS = 1 << _BITS
_PASSES = 6
_SIGN = np.uint64(1 << 63)
_MASK = np.uint64(_BUCKETS - 1)


@njit((*_SIGNATURE, types.int64), cache=True, nogil=True, error_model="numpy")
def centre(x: Floats, out: Floats, first: int, last: int, what: int) -> None:
    """``x - mean``, or ``(x - mean) / std`` (ddof=1) with NaN where the standard deviation is 0."""
    assets = x.shape[1]
    partial = np.empty(8)
    for t in range(first, last):
        known = 0
        pivot = 0.0
        partial[:] = 0.0
        for j in range(assets):
            v = x[t, j]
            if v - v == 0.0:
                if known == 0:
                    pivot = v
                partial[known & 7] += v - pivot
                known += 1
        mean = pivot + partial.sum() / known
        scale = 1.0
        if what == SCORE:
            partial[:] = 0.0
            seen = 0
            for j in range(assets):
                v = x[t, j]
                if v - v == 0.0:
                    partial[seen & 7] += (v - mean) * (v - mean)
                    seen += 1
            scale = np.sqrt(partial.sum() / (known - 1)) if known > 1 else 0.0
        for j in range(assets):
            v = x[t, j]
            out[t, j] = (v - mean) / scale if v - v == 0.0 and scale > 0.0 else np.nan


@njit(_SIGNATURE, cache=True, nogil=True, error_model="numpy")
def rank(x: Floats, out: Floats, first: int, last: int) -> None:
    """Rank over the number of known assets, ties averaged; a stable radix sort of the values' bits, 11 at a time."""
    assets = x.shape[1]
    keys, spare = np.empty(assets, np.uint64), np.empty(assets, np.uint64)
    order, other = np.empty(assets, np.int32), np.empty(assets, np.int32)
    counts = np.empty((_PASSES, _BUCKETS), np.int32)
    for t in range(first, last):
        bits = x[t].view(np.uint64)
        counts[:] = 0
        n = 0
        for j in range(assets):
            v = x[t, j]
            out[t, j] = np.nan
            if v - v == 0.0:
                b = bits[j] if v != 0.0 else np.uint64(0)  # -0.0 and 0.0 are one value
                key = ~b if b & _SIGN else b | _SIGN
                keys[n], order[n] = key, j
                n += 1
                for p in range(_PASSES):
                    counts[p, (key >> np.uint64(p * _BITS)) & _MASK] += 1
        for p in range(_PASSES):
            shift = np.uint64(p * _BITS)
            if n == 0 or counts[p, (keys[0] >> shift) & _MASK] == n:
                continue  # all the same here: nothing to sort
            total = 0
            for b in range(_BUCKETS):
                count = counts[p, b]
                counts[p, b] = total
                total += count
            for i in range(n):
                b = (keys[i] >> shift) & _MASK
                to = counts[p, b]
                counts[p, b] = to + 1
                spare[to], other[to] = keys[i], order[i]
            keys, spare = spare, keys
            order, other = other, order
        i = 0
        while i < n:
            k = i + 1
            while k < n and keys[k] == keys[i]:
                k += 1
            shared = (i + 1 + k) / 2 / n
            for same in range(i, k):
                out[t, order[same]] = shared
            i = k
