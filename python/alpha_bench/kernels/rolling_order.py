"""Rolling statistics of order and of presence: exact, so nothing depends on where the data begins.

Quantiles keep each window sorted; ranks are counted by comparing today with every session of the window. Both take as many steps as
the window has sessions, each over many assets at once and without a branch: up to some hundred sessions that is faster than a tree
or a heap. ``v + 0.0`` makes both zeros one, so that ties have the same bits whichever came first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alpha_bench._numba import njit, types

Floats = NDArray[np.float64]

_READ = types.Array(types.float64, 2, "C", readonly=True)
_WRITTEN = types.Array(types.float64, 2, "C")
_SIGNATURE = (_READ, _WRITTEN, *[types.int64] * 3)


@njit((*_SIGNATURE, types.float64), cache=True, nogil=True, error_model="numpy")
def rolling_quantile(x: Floats, out: Floats, window: int, first: int, last: int, q: float) -> None:  # noqa: PLR0917 - numba
    """The ``q`` quantile of the last ``window`` sessions, between the two nearest in proportion.

    The windows are kept sorted, a missing value as the greatest. Without the value that leaves, place ``i`` holds what it held if
    that is less, else what the next place held; with today's value it holds the middle one of what the places ``i - 1`` and ``i``
    hold then, and today's. There is no branch in it, so it is done for many assets at once.
    """
    rows, width = x.shape[0], last - first
    place = q * (window - 1)
    low = int(np.floor(place))
    high, part = min(low + 1, window - 1), place - low
    kept = np.full((window + 1, width), np.inf)
    gone, new, lower = np.full(width, np.inf), np.empty(width), np.empty(width)
    unknown = np.full(width, -1, np.int64)  # the last session on which the value was missing
    for t in range(rows):
        now, to = x[t, first:last], out[t, first:last]
        for j in range(width):
            v = now[j] + 0.0
            known = v - v == 0.0
            new[j] = v if known else np.inf
            unknown[j] = unknown[j] if known else t
            lower[j] = -np.inf
        if t >= window:
            then = x[t - window, first:last]
            for j in range(width):
                v = then[j] + 0.0
                gone[j] = v if v - v == 0.0 else np.inf
        for i in range(window):
            here, following = kept[i], kept[i + 1]
            for j in range(width):
                b = here[j] if here[j] < gone[j] else following[j]
                c = min(new[j], b)
                here[j] = max(lower[j], c)
                lower[j] = b
        a, b = kept[low], kept[high]
        for j in range(width):
            to[j] = a[j] + (b[j] - a[j]) * part if t - unknown[j] >= window else np.nan


@njit(_SIGNATURE, cache=True, nogil=True, error_model="numpy")
def rolling_rank(x: Floats, out: Floats, window: int, first: int, last: int) -> None:
    """Rank of today among the last ``window`` sessions over ``window``; ties take their average."""
    rows, width = x.shape[0], last - first
    unknown = np.full(width, -1, np.int64)  # the last session on which the value was missing
    for t in range(rows):
        now, to = x[t, first:last], out[t, first:last]
        for j in range(width):
            unknown[j] = unknown[j] if now[j] - now[j] == 0.0 else t
            to[j] = 2.0
        for past in range(max(t - window + 1, 0), t):
            then = x[past, first:last]
            for j in range(width):
                v, w = now[j], then[j]
                to[j] += (1.0 if w < v else 0.0) + (1.0 if w <= v else 0.0)
        for j in range(width):
            to[j] = to[j] * 0.5 / window if t - unknown[j] >= window else np.nan


@njit((*_SIGNATURE, types.float64), cache=True, nogil=True, error_model="numpy")
def rolling_since(x: Floats, out: Floats, window: int, first: int, last: int, sign: float) -> None:  # noqa: PLR0917
    """Sessions since the least value of the window for ``sign`` 1, the greatest for -1; of equal ones the first.

    Two stacks of the least value and of its session. Which value is the least does not depend on the order of comparisons, so
    blocks may begin anywhere.
    """
    rows, width = x.shape[0], last - first
    suffix, since = np.full((window + 1, width), np.inf), np.zeros((window + 1, width))
    prefix, when = np.empty(width), np.empty(width)
    for start in range(0, rows, window):
        end = min(start + window, rows)
        prefix[:] = np.inf
        when[:] = start
        for t in range(start, end):
            now, to, before, its = (
                x[t, first:last],
                out[t, first:last],
                suffix[t - start + 1],
                since[t - start + 1],
            )
            session, known = float(t), t + 1 >= window
            for j in range(width):
                v = now[j] * sign
                v += v - v
                keep = prefix[j] <= v or np.isnan(prefix[j])
                prefix[j] = prefix[j] if keep else v
                when[j] = when[j] if keep else session
            for j in range(width):
                p, s = prefix[j], before[j]
                older = t - start + 1 < window and s <= p
                missing = np.isnan(p) or np.isnan(s)
                to[j] = session - (its[j] if older else when[j]) if known and not missing else np.nan
        if end < rows:
            for i in range(window - 1, 0, -1):
                now, after, to = x[start + i, first:last], suffix[i + 1], suffix[i]
                its, session = since[i + 1], float(start + i)
                mine = since[i]
                for j in range(width):
                    v = now[j] * sign
                    v += v - v
                    s = after[j]
                    keep = s < v or np.isnan(s)
                    to[j] = s if keep else v
                    mine[j] = its[j] if keep else session


@njit(_SIGNATURE, cache=True, nogil=True, error_model="numpy")
def rolling_count(x: Floats, out: Floats, window: int, first: int, last: int) -> None:
    """Sessions of the last ``window`` on which the value is known. Whole numbers: adding and taking away is exact."""
    rows, width = x.shape[0], last - first
    known = np.zeros(width)
    for t in range(rows):
        now, to = x[t, first:last], out[t, first:last]
        for j in range(width):
            known[j] += 1.0 if now[j] - now[j] == 0.0 else 0.0
        if t >= window:
            gone = x[t - window, first:last]
            for j in range(width):
                known[j] -= 1.0 if gone[j] - gone[j] == 0.0 else 0.0
        for j in range(width):
            to[j] = known[j] if t + 1 >= window else np.nan


@njit(_SIGNATURE, cache=True, nogil=True, error_model="numpy")
def last_known(x: Floats, out: Floats, limit: int, first: int, last: int) -> None:
    """The value, or the last known one of at most ``limit`` sessions ago."""
    rows, width = x.shape[0], last - first
    value, age = np.full(width, np.nan), np.zeros(width)
    for t in range(rows):
        now, to = x[t, first:last], out[t, first:last]
        for j in range(width):
            fresh = now[j] - now[j] == 0.0
            value[j] = now[j] if fresh else value[j]
            age[j] = 0.0 if fresh else age[j] + 1.0
            to[j] = value[j] if age[j] <= limit else np.nan
