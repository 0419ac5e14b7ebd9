"""Normal scores: the inverse of the standard normal distribution at ``(rank - 1/2) / n``.

The inverse is algorithm AS 241 (PPND16) of Wichura (1988), Applied Statistics 37, 477-484; its relative accuracy is about 1e-16.
The upper half is the mirror image of the lower, so the scores of a session are exactly symmetric.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alpha_bench.runtime import Floats, njit, types

Positions = NDArray[np.int32]

_CENTRE = (
    (2.5090809287301226727e3, 5.2264952788528545610e3),
    (3.3430575583588128105e4, 2.8729085735721942674e4),
    (6.7265770927008700853e4, 3.9307895800092710610e4),
    (4.5921953931549871457e4, 2.1213794301586595867e4),
    (1.3731693765509461125e4, 5.3941960214247511077e3),
    (1.9715909503065514427e3, 6.8718700749205790830e2),
    (1.3314166789178437745e2, 4.2313330701600911252e1),
    (3.3871328727963666080e0, 1.0),
)
_MIDDLE = (
    (7.74545014278341407640e-4, 1.05075007164441684324e-9),
    (2.27238449892691845833e-2, 5.47593808499534494600e-4),
    (2.41780725177450611770e-1, 1.51986665636164571966e-2),
    (1.27045825245236838258e0, 1.48103976427480074590e-1),
    (3.64784832476320460504e0, 6.89767334985100004550e-1),
    (5.76949722146069140550e0, 1.67638483018380384940e0),
    (4.63033784615654529590e0, 2.05319162663775882187e0),
    (1.42343711074968357734e0, 1.0),
)
_TAIL = (
    (2.01033439929228813265e-7, 2.04426310338993978564e-15),
    (2.71155556874348757815e-5, 1.42151175831644588870e-7),
    (1.24266094738807843860e-3, 1.84631831751005468180e-5),
    (2.65321895265761230930e-2, 7.86869131145613259100e-4),
    (2.96560571828504891230e-1, 1.48753612908506148525e-2),
    (1.78482653991729133580e0, 1.36929880922735805310e-1),
    (5.46378491116411436990e0, 5.99832206555887937690e-1),
    (6.65790464350110377720e0, 1.0),
)
_READ = types.Array(types.float64, 2, "C", readonly=True)
_WRITTEN = types.Array(types.float64, 2, "C")
_ORDER = types.Array(types.int32, 2, "C")
_COUNTS = types.Array(types.int32, 1, "C")


@njit(cache=True, nogil=True)
def _ratio(r: float, terms: tuple[tuple[float, float], ...]) -> float:
    above, below = 0.0, 0.0
    for a, b in terms:
        above = above * r + a
        below = below * r + b
    return above / below


@njit(cache=True, nogil=True)
def _lower_half(p: float) -> float:
    """The inverse at ``0 < p <= 1/2``: zero or negative."""
    q = p - 0.5
    if q >= -0.425:
        return q * _ratio(0.180625 - q * q, _CENTRE)
    r = np.sqrt(-np.log(p))
    return -_ratio(r - 1.6, _MIDDLE) if r <= 5.0 else -_ratio(r - 5.0, _TAIL)


@njit(
    (_READ, _ORDER, _COUNTS, _WRITTEN, types.int64, types.int64), cache=True, nogil=True, error_model="numpy"
)
def scores(x: Floats, positions: Positions, known: Positions, out: Floats, first: int, last: int) -> None:  # noqa: PLR0917 - numba takes no keywords here
    """Normal scores of sessions ``[first, last)``; equal values share the score of their average rank."""
    table = np.empty(x.shape[1] + 1)  # the lower half, for the last n that was seen
    filled = -1
    for t in range(first, last):
        at, n = positions[t - first], known[t - first]
        out[t] = np.nan
        # How many assets are known changes seldom from one session to the next, so the inverse is computed anew as seldom.
        if n != filled:
            for i in range((n + 1) // 2):
                table[i] = _lower_half((i + 0.5) / n)
            filled = n
        i = 0
        while i < n:
            k = i + 1
            while k < n and x[t, at[k]] == x[t, at[i]]:
                k += 1
            low = min(i + k - 1, 2 * n - 1 - i - k)  # twice the place counted from the nearer end, from 0
            score = table[low // 2] if low % 2 == 0 else _lower_half((low + 1) / (2 * n))
            if i + k - 1 > n - 1:
                score = -score
            for same in range(i, k):
                out[t, at[same]] = score
            i = k
