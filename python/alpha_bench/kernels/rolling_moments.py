"""Rolling skewness and kurtosis: third and fourth central moments by the two-stack method of :mod:`alpha_bench.kernels.rolling`.

Moments of one more value and of two joined parts are those of Pébay (2008, SAND2008-6212, eqs. 2.1, 3.1): as for the variance,
nothing is subtracted that had been added before.
"""

from __future__ import annotations

import numpy as np

from alpha_bench.runtime import Floats, njit, types

Four = tuple[float, float, float, float]

SKEW, KURT = 0, 1
_READ = types.Array(types.float64, 2, "C", readonly=True)
_WRITTEN = types.Array(types.float64, 2, "C")
_SIGNATURE = (_READ, _WRITTEN, *[types.int64] * 4)


@njit(cache=True, nogil=True, error_model="numpy")
def _joined_by(v: float, m: float, m2: float, m3: float, m4: float, n: float) -> Four:  # noqa: PLR0917 - numba
    """Mean and sums of powers of the deviations when ``v`` has joined: ``n`` values, itself counted."""
    away = v + (v - v) - m  # v - v is NaN for an infinite value, which so counts as missing
    step = away / n
    square = away * step * (n - 1.0)
    # The fourth before the third, and that before the second: each needs the lower ones as they were without v.
    four = m4 + (square * step * step * (n * n - 3.0 * n + 3.0) + 6.0 * step * step * m2 - 4.0 * step * m3)
    three = m3 + (square * step * (n - 2.0) - 3.0 * step * m2)
    return m + step, m2 + square, three, four


# The divisions below are made for every asset and then chosen: a branch would keep the loops from being vectorised.
@njit(cache=True, nogil=True, error_model="numpy")
def _skewed(squares: Floats, to: Floats, skew: float) -> None:
    for j in range(len(to)):
        s, three = squares[j], to[j]
        three = skew * (three / (s * np.sqrt(s)))
        to[j] = three if s > 0.0 else np.nan


@njit(cache=True, nogil=True, error_model="numpy")
def _peaked(squares: Floats, to: Floats, kurt: float, n: float) -> None:
    for j in range(len(to)):
        s, four = squares[j], to[j]
        four = kurt * ((n + 1.0) * n * (four / s / s) - 3.0 * (n - 1.0))
        to[j] = four if s > 0.0 else np.nan


@njit(_SIGNATURE, cache=True, nogil=True, error_model="numpy")
def rolling_shape(x: Floats, out: Floats, window: int, first: int, last: int, what: int) -> None:  # noqa: PLR0917
    """Skewness or excess kurtosis, bias-corrected, by ``what``; NaN where the variance is 0."""
    rows, width = x.shape[0], last - first
    suffix = np.zeros((window + 1, 4, width))
    prefix = np.empty((4, width))
    squares = np.empty(width)
    m, m2, m3, m4 = prefix[0], prefix[1], prefix[2], prefix[3]
    # Counts as floats: their products overflow no integer, and need no conversion in the loops.
    n = float(window)
    skew = np.sqrt(n * (n - 1.0)) / (n - 2.0) * np.sqrt(n)
    kurt = (n - 1.0) / ((n - 2.0) * (n - 3.0))
    for start in range(0, rows, window):
        end = min(start + window, rows)
        prefix[:] = 0.0
        for t in range(start, end):
            b = float(t - start + 1)
            a = n - b
            now, to, old = x[t, first:last], out[t, first:last], suffix[t - start + 1]
            a1, a2, a3, a4 = old[0], old[1], old[2], old[3]
            for j in range(width):
                m[j], m2[j], m3[j], m4[j] = _joined_by(now[j], m[j], m2[j], m3[j], m4[j], b)
            if t + 1 < window:
                to[:] = np.nan
                continue
            w2, w3, w4 = a * b / n, a * b * (a - b) / (n * n), a * b * (a * a - a * b + b * b) / (n * n * n)
            if what == SKEW:
                for j in range(width):
                    d = m[j] - a1[j]
                    squares[j] = a2[j] + m2[j] + d * d * w2
                    to[j] = a3[j] + m3[j] + d * d * d * w3 + 3.0 * d * (a * m2[j] - b * a2[j]) / n
                _skewed(squares, to, skew)
            else:
                for j in range(width):
                    d = m[j] - a1[j]
                    squares[j] = a2[j] + m2[j] + d * d * w2
                    to[j] = (
                        a4[j]
                        + m4[j]
                        + d * d * d * d * w4
                        + 6.0 * d * d * (a * a * m2[j] + b * b * a2[j]) / (n * n)
                        + 4.0 * d * (a * m3[j] - b * a3[j]) / n
                    )
                _peaked(squares, to, kurt, n)
        if end < rows:
            for i in range(window - 1, 0, -1):
                now, after, older = x[start + i, first:last], suffix[i + 1], suffix[i]
                for j in range(width):
                    older[0, j], older[1, j], older[2, j], older[3, j] = _joined_by(
                        now[j], after[0, j], after[1, j], after[2, j], after[3, j], n - i
                    )
