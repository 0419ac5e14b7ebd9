"""What is made from the order of a session (see ``order``): ranks, buckets, extremes, limits. Sessions ``[first, last)``.

``positions`` is (last - first, N), the known assets of each session from least to greatest; ``known`` says how many they are.
Quantiles are linear between neighbours: at place ``(n - 1) q`` of the sorted values, as numpy and pandas have it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alpha_bench.runtime import Floats, njit, types

Positions = NDArray[np.int32]

QUANTILE, DEVIATIONS, ABSOLUTE = 0, 1, 2
_NORMAL = 1.482602218505602  # the standard deviation of a normal distribution in median absolute deviations
_READ = types.Array(types.float64, 2, "C", readonly=True)  # writable arrays are taken too
_WRITTEN = types.Array(types.float64, 2, "C")
_ORDER = types.Array(types.int32, 2, "C")
_COUNTS = types.Array(types.int32, 1, "C")
_SIGNATURE = (_READ, _ORDER, _COUNTS, _WRITTEN, types.int64, types.int64)


@njit(_SIGNATURE, cache=True, nogil=True, error_model="numpy")
def rank(x: Floats, positions: Positions, known: Positions, out: Floats, first: int, last: int) -> None:  # noqa: PLR0917 - numba takes no keywords here
    """Rank over the number of known assets, ties averaged."""
    for t in range(first, last):
        values, n, to = x[t], known[t - first], out[t]
        at = positions[t - first].view(np.uint32)  # so that no position is looked at as one from the end
        to[:] = np.nan
        if n == 0:
            continue
        # Runs of equal values: a run of one, which is nearly every run, is written at once.
        begin, here = 0, values[at[0]]
        for i in range(1, n):
            v = values[at[i]]
            if v == here:
                continue
            if i - begin == 1:
                to[at[begin]] = i / n
            else:
                shared = (begin + 1 + i) / 2 / n
                for same in range(begin, i):
                    to[at[same]] = shared
            begin, here = i, v
        shared = (begin + 1 + n) / 2 / n
        for same in range(begin, n):
            to[at[same]] = shared


@njit(cache=True, nogil=True)
def _between(low: float, high: float, share: float) -> float:
    """The number ``share`` of the way from ``low`` to ``high``, exact at both ends."""
    # From the nearer end, as numpy does: the other formula misses the far end by a rounding, and a value equal to an edge would
    # fall into the next bucket.
    step = high - low
    return high - step * (1.0 - share) if share >= 0.5 else low + step * share


@njit((*_SIGNATURE, types.int64), cache=True, nogil=True, error_model="numpy")
def bucket(  # noqa: PLR0917 - numba takes no keywords here
    x: Floats, positions: Positions, known: Positions, out: Floats, first: int, last: int, bins: int
) -> None:
    """1 to ``bins``: one more than the number of inner edges below the value. Edge ``k`` is the quantile ``k / bins``."""
    for t in range(first, last):
        at, n, to = positions[t - first], known[t - first], out[t]
        to[:] = np.nan
        i = 0
        for k in range(1, bins + 1):
            if k == bins or n == 0:
                edge = np.inf
            else:
                # In whole numbers: (n - 1) * (k / bins) may round to just beside the asset that is the edge.
                place, rest = (n - 1) * k // bins, (n - 1) * k % bins
                edge = x[t, at[place]]
                if rest > 0:
                    edge = _between(edge, x[t, at[place + 1]], rest / bins)
            while i < n and x[t, at[i]] <= edge:
                to[at[i]] = k
                i += 1


@njit((*_SIGNATURE, types.int64, types.int64), cache=True, nogil=True, error_model="numpy")
def extreme(  # noqa: PLR0917 - numba takes no keywords here
    x: Floats,
    positions: Positions,
    known: Positions,
    out: Floats,
    first: int,
    last: int,
    count: int,
    greatest: int,
) -> None:
    """1.0 for the ``count`` greatest or least and ties with the last of them, 0.0 for the others."""
    assets = x.shape[1]
    for t in range(first, last):
        at, n, to = positions[t - first], known[t - first], out[t]
        bound = 0.0
        if n > 0:
            bound = x[t, at[max(n - count, 0)]] if greatest else x[t, at[min(count, n) - 1]]
        for j in range(assets):
            v = x[t, j]
            if v - v == 0.0:
                to[j] = 1.0 if (v >= bound if greatest else v <= bound) else 0.0
            else:
                to[j] = np.nan


@njit((_READ, _ORDER, types.int64, types.int64, types.int64, types.float64), cache=True, nogil=True)
def _quantile(x: Floats, positions: Positions, t: int, row: int, n: int, q: float) -> float:  # noqa: PLR0917
    place = (n - 1) * q
    whole = int(place)
    low = x[t, positions[row, whole]]
    return _between(low, x[t, positions[row, min(whole + 1, n - 1)]], place - whole)


@njit((_READ, _ORDER, types.int64, types.int64, types.int64), cache=True, nogil=True)
def _median_distance(x: Floats, positions: Positions, t: int, row: int, n: int) -> float:
    """The median of the distances to the median: the two sorted halves are walked outward together."""
    # The distances of either half are sorted already: merging them needs no sort, and no array.
    middle = _quantile(x, positions, t, row, n, 0.5)
    above = 0
    while above < n and x[t, positions[row, above]] < middle:
        above += 1
    below = above - 1
    before, now = 0.0, 0.0
    for _ in range(n // 2 + 1):
        up = x[t, positions[row, above]] - middle if above < n else np.inf
        down = middle - x[t, positions[row, below]] if below >= 0 else np.inf
        before = now
        if up <= down:
            now = up
            above += 1
        else:
            now = down
            below -= 1
    return now if n % 2 == 1 else _between(before, now, 0.5)


@njit((_READ, _ORDER, types.int64, types.int64, types.int64), cache=True, nogil=True)
def _moments(x: Floats, positions: Positions, t: int, row: int, n: int) -> tuple[float, float]:
    """Mean and standard deviation (ddof=1), summed from the least value to the greatest, about the least."""
    pivot = x[t, positions[row, 0]]
    total = 0.0
    for i in range(n):
        total += x[t, positions[row, i]] - pivot
    mean = pivot + total / n
    square = 0.0
    for i in range(n):
        away = x[t, positions[row, i]] - mean
        square += away * away
    return mean, np.sqrt(square / (n - 1)) if n > 1 else 0.0


@njit((*_SIGNATURE, types.float64, types.int64), cache=True, nogil=True, error_model="numpy")
def limited(  # noqa: PLR0917 - numba takes no keywords here
    x: Floats,
    positions: Positions,
    known: Positions,
    out: Floats,
    first: int,
    last: int,
    limit: float,
    by: int,
) -> None:
    """``x`` drawn to two limits: its quantiles, or so many deviations from its mean or its median."""
    assets = x.shape[1]
    for t in range(first, last):
        n, row = known[t - first], t - first
        out[t] = np.nan
        if n == 0:
            continue
        if by == QUANTILE:
            low, high = (
                _quantile(x, positions, t, row, n, limit),
                _quantile(x, positions, t, row, n, 1.0 - limit),
            )
        elif by == DEVIATIONS:
            centre, spread = _moments(x, positions, t, row, n)
            low, high = centre - limit * spread, centre + limit * spread
        else:
            centre = _quantile(x, positions, t, row, n, 0.5)
            spread = _median_distance(x, positions, t, row, n) * _NORMAL
            low, high = centre - limit * spread, centre + limit * spread
        for j in range(assets):
            v = x[t, j]
            if v - v == 0.0:
                # -0.0 becomes 0.0: which of the two a limit is depends on the order of equal assets.
                out[t, j] = min(max(v, low), high) + 0.0


@njit((*_SIGNATURE, _ORDER, _COUNTS), cache=True, nogil=True, error_model="numpy")
def rank_in_groups(  # noqa: PLR0917 - numba takes no keywords here
    x: Floats,
    positions: Positions,
    known: Positions,
    out: Floats,
    first: int,
    last: int,
    slots: Positions,
    groups: Positions,
) -> None:
    """Rank over the number of known assets of the asset's own group, ties averaged; see ``groups.number`` for ``slots``."""
    assets = x.shape[1]
    ordered, ends = np.empty(assets, np.int32), np.empty(assets + 1, np.int32)
    for t in range(first, last):
        row, to = t - first, out[t]
        at, n, count = positions[row], known[row], groups[row]
        to[:] = np.nan
        # A counting sort by group keeps the order within each: the session is sorted once, not once a group.
        ends[: count + 1] = 0
        for i in range(n):
            slot = slots[row, at[i]]
            if slot >= 0:
                ends[slot + 1] += 1
        for g in range(count):
            ends[g + 1] += ends[g]
        for i in range(n):  # afterwards ends[g] is where group g ends
            slot = slots[row, at[i]]
            if slot >= 0:
                ordered[ends[slot]] = at[i]
                ends[slot] += 1
        start = 0
        for g in range(count):
            end = ends[g]
            i = start
            while i < end:
                k = i + 1
                while k < end and x[t, ordered[k]] == x[t, ordered[i]]:
                    k += 1
                shared = (i + 1 + k - 2 * start) / 2 / (end - start)
                for same in range(i, k):
                    to[ordered[same]] = shared
                i = k
            start = end
