"""The order of a session: the positions of its known assets, sorted by value. What is made from it is in ``ranked``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alpha_bench.runtime import Floats, njit, types

Words = NDArray[np.uint64]
Counts = NDArray[np.int32]
Positions = NDArray[np.int32]

_READ = types.Array(types.float64, 2, "C", readonly=True)  # writable arrays are taken too
_ORDER = types.Array(types.int32, 2, "C")
_COUNTS = types.Array(types.int32, 1, "C")
# Three passes of 11 bits cover 32; the counts of one pass (8 kB) and the words of some thousand assets share the first-level cache.
# 8 bits would need a fourth pass, 16 bits have counts that fall out of it.
_BITS = 11
_BUCKETS = 1 << _BITS
_PASSES = 3
_SIGN = np.uint64(1 << 63)
_MASK = np.uint64(_BUCKETS - 1)
_HALF = np.uint64(32)
_LOWER = np.uint64(0xFFFFFFFF)


@njit(cache=True, nogil=True)
def _key(bits: np.uint64) -> np.uint64:
    """Unsigned integers in the order of the finite numbers that these bits are."""
    return ~bits if bits & _SIGN else bits | _SIGN


@njit(cache=True, nogil=True)
def _sort_words(words: Words, spare: Words, counts: Counts, n: int) -> tuple[Words, Words]:
    """Sort by the upper 32 bits, stably: a radix sort of three passes. Returns (sorted, the other array)."""
    counts[:] = 0
    for i in range(n):  # the counts of all passes in one reading: no pass changes them
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
    # Prices and returns seldom agree in 32 bits, so this is nearly one reading. Values of few kinds (rounded, or of a small range) may
    # agree in many: insertion would be quadratic, and at some eight moves a value the passes that then do it instead are the cheaper.
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


@njit((_READ, _ORDER, _COUNTS, types.int64, types.int64), cache=True, nogil=True, error_model="numpy")
def order(x: Floats, positions: Positions, known: Positions, first: int, last: int) -> None:
    """Positions of the known assets of each session by value, least first, equal values in the order of the assets.

    ``positions`` is (last - first, N) int32, of which the first ``known[row]`` of each row are written.

    A word is the upper half of a number's order-preserving bits with the asset's position below: three radix passes sort it, and
    the few numbers that agree in their upper halves are put in order by insertion, or, when they are many, by three passes more.
    """
    assets = x.shape[1]
    words, spare = np.empty(assets, np.uint64), np.empty(assets, np.uint64)
    counts = np.empty((_PASSES, _BUCKETS), np.int32)
    for t in range(first, last):
        values, to = x[t], positions[t - first]
        bits = values.view(np.uint64)
        n = 0
        for j in range(assets):
            v = values[j]
            if v - v == 0.0:
                # Both zeros take the same bits: they are equal, so that the order of the assets decides.
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
        for i in range(n):
            to[i] = words[i] & _LOWER
        known[t - first] = n
