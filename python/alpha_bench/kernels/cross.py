"""Cross-sectional kernels: one session at a time, over the assets that have a finite value on it; sessions ``[first, last)``.

Sums run in a fixed order (eight interleaved partial sums over the assets in order), about the first known value as pivot, so
that a session of equal values gives exactly 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alpha_bench._numba import njit, types

Floats = NDArray[np.float64]
Words = NDArray[np.uint64]
Counts = NDArray[np.int32]

DEMEAN, SCORE, MEAN, DEVIATION = 0, 1, 2, 3
_READ = types.Array(types.float64, 2, "C", readonly=True)  # writable arrays are taken too
_WRITTEN = types.Array(types.float64, 2, "C")
_SIGNATURE = (_READ, _WRITTEN, types.int64, types.int64)
_BITS = 11
_BUCKETS = 1 << _BITS
_PASSES = 3
_SIGN = np.uint64(1 << 63)
_MASK = np.uint64(_BUCKETS - 1)
_HALF = np.uint64(32)
_LOWER = np.uint64(0xFFFFFFFF)


@njit((*_SIGNATURE, types.int64), cache=True, nogil=True, error_model="numpy")
def centre(x: Floats, out: Floats, first: int, last: int, what: int) -> None:
    """``x - mean``, ``(x - mean) / std`` (ddof=1, NaN where it is 0), or the mean or the deviation itself for every asset."""
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
        if what == MEAN:
            out[t] = mean
            continue
        scale = 1.0
        if what != DEMEAN:
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


@njit(cache=True, nogil=True)
def _key(bits: np.uint64) -> np.uint64:
    """Unsigned integers in the order of the finite numbers that these bits are."""
    return ~bits if bits & _SIGN else bits | _SIGN


@njit(cache=True, nogil=True)
def _sort_words(words: Words, spare: Words, counts: Counts, n: int) -> tuple[Words, Words]:
    """Sort by the upper 32 bits, stably: a radix sort of three passes. Returns (sorted, the other array)."""
    counts[:] = 0
    for i in range(n):
        for p in range(_PASSES):
            counts[p, (words[i] >> np.uint64(32 + p * _BITS)) & _MASK] += 1
    for p in range(_PASSES):
        shift = np.uint64(32 + p * _BITS)
        if n == 0 or counts[p, (words[0] >> shift) & _MASK] == n:
            continue  # all the same here: nothing to sort
        total = 0
        for b in range(_BUCKETS):
            count = counts[p, b]
            counts[p, b] = total
            total += count
        for i in range(n):
            b = (words[i] >> shift) & _MASK
            spare[counts[p, b]] = words[i]
            counts[p, b] += 1
        words, spare = spare, words
    return words, spare


@njit(cache=True, nogil=True)
def _settle(words: Words, values: Floats, n: int) -> bool:
    """Put in order what shares its upper 32 bits, by insertion; False, unfinished, when that takes too long."""
    moves = 0
    for i in range(1, n):
        word, k = words[i], i
        upper, value = word >> _HALF, values[word & _LOWER]
        while k > 0 and words[k - 1] >> _HALF == upper and values[words[k - 1] & _LOWER] > value:
            words[k] = words[k - 1]
            k -= 1
        words[k] = word
        moves += i - k
        if moves > 8 * n:
            return False
    return True


@njit(_SIGNATURE, cache=True, nogil=True, error_model="numpy")
def rank(x: Floats, out: Floats, first: int, last: int) -> None:
    """Rank over the number of known assets, ties averaged.

    A word is the upper half of a number's order-preserving bits with the asset's position below: three radix passes sort it, and
    the few numbers that agree in their upper halves are put in order by insertion, or, when they are many, by three passes more.
    """
    assets = x.shape[1]
    words, spare = np.empty(assets, np.uint64), np.empty(assets, np.uint64)
    counts = np.empty((_PASSES, _BUCKETS), np.int32)
    for t in range(first, last):
        values, to = x[t], out[t]
        bits = values.view(np.uint64)
        n = 0
        for j in range(assets):
            to[j] = np.nan
            v = values[j]
            if v - v == 0.0:
                words[n] = (_key(bits[j] if v != 0.0 else np.uint64(0)) & ~_LOWER) | np.uint64(j)
                n += 1
        words, spare = _sort_words(words, spare, counts, n)
        if not _settle(words, values, n):
            for i in range(n):
                j = words[i] & _LOWER
                words[i] = (_key(bits[j] if values[j] != 0.0 else np.uint64(0)) << _HALF) | j
            words, spare = _sort_words(words, spare, counts, n)
            for i in range(n):
                j = words[i] & _LOWER
                words[i] = (_key(bits[j] if values[j] != 0.0 else np.uint64(0)) & ~_LOWER) | j
            words, spare = _sort_words(words, spare, counts, n)
        i = 0
        while i < n:
            k = i + 1
            while k < n and values[words[k] & _LOWER] == values[words[i] & _LOWER]:
                k += 1
            shared = (i + 1 + k) / 2 / n
            for same in range(i, k):
                to[words[same] & _LOWER] = shared
            i = k
