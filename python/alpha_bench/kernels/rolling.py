"""Rolling statistics by the two-stack method (van Herk 1992, Gil and Werman 1993): nothing is ever subtracted from a sum.

The sessions are cut into blocks as long as the window. The window that ends at ``t`` is then the end of one block and the
beginning of the next, and its statistic is the merge of two: that of the block's end (``suffix``, made once a block, backward) and
that of the next block's beginning (``prefix``, made as ``t`` goes on). Means and sums of squares merge by the update of Chan,
Golub and LeVeque (1983). So a value is made from the sessions of its own window only: it has the same bits whatever follows, a
constant gives exactly 0 for its deviation, and nothing is left of a spike when it has left the window.

``v + (v - v)`` is ``v`` for a finite value and NaN for an infinite one: both kinds of missing value are one from there on, and
NaN goes through every merge by itself. Each kernel works on the columns ``[first, last)``; the inner loops run across assets, so
the compiler vectorises them without changing any order of summation.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alpha_bench.runtime import Floats, njit, types

Row = NDArray[np.float64]

VARIANCE, DEVIATION, SCORE = 0, 1, 2
_READ = types.Array(types.float64, 2, "C", readonly=True)  # writable arrays are taken too
_WRITTEN = types.Array(types.float64, 2, "C")
_ROW = types.Array(types.float64, 1, "C")
_SIGNATURE = (_READ, _WRITTEN, *[types.int64] * 3)
# How every kernel is compiled. With types: when its module is imported, so that no first call is slow. ``cache``: compiling takes
# seconds. ``nogil``: the threads that walk the tiles are threads of one process. ``error_model="numpy"``: a division by 0 gives
# infinity or NaN, where Python's error would be a branch in the loop. Never ``fastmath``: it reorders sums and forgets NaN.


@njit(_SIGNATURE, cache=True, nogil=True, error_model="numpy")
def rolling_sum(x: Floats, out: Floats, window: int, first: int, last: int) -> None:
    """Sum of the last ``window`` sessions."""
    rows, width = x.shape[0], last - first
    # Row ``i`` holds what sessions ``i ..`` of the block before give; row ``window`` stays empty, for the window that is a block.
    # Zeros at first: of sessions before the first there is nothing, and what they would give is not asked for.
    suffix = np.zeros((window + 1, width))
    prefix = np.empty(width)
    # Blocks begin at multiples of the window, counted from session 0. A computation that begins at another such multiple has the
    # same blocks, and so the same bits: this is why a day more costs a day.
    for start in range(0, rows, window):
        end = min(start + window, rows)
        prefix[:] = 0.0
        for t in range(start, end):
            now, to, before = x[t, first:last], out[t, first:last], suffix[t - start + 1]
            known = t + 1 >= window  # the same for all assets: a branch here, and none in the loop
            for j in range(width):
                v = now[j]
                prefix[j] += v + (v - v)
                to[j] = before[j] + prefix[j] if known else np.nan
        if end < rows:  # no window reaches back into the last block
            # From the end, when the block is over: each row is the next one and one session more, so nothing is summed twice.
            for i in range(window - 1, 0, -1):
                now, after, to = x[start + i, first:last], suffix[i + 1], suffix[i]
                for j in range(width):
                    v = now[j]
                    to[j] = after[j] + (v + (v - v))


@njit((*_SIGNATURE, _ROW, _ROW, _ROW), cache=True, nogil=True, error_model="numpy")
def rolling_mean(  # noqa: PLR0917 - numba takes no keywords here
    x: Floats,
    out: Floats,
    window: int,
    first: int,
    last: int,
    newest: Row,
    oldest: Row,
    newer: Row,
) -> None:
    """Weighted mean of the last ``window`` sessions, whose weights are in what share each part has when it joins.

    ``newest[k]`` and ``oldest[k]`` are the shares of the last and of the first of ``k`` sessions in their mean, ``newer[k]`` that of
    the last ``k`` sessions in the mean of the window. All are ``1/k`` and ``k/window`` for the plain mean.
    """
    rows, width = x.shape[0], last - first
    suffix = np.zeros((window + 1, width))
    prefix = np.empty(width)
    for start in range(0, rows, window):
        end = min(start + window, rows)
        prefix[:] = 0.0
        for t in range(start, end):
            k = t - start + 1
            now, to, before = x[t, first:last], out[t, first:last], suffix[k]
            part, share = (
                newest[k],
                newer[k],
            )  # from tables: those of `ts.ewm` are no simple function of k, and it is the same loop
            known = t + 1 >= window
            for j in range(width):
                v = now[j]
                p = prefix[j]
                p += (v + (v - v) - p) * part
                prefix[j] = p
                to[j] = before[j] + (p - before[j]) * share if known else np.nan
        if end < rows:
            for i in range(window - 1, 0, -1):
                now, after, to = x[start + i, first:last], suffix[i + 1], suffix[i]
                part = oldest[window - i]
                for j in range(width):
                    v = now[j]
                    to[j] = after[j] + (v + (v - v) - after[j]) * part


@njit(_SIGNATURE, cache=True, nogil=True, error_model="numpy")
def rolling_product(x: Floats, out: Floats, window: int, first: int, last: int) -> None:
    """Product of the last ``window`` sessions."""
    rows, width = x.shape[0], last - first
    suffix = np.ones((window + 1, width))
    prefix = np.empty(width)
    for start in range(0, rows, window):
        end = min(start + window, rows)
        prefix[:] = 1.0
        for t in range(start, end):
            now, to, before = x[t, first:last], out[t, first:last], suffix[t - start + 1]
            known = t + 1 >= window
            for j in range(width):
                v = now[j]
                prefix[j] *= v + (v - v)
                to[j] = before[j] * prefix[j] if known else np.nan
        if end < rows:
            for i in range(window - 1, 0, -1):
                now, after, to = x[start + i, first:last], suffix[i + 1], suffix[i]
                for j in range(width):
                    v = now[j]
                    to[j] = after[j] * (v + (v - v))


@njit((*_SIGNATURE, types.int64), cache=True, nogil=True, error_model="numpy")
def rolling_spread(x: Floats, out: Floats, window: int, first: int, last: int, what: int) -> None:  # noqa: PLR0917 - numba takes no keywords here
    """Variance, standard deviation (ddof=1) or z-score of the last ``window`` sessions, by ``what``."""
    rows, width = x.shape[0], last - first
    suffix_mean, suffix_square = np.zeros((window + 1, width)), np.zeros((window + 1, width))
    mean, square, centre = np.empty(width), np.empty(width), np.empty(width)
    scale = 1.0 / (window - 1)
    for start in range(0, rows, window):
        end = min(start + window, rows)
        mean[:] = 0.0
        square[:] = 0.0
        for t in range(start, end):
            k = t - start + 1
            now, to = x[t, first:last], out[t, first:last]
            old_mean, old_square = suffix_mean[k], suffix_square[k]
            part, share, weight = 1.0 / k, k / window, k * ((window - k) / window)
            for j in range(width):
                v = now[j]
                away = v + (v - v) - mean[j]
                m = mean[j] + away * part
                square[j] += away * (v - m)
                mean[j] = m
                apart = m - old_mean[j]
                centre[j] = old_mean[j] + apart * share
                to[j] = (old_square[j] + square[j] + apart * apart * weight) * scale
            # Roots and divisions in loops of their own: the loop above is then additions and multiplications alone.
            if t + 1 < window:
                to[:] = np.nan
            elif what == DEVIATION:
                for j in range(width):
                    to[j] = np.sqrt(to[j])
            elif what == SCORE:
                for j in range(width):
                    v, square_j = now[j] - centre[j], to[j]
                    v /= np.sqrt(square_j)
                    to[j] = v if square_j > 0.0 else np.nan
        if end < rows:
            for i in range(window - 1, 0, -1):
                part = 1.0 / (window - i)
                now, to, to_square = x[start + i, first:last], suffix_mean[i], suffix_square[i]
                after_mean, after_square = suffix_mean[i + 1], suffix_square[i + 1]
                for j in range(width):
                    v = now[j]
                    away = v + (v - v) - after_mean[j]
                    m = after_mean[j] + away * part
                    to[j] = m
                    to_square[j] = after_square[j] + away * (v - m)


@njit((*_SIGNATURE, types.float64), cache=True, nogil=True, error_model="numpy")
def rolling_extreme(  # noqa: PLR0917
    x: Floats, out: Floats, window: int, first: int, last: int, sign: float
) -> None:
    """Least value of the last ``window`` sessions for ``sign`` 1, greatest for -1 (the least of ``-x``, turned back)."""
    rows, width = x.shape[0], last - first
    suffix = np.full((window + 1, width), np.inf)
    prefix = np.empty(width)
    for start in range(0, rows, window):
        end = min(start + window, rows)
        prefix[:] = np.inf
        for t in range(start, end):
            now, to, before = x[t, first:last], out[t, first:last], suffix[t - start + 1]
            known = t + 1 >= window
            for j in range(width):
                v = now[j] * sign
                v += v - v
                p, s = prefix[j], before[j]
                # Not `min`: a missing value has to stay once it is in a window, and `min` of NaN depends on the order.
                p = p if p <= v or np.isnan(p) else v
                prefix[j] = p
                to[j] = (s if s <= p or np.isnan(s) else p) * sign if known else np.nan
        if end < rows:
            for i in range(window - 1, 0, -1):
                now, after, to = x[start + i, first:last], suffix[i + 1], suffix[i]
                for j in range(width):
                    v = now[j] * sign
                    v += v - v
                    s = after[j]
                    to[j] = s if s <= v or np.isnan(s) else v
