"""Kernels within groups: each known asset is compared with the known assets of its own group on its session.

Groups are values: two assets are of one group when theirs are equal. ``number`` gives each distinct value of a session a slot,
0, 1, ..., in the order of the assets; the other kernels take slots. Sums run in the order of the assets, about the first known
value of the group, so that a group of equal values gives exactly 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alpha_bench.runtime import Floats, njit, types

Slots = NDArray[np.int32]

DEMEAN, SCORE, MEAN = 0, 1, 2
_READ = types.Array(types.float64, 2, "C", readonly=True)  # writable arrays are taken too
_WRITTEN = types.Array(types.float64, 2, "C")
_SLOTS = types.Array(types.int32, 2, "C")
_COUNTS = types.Array(types.int32, 1, "C")
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio: Knuth's multiplicative hash


@njit((_READ, _SLOTS, _COUNTS, types.int64, types.int64), cache=True, nogil=True, error_model="numpy")
def number(groups: Floats, slots: Slots, counts: Slots, first: int, last: int) -> None:
    """Slots (last - first, N) of sessions ``[first, last)``, -1 for no group; ``counts`` is how many slots each session has.

    A hash table with open addressing, at most half full. A session with the groups of the one before takes its slots.
    """
    assets = groups.shape[1]
    # A power of two, so that a place is the upper bits of a product and going round is a mask; twice the assets, so that a search
    # meets an empty place after about two steps.
    size, shift = 16, 60
    while size < 2 * assets:
        size, shift = size * 2, shift - 1
    keys, held = np.empty(size), np.empty(size, np.int32)
    for t in range(first, last):
        row = t - first
        # Sectors change a few times a year: comparing with the session before is one pass through memory that is in the cache.
        if row > 0:
            same = True
            for j in range(assets):
                if groups[t, j] != groups[t - 1, j] and not (
                    np.isnan(groups[t, j]) and np.isnan(groups[t - 1, j])
                ):
                    same = False
                    break
            if same:
                slots[row] = slots[row - 1]
                counts[row] = counts[row - 1]
                continue
        held[:] = -1
        count = 0
        for j in range(assets):
            v = groups[t, j] + 0.0  # one zero
            if v - v != 0.0:
                slots[row, j] = -1
                continue
            place = (np.float64(v).view(np.uint64) * _GOLDEN) >> np.uint64(shift)
            while held[place] >= 0 and keys[place] != v:
                place = (place + np.uint64(1)) & np.uint64(size - 1)
            if held[place] < 0:
                held[place], keys[place] = count, v
                count += 1
            slots[row, j] = held[place]
        counts[row] = count


@njit(
    (_READ, _SLOTS, _COUNTS, _WRITTEN, types.int64, types.int64, types.int64),
    cache=True,
    nogil=True,
    error_model="numpy",
)
def centre(x: Floats, slots: Slots, counts: Slots, out: Floats, first: int, last: int, what: int) -> None:  # noqa: PLR0917 - numba takes no keywords here
    """``x - mean``, ``(x - mean) / std`` (ddof=1), or the group's mean for each of its assets."""
    assets = x.shape[1]
    pivot, total, seen = np.empty(assets), np.empty(assets), np.empty(assets)
    for t in range(first, last):
        row, count = t - first, counts[t - first]
        # By slot, in the order of the assets: one pass for all groups, where one pass a group would be slow for many small ones.
        total[:count] = 0.0
        seen[:count] = 0.0
        for j in range(assets):
            v, g = x[t, j], slots[row, j]
            if g >= 0 and v - v == 0.0:
                if seen[g] == 0.0:
                    pivot[g] = v
                total[g] += v - pivot[g]
                seen[g] += 1.0
        for g in range(count):
            pivot[g] = pivot[g] + total[g] / seen[g] if seen[g] > 0.0 else np.nan
        if what == SCORE:
            total[:count] = 0.0
            for j in range(assets):
                v, g = x[t, j], slots[row, j]
                if g >= 0 and v - v == 0.0:
                    total[g] += (v - pivot[g]) * (v - pivot[g])
            for g in range(count):
                total[g] = np.sqrt(total[g] / (seen[g] - 1.0)) if seen[g] > 1.0 else 0.0
        for j in range(assets):
            v, g = x[t, j], slots[row, j]
            if g < 0 or (what != MEAN and v - v != 0.0):
                out[t, j] = np.nan
            elif what == MEAN:
                out[t, j] = pivot[g]
            elif what == DEMEAN:
                out[t, j] = v - pivot[g]
            else:
                out[t, j] = (v - pivot[g]) / total[g] if total[g] > 0.0 else np.nan
