"""Rolling statistics of two series: covariance, correlation, slope and residual, by the two-stack method.

Co-moments join as Chan, Golub and LeVeque (1983) join sums of squares. A product of deviations is taken once and weighted, so that
``x`` and ``y`` may change places without changing a bit, and a series is correlated with itself by exactly 1.
"""

from __future__ import annotations

import numpy as np

from alpha_bench.runtime import Floats, njit, types

Five = tuple[float, float, float, float, float]

COVARIANCE, CORRELATION, SLOPE, RESIDUAL = 0, 1, 2, 3
_READ = types.Array(types.float64, 2, "C", readonly=True)
_WRITTEN = types.Array(types.float64, 2, "C")
_SIGNATURE = (_READ, _READ, _WRITTEN, *[types.int64] * 4)
_ROW = types.Array(types.float64, 1, "C")
_ROW_READ = types.Array(types.float64, 1, "C", readonly=True)
_FEW = types.Array(types.float64, 2, "C")


@njit(cache=True, nogil=True, error_model="numpy")
def _joined_by(  # noqa: PLR0917 - numba takes no keywords here
    x: float, y: float, mx: float, my: float, xx: float, yy: float, xy: float, part: float, weight: float
) -> Five:
    """Means, sums of squares and of products when one session has joined; ``part`` is 1/n, ``weight`` (n-1)/n."""
    unknown = (x - x) + (y - y)  # 0, or NaN where one is missing or infinite: then both count as missing
    p, q = x + unknown - mx, y + unknown - my
    return mx + p * part, my + q * part, xx + p * p * weight, yy + q * q * weight, xy + p * q * weight


@njit(
    (_ROW_READ, _ROW_READ, _FEW, _ROW, types.int64, types.int64), cache=True, nogil=True, error_model="numpy"
)
def _conclude(x: Floats, y: Floats, whole: Floats, out: Floats, window: int, what: int) -> None:  # noqa: PLR0917
    """From the moments of a window to what is asked for."""
    if what == COVARIANCE:
        scale = 1.0 / (window - 1)
        for j in range(len(out)):
            out[j] = whole[4, j] * scale
    elif what == CORRELATION:
        for j in range(len(out)):
            size = np.sqrt(whole[2, j] * whole[3, j])
            r = whole[4, j] / size
            # Rounding may lead past 1 by a bit.
            r = min(r, 1.0)
            r = max(r, -1.0)
            out[j] = r if size > 0.0 else np.nan
    elif what == SLOPE:
        for j in range(len(out)):
            both, square = whole[4, j], whole[3, j]
            both /= square
            out[j] = both if square > 0.0 else np.nan
    else:
        for j in range(len(out)):
            square = whole[3, j]
            away = (x[j] - whole[0, j]) - whole[4, j] / square * (y[j] - whole[1, j])
            out[j] = away if square > 0.0 else np.nan


@njit(_SIGNATURE, cache=True, nogil=True, error_model="numpy")
def rolling_pair(  # noqa: PLR0917
    x: Floats, y: Floats, out: Floats, window: int, first: int, last: int, what: int
) -> None:
    """A statistic of the last ``window`` sessions of ``x`` and ``y``, by ``what``; NaN in either gives NaN."""
    rows, width = x.shape[0], last - first
    # The five moments of a session side by side, each a run across assets: one block of memory, read as five streams.
    suffix = np.zeros((window + 1, 5, width))
    prefix, whole = np.empty((5, width)), np.empty((5, width))
    mx, my, xx, yy, xy = prefix[0], prefix[1], prefix[2], prefix[3], prefix[4]
    for start in range(0, rows, window):
        end = min(start + window, rows)
        prefix[:] = 0.0
        for t in range(start, end):
            k = t - start + 1
            one, two, to, old = x[t, first:last], y[t, first:last], out[t, first:last], suffix[k]
            part, weight = 1.0 / k, (k - 1.0) / k
            for j in range(width):
                mx[j], my[j], xx[j], yy[j], xy[j] = _joined_by(
                    one[j], two[j], mx[j], my[j], xx[j], yy[j], xy[j], part, weight
                )
            if t + 1 < window:
                to[:] = np.nan
                continue
            share, weight = k / window, k * ((window - k) / window)
            for j in range(width):
                p, q = mx[j] - old[0, j], my[j] - old[1, j]
                whole[0, j] = old[0, j] + p * share
                whole[1, j] = old[1, j] + q * share
                whole[2, j] = old[2, j] + xx[j] + p * p * weight
                whole[3, j] = old[3, j] + yy[j] + q * q * weight
                whole[4, j] = old[4, j] + xy[j] + p * q * weight
            _conclude(one, two, whole, to, window, what)
        if end < rows:
            for i in range(window - 1, 0, -1):
                one, two = x[start + i, first:last], y[start + i, first:last]
                after, older = suffix[i + 1], suffix[i]
                part, weight = 1.0 / (window - i), (window - i - 1.0) / (window - i)
                for j in range(width):
                    older[0, j], older[1, j], older[2, j], older[3, j], older[4, j] = _joined_by(
                        one[j],
                        two[j],
                        after[0, j],
                        after[1, j],
                        after[2, j],
                        after[3, j],
                        after[4, j],
                        part,
                        weight,
                    )
