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
from numba import njit, types
from numpy.typing import NDArray

Floats = NDArray[np.float64]

VARIANCE, DEVIATION, SCORE = 0, 1, 2
_READ = types.Array(types.float64, 2, "C", readonly=True)  # writable arrays are taken too
_WRITTEN = types.Array(types.float64, 2, "C")
_SIGNATURE = (_READ, _WRITTEN, types.int64, types.int64, types.int64)


@njit(_SIGNATURE, cache=True, nogil=True, error_model="numpy")
def rolling_sum(x: Floats, out: Floats, window: int, first: int, last: int) -> None:
    """Sum of the last ``window`` sessions."""
    rows, width = x.shape[0], last - first
    suffix = np.empty((window, width))
    prefix = np.empty(width)
    for start in range(0, rows, window):
        end = min(start + window, rows)
        for t in range(start, end):
            k = t - start + 1
            for j in range(width):
                v = x[t, first + j]
                v += v - v
                prefix[j] = v if k == 1 else prefix[j] + v
            if k == window:
                for j in range(width):
                    out[t, first + j] = prefix[j]
            elif start == 0:
                for j in range(width):
                    out[t, first + j] = np.nan
            else:
                for j in range(width):
                    out[t, first + j] = suffix[k, j] + prefix[j]
        if end < rows:
            for i in range(window - 1, 0, -1):
                for j in range(width):
                    v = x[start + i, first + j]
                    v += v - v
                    suffix[i, j] = v if i == window - 1 else suffix[i + 1, j] + v


@njit(_SIGNATURE, cache=True, nogil=True, error_model="numpy")
def rolling_mean(x: Floats, out: Floats, window: int, first: int, last: int) -> None:
    """Mean of the last ``window`` sessions."""
    rows, width = x.shape[0], last - first
    suffix = np.empty((window, width))
    prefix = np.empty(width)
    for start in range(0, rows, window):
        end = min(start + window, rows)
        prefix[:] = 0.0
        for t in range(start, end):
            k = t - start + 1
            part = 1.0 / k
            for j in range(width):
                v = x[t, first + j]
                v += v - v
                prefix[j] += (v - prefix[j]) * part
            if k == window:
                for j in range(width):
                    out[t, first + j] = prefix[j]
            elif start == 0:
                for j in range(width):
                    out[t, first + j] = np.nan
            else:
                share = k / window
                for j in range(width):
                    out[t, first + j] = suffix[k, j] + (prefix[j] - suffix[k, j]) * share
        if end < rows:
            for i in range(window - 1, 0, -1):
                part = 1.0 / (window - i)
                for j in range(width):
                    v = x[start + i, first + j]
                    v += v - v
                    before = 0.0 if i == window - 1 else suffix[i + 1, j]
                    suffix[i, j] = before + (v - before) * part


@njit((*_SIGNATURE, types.int64), cache=True, nogil=True, error_model="numpy")
def rolling_spread(x: Floats, out: Floats, window: int, first: int, last: int, what: int) -> None:  # noqa: PLR0917 - numba takes no keywords here
    """Variance, standard deviation (ddof=1) or z-score of the last ``window`` sessions, by ``what``."""
    rows, width = x.shape[0], last - first
    suffix_mean, suffix_square = np.empty((window + 1, width)), np.empty((window + 1, width))
    mean, square = np.empty(width), np.empty(width)
    suffix_mean[window] = 0.0
    suffix_square[window] = 0.0
    for start in range(0, rows, window):
        end = min(start + window, rows)
        mean[:] = 0.0
        square[:] = 0.0
        for t in range(start, end):
            k = t - start + 1
            part, share, weight = 1.0 / k, k / window, k * ((window - k) / window)
            for j in range(width):
                v = x[t, first + j]
                v += v - v
                away = v - mean[j]
                mean[j] += away * part
                square[j] += away * (v - mean[j])
            if start == 0 and k < window:
                for j in range(width):
                    out[t, first + j] = np.nan
                continue
            for j in range(width):
                apart = mean[j] - suffix_mean[k, j] if k < window else 0.0
                variance = (suffix_square[k, j] + square[j] + apart * apart * weight) / (window - 1)
                if what == VARIANCE:
                    out[t, first + j] = variance
                elif what == DEVIATION:
                    out[t, first + j] = np.sqrt(variance)
                else:
                    centre = suffix_mean[k, j] + apart * share if k < window else mean[j]
                    deviation = np.sqrt(variance)
                    out[t, first + j] = (x[t, first + j] - centre) / deviation if deviation > 0.0 else np.nan
        if end < rows:
            for i in range(window - 1, 0, -1):
                part = 1.0 / (window - i)
                for j in range(width):
                    v = x[start + i, first + j]
                    v += v - v
                    away = v - suffix_mean[i + 1, j]
                    suffix_mean[i, j] = suffix_mean[i + 1, j] + away * part
                    suffix_square[i, j] = suffix_square[i + 1, j] + away * (v - suffix_mean[i, j])


@njit((*_SIGNATURE, types.float64), cache=True, nogil=True, error_model="numpy")
def rolling_extreme(x: Floats, out: Floats, window: int, first: int, last: int, sign: float) -> None:  # noqa: PLR0917
    """Least value of the last ``window`` sessions for ``sign`` 1, greatest for -1 (the least of ``-x``, turned back)."""
    rows, width = x.shape[0], last - first
    suffix = np.empty((window, width))
    prefix = np.empty(width)
    for start in range(0, rows, window):
        end = min(start + window, rows)
        for t in range(start, end):
            k = t - start + 1
            for j in range(width):
                v = x[t, first + j] * sign
                v += v - v
                p = prefix[j]
                prefix[j] = v if k == 1 or not (p <= v or np.isnan(p)) else p
            if k == window:
                for j in range(width):
                    out[t, first + j] = prefix[j] * sign
            elif start == 0:
                for j in range(width):
                    out[t, first + j] = np.nan
            else:
                for j in range(width):
                    s, p = suffix[k, j], prefix[j]
                    out[t, first + j] = (s if s <= p or np.isnan(s) else p) * sign
        if end < rows:
            for i in range(window - 1, 0, -1):
                for j in range(width):
                    v = x[start + i, first + j] * sign
                    v += v - v
                    s = v if i == window - 1 else suffix[i + 1, j]
                    suffix[i, j] = s if s <= v or np.isnan(s) else v
