"""What can be inferred from a series: moments, Newey-West errors and t statistics.

Labels of more than one session overlap, so their daily ICs are correlated; the long-run variance of Newey and West (1987), "A Simple,
Positive Semi-Definite, Heteroskedasticity and Autocorrelation Consistent Covariance Matrix", allows for that. Every sum is correctly
rounded, so that no figure depends on the machine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from alpha_bench.runtime import Floats, njit

_PARTIALS = 64  # of returns and scores there are three or four; numbers of a hundred orders of magnitude can need more


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesFigures:
    """Of a series of daily ICs, the dates without one left out. A figure that cannot be formed is NaN.

    ``std`` has ddof=1 and ``icir`` = mean / std is not annualised. ``t_naive`` takes the dates as independent, which labels of
    more than one session make false; ``t_newey_west`` has lag 2(h-1), ``t_newey_west_h1`` lag h-1; ``t_nonoverlapping`` uses
    every h-th scored date from the first. ``n_eff`` is how many independent dates would know the mean as well.
    """

    n_dates: int
    mean: float
    std: float
    icir: float
    t_naive: float
    t_newey_west: float
    t_newey_west_h1: float
    t_nonoverlapping: float
    hit_rate: float
    n_eff: float


def series_figures(ic: Floats, *, horizon: int) -> SeriesFigures:
    """Figures of the daily ICs of labels that reach ``horizon`` sessions ahead."""
    known = ic[np.isfinite(ic)]
    n, mean, std = moments(known)
    variance = long_run_variance(known, 2 * (horizon - 1))
    apart = moments(known[::horizon])
    return SeriesFigures(
        n_dates=n,
        mean=mean,
        std=std,
        icir=ratio(mean, std),
        t_naive=t_of(mean, std**2, n),
        t_newey_west=t_of(mean, variance, n),
        t_newey_west_h1=t_of(mean, long_run_variance(known, horizon - 1), n),
        t_nonoverlapping=t_of(apart[1], apart[2] ** 2, apart[0]),
        hit_rate=ratio(float(np.count_nonzero(known > 0)), n),
        n_eff=n * ratio(long_run_variance(known, 0), variance),
    )


def newey_west_error(series: Floats, lag: int) -> float:
    """Standard error of the mean of a series without gaps; NaN where it cannot be formed."""
    return math.sqrt(ratio(long_run_variance(series, lag), len(series)))


def long_run_variance(series: Floats, lag: int) -> float:
    """Newey and West (1987): Bartlett weights on autocovariances divided by n; never negative. NaN for no dates."""
    n = len(series)
    if n == 0:
        return math.nan
    centred = series - moments(series)[1]
    total = exact_sum(centred * centred) / n
    for step in range(1, min(lag, n - 1) + 1):
        total += 2 * (1 - step / (lag + 1)) * exact_sum(centred[step:] * centred[:-step]) / n
    return max(total, 0.0)


def t_of(mean: float, variance: float, n: int) -> float:
    """The t statistic of a mean of ``n`` values with that (long-run) variance; NaN where it cannot be formed."""
    return ratio(mean, math.sqrt(ratio(variance, n)))


def mean_of_known(values: Floats) -> float:
    """The mean of the finite values; NaN when there are none."""
    return moments(values[np.isfinite(values)])[1]


def moments(series: Floats) -> tuple[int, float, float]:
    """Count, mean, and standard deviation with ddof=1."""
    n = len(series)
    mean = ratio(exact_sum(series), n)
    return n, mean, math.sqrt(ratio(exact_sum((series - mean) ** 2), n - 1))


def exact_sum(values: Floats) -> float:
    """Correctly rounded, so that no figure depends on the machine's vector width or on a BLAS. It is the value of :func:`math.fsum`, in
    a third of its time; that itself is asked where an infinity or a missing value is among ``values``, or too many sizes are."""
    total = float(_exact_sum(np.ascontiguousarray(values, dtype=np.float64), np.empty(_PARTIALS)))
    return total if math.isfinite(total) else math.fsum(values.tolist())


def ratio(value: float, by: float) -> float:
    """``value / by``; NaN unless ``by`` is above zero."""
    return value / by if by > 0 else math.nan


@njit(cache=True, nogil=True, error_model="numpy")
def _exact_sum(values, partials):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Shewchuk (1997), "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates": the partials together are
    the sum so far without any error, from the least to the greatest. Each two are added by Knuth's TwoSum, which needs no order."""
    kept = 0
    for value in values:
        x, lower = value, 0
        for j in range(kept):
            y = partials[j]
            total = x + y
            back = total - x
            error = (x - (total - back)) + (y - back)
            if error != 0.0:
                partials[lower] = error
                lower += 1
            x = total
        kept = lower
        if x != 0.0:
            if kept == len(partials) or not np.isfinite(x):
                return np.nan
            partials[kept] = x
            kept += 1
    return _rounded(partials, kept)


@njit(cache=True, nogil=True, error_model="numpy")
def _rounded(partials, kept):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """The float next to the sum of the partials; half-way between two, the even one unless what is below says which is nearer."""
    if kept == 0:
        return 0.0
    kept -= 1
    high, low = partials[kept], 0.0
    while kept > 0 and low == 0.0:
        kept -= 1
        x, y = high, partials[kept]
        high = x + y
        low = y - (high - x)
    if kept > 0 and ((low < 0.0 and partials[kept - 1] < 0.0) or (low > 0.0 and partials[kept - 1] > 0.0)):
        twice = 2.0 * low
        if twice == (high + twice) - high:
            high += twice
    return high
