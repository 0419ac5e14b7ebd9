"""Rolling statistics of order and of presence: exact, so nothing depends on where the data begins.

Quantiles keep each window sorted; ranks are counted by comparing today with every session of the window. Both take as many steps as
the window has sessions, each over many assets at once and without a branch: up to some hundred sessions that is faster than a tree
or a heap. What a choice is made between is read before it (``b = h if .. else f``): only then does the compiler vectorise it.
``v + 0.0`` makes both zeros one, so that ties have the same bits whichever came first.
"""

from __future__ import annotations

import numpy as np

from alpha_bench.runtime import Floats, njit, types

_READ = types.Array(types.float64, 2, "C", readonly=True)
_WRITTEN = types.Array(types.float64, 2, "C")
_SIGNATURE = (_READ, _WRITTEN, *[types.int64] * 3)


@njit(cache=True, nogil=True, error_model="numpy")
def _settled(here: float, following: float, gone: float, new: float, lower: float) -> tuple[float, float]:
    """What a place of the sorted window holds next, and what it would hold without ``new``; ``lower`` is that of the place below."""
    b = here if here < gone else following
    c = b if b < new else new  # noqa: FURB136 - min and max would look for NaN
    return (c if c > lower else lower), b  # noqa: FURB136


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
    # One row more than the window, always infinite: the place above the last one, so that the last needs no case of its own.
    kept = np.full((window + 1, width), np.inf)
    gone, new, lower = np.full(width, np.inf), np.empty(width), np.empty(width)
    unknown = np.full(width, -1, np.int64)  # the last session on which the value was missing
    for t in range(rows):
        now, to = x[t, first:last], out[t, first:last]
        for j in range(width):
            v = now[j] + 0.0
            known, before = v - v == 0.0, unknown[j]
            new[j] = v if known else np.inf
            unknown[j] = before if known else t
            lower[j] = -np.inf
        if t >= window:
            then = x[t - window, first:last]
            for j in range(width):
                v = then[j] + 0.0
                gone[j] = v if v - v == 0.0 else np.inf
        i = 0
        while i + 4 <= window:  # four places at a time: what the lower one held stays in a register
            p0, p1, p2, p3, p4 = kept[i], kept[i + 1], kept[i + 2], kept[i + 3], kept[i + 4]
            for j in range(width):
                g, v, b = gone[j], new[j], lower[j]
                h0, h1, h2, h3, h4 = p0[j], p1[j], p2[j], p3[j], p4[j]
                p0[j], b = _settled(h0, h1, g, v, b)
                p1[j], b = _settled(h1, h2, g, v, b)
                p2[j], b = _settled(h2, h3, g, v, b)
                p3[j], b = _settled(h3, h4, g, v, b)
                lower[j] = b
            i += 4
        while i < window:
            p0, p1 = kept[i], kept[i + 1]
            for j in range(width):
                p0[j], lower[j] = _settled(p0[j], p1[j], gone[j], new[j], lower[j])
            i += 1
        a, b = kept[low], kept[high]
        for j in range(width):
            to[j] = a[j] + (b[j] - a[j]) * part if t - unknown[j] >= window else np.nan


@njit(_SIGNATURE, cache=True, nogil=True, error_model="numpy")
def rolling_rank(x: Floats, out: Floats, window: int, first: int, last: int) -> None:
    """Rank of today among the last ``window`` sessions over ``window``; ties take their average.

    Counted twice: the sessions with less, and those with as much or less, so that a tie counts one half of two.
    """
    rows, width = x.shape[0], last - first
    unknown = np.full(width, -1, np.int64)  # the last session on which the value was missing
    for t in range(rows):
        now, to = x[t, first:last], out[t, first:last]
        for j in range(width):
            before = unknown[j]
            unknown[j] = before if now[j] - now[j] == 0.0 else t
            to[j] = 2.0  # today itself: a place of 1, counted twice as all are
        past = max(t - window + 1, 0)
        while past + 4 <= t:  # four at a time: the count so far is read and written once for them
            a, b, c, d = (
                x[past, first:last],
                x[past + 1, first:last],
                x[past + 2, first:last],
                x[past + 3, first:last],
            )
            for j in range(width):
                v = now[j]
                less = (1.0 if a[j] < v else 0.0) + (1.0 if a[j] <= v else 0.0)
                less += (1.0 if b[j] < v else 0.0) + (1.0 if b[j] <= v else 0.0)
                less += (1.0 if c[j] < v else 0.0) + (1.0 if c[j] <= v else 0.0)
                less += (1.0 if d[j] < v else 0.0) + (1.0 if d[j] <= v else 0.0)
                to[j] += less
            past += 4
        while past < t:
            a = x[past, first:last]
            for j in range(width):
                v = now[j]
                to[j] += (1.0 if a[j] < v else 0.0) + (1.0 if a[j] <= v else 0.0)
            past += 1
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
            k, session = t - start + 1, float(t)
            now, to, before, its = x[t, first:last], out[t, first:last], suffix[k], since[k]
            for j in range(width):
                v, p, at = now[j] * sign, prefix[j], when[j]
                v += v - v
                less = (v < p) | np.isnan(v)
                prefix[j] = v if less else p
                when[j] = session if less else at
            if t + 1 < window:
                to[:] = np.nan
            elif k == window:  # the window is this block: there is no older part to be compared with
                for j in range(width):
                    p = prefix[j]
                    to[j] = session - when[j] + (p - p)
            else:
                for j in range(width):
                    p, s, at, older = prefix[j], before[j], when[j], its[j]
                    to[j] = session - (older if s <= p else at) + ((p - p) + (s - s))
        if end < rows:
            for i in range(window - 1, 0, -1):
                now, after, to = x[start + i, first:last], suffix[i + 1], suffix[i]
                its, mine, session = since[i + 1], since[i], float(start + i)
                for j in range(width):
                    v, s, older = now[j] * sign, after[j], its[j]
                    v += v - v
                    keep = (s < v) | np.isnan(s)
                    to[j] = s if keep else v
                    mine[j] = older if keep else session


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
            v, last_value, older = now[j], value[j], age[j] + 1.0
            fresh = v - v == 0.0
            last_value, older = v if fresh else last_value, 0.0 if fresh else older
            value[j], age[j] = last_value, older
            to[j] = last_value if older <= limit else np.nan
