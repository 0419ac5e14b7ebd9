"""Rolling least squares on time, and linearly decaying weights, by the two-stack method of :mod:`alpha_bench.kernels.rolling`.

Time is 0, 1, .. window - 1 within the window, so only the series has moments to keep: its mean, its sum of squares, and its
co-moment with time. One more session at either end of ``n - 1`` adds ``(n - 1) / 2`` of its distance from their mean to that (with
the sign of the end), and two parts of ``a`` and ``b`` sessions add ``a b / 2`` of the distance of their means: Chan's update with
time's own moments put in.
"""

from __future__ import annotations

import numpy as np

from alpha_bench.runtime import Floats, njit, types

SLOPE, FIT, RESIDUAL = 0, 1, 2
_READ = types.Array(types.float64, 2, "C", readonly=True)
_WRITTEN = types.Array(types.float64, 2, "C")
_SIGNATURE = (_READ, _WRITTEN, *[types.int64] * 3)


@njit(cache=True, nogil=True, error_model="numpy")
def _conclude(  # noqa: PLR0917 - numba takes no keywords here
    now: Floats, centre: Floats, total: Floats, to: Floats, times: float, n: float, what: int
) -> None:
    """The statistic from today's values, the window's means and sums of squares, and its sums of products with time, in ``to``."""
    if what == SLOPE:
        for j in range(len(to)):
            to[j] /= times
    elif what == FIT:
        for j in range(len(to)):
            fit = min(to[j] * (to[j] / times) / total[j], 1.0)
            to[j] = fit if total[j] > 0.0 else np.nan
    else:
        for j in range(len(to)):
            to[j] = (now[j] - centre[j]) - to[j] / times * ((n - 1.0) / 2.0)


@njit((*_SIGNATURE, types.int64), cache=True, nogil=True, error_model="numpy")
def rolling_trend(x: Floats, out: Floats, window: int, first: int, last: int, what: int) -> None:  # noqa: PLR0917 - numba
    """Slope a session, R squared, or today's residual of least squares on time, by ``what``."""
    rows, width = x.shape[0], last - first
    # Row `window` stays zero: the older part, where the block is the whole window.
    suffix = np.zeros((window + 1, 3, width))
    prefix, centre, total = np.empty((3, width)), np.empty(width), np.empty(width)
    m, square, tilt = prefix[0], prefix[1], prefix[2]
    n = float(window)
    times = n * (n * n - 1.0) / 12.0  # the sum of squares of time about its mean
    for start in range(0, rows, window):
        end = min(start + window, rows)
        prefix[:] = 0.0
        for t in range(start, end):
            k = t - start + 1
            now, to, old = x[t, first:last], out[t, first:last], suffix[k]
            part, weight, lean = 1.0 / k, (k - 1.0) / k, (k - 1.0) / 2.0
            for j in range(width):
                v = now[j]
                away = v + (v - v) - m[j]  # v - v is NaN for an infinite value, which so counts as missing
                m[j] += away * part
                square[j] += away * away * weight
                tilt[j] += away * lean
            if t + 1 < window:
                to[:] = np.nan
                continue
            share, weight, lean = k / window, k * ((window - k) / window), k * (window - k) / 2.0
            for j in range(width):
                apart = m[j] - old[0, j]
                centre[j] = old[0, j] + apart * share
                total[j] = old[1, j] + square[j] + apart * apart * weight
                to[j] = old[2, j] + tilt[j] + apart * lean
            _conclude(now, centre, total, to, times, n, what)
        if end < rows:
            for i in range(window - 1, 0, -1):
                k = window - i
                now, after, older = x[start + i, first:last], suffix[i + 1], suffix[i]
                part, weight, lean = 1.0 / k, (k - 1.0) / k, (k - 1.0) / 2.0
                for j in range(width):
                    v = now[j]
                    away = v + (v - v) - after[0, j]
                    older[0, j] = after[0, j] + away * part
                    older[1, j] = after[1, j] + away * away * weight
                    older[2, j] = after[2, j] - away * lean


@njit(_SIGNATURE, cache=True, nogil=True, error_model="numpy")
def rolling_decay(x: Floats, out: Floats, window: int, first: int, last: int) -> None:
    """Mean with weights 1, 2, .. window, today's the greatest.

    Kept of each part: its mean, and its mean with weights 1, 2, .. from its own first session. As a part that begins later in the
    window has weights that are greater by a constant, its share is split between the two.
    """
    rows, width = x.shape[0], last - first
    suffix = np.zeros((window + 1, 2, width))
    prefix = np.empty((2, width))
    plain, decayed = prefix[0], prefix[1]
    whole = window * (window + 1.0) / 2.0
    # Means, not sums: a constant series then gives the constant, whatever the weights add up to.
    for start in range(0, rows, window):
        end = min(start + window, rows)
        prefix[:] = 0.0
        for t in range(start, end):
            k = t - start + 1
            now, to, old = x[t, first:last], out[t, first:last], suffix[k]
            known = t + 1 >= window
            part, last_part = 1.0 / k, 2.0 / (k + 1.0)
            lifted, own = (window - k) * k / whole, k * (k + 1.0) / 2.0 / whole
            for j in range(width):
                v = now[j]
                v += v - v
                p = plain[j] + (v - plain[j]) * part
                d = decayed[j] + (v - decayed[j]) * last_part
                plain[j], decayed[j] = p, d
                base = old[1, j]
                to[j] = base + (p - base) * lifted + (d - base) * own if known else np.nan
        if end < rows:
            for i in range(window - 1, 0, -1):
                now, after, older = x[start + i, first:last], suffix[i + 1], suffix[i]
                part, all_part = 1.0 / (window - i), 2.0 / (window - i + 1.0)
                for j in range(width):
                    v = now[j]
                    p = after[0, j] + (v + (v - v) - after[0, j]) * part
                    older[0, j] = p
                    older[1, j] = after[1, j] + (p - after[1, j]) * all_part
