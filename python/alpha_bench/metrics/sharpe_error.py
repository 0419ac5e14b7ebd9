"""How far a Sharpe ratio may be from the true one: its standard error and 95 % confidence interval.

Lo (2002), "The statistics of Sharpe ratios", Financial Analysts Journal 58(4). With ``SR`` = mean / std of one session and ``n`` sessions:

* returns independent and normal (his equation 8): ``error = sqrt((1 + SR^2 / 2) / n)``;
* returns that are neither (his GMM estimator, equations A1 to A3): with ``z[t] = (r[t] - mean) / std`` the ratio's estimate moves by
  ``x[t] = z[t] - SR/2 (z[t]^2 - 1)`` with each return, and ``error = sqrt(V / n)``, ``V`` the long-run variance of ``x`` by Newey and West.

Here std has divisor n inside ``x`` and n - 1 in the ratio itself, as everywhere. A year's ratio and its error are sqrt(252) times a session's;
Lo's correction of that factor for autocorrelation, which needs 251 autocorrelations, is not made.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from alpha_bench.metrics.inference import exact_sum, moments, newey_west_error, ratio
from alpha_bench.runtime import Floats

_BAND = 1.959963984540054
_YEAR = math.sqrt(252)


@dataclass(frozen=True, kw_only=True, slots=True)
class SharpeInterval:
    """A year's Sharpe ratio of ``n`` sessions: its ``error`` and 95 % interval ``[low, high]`` by Lo's GMM estimator, and the error of independent
    normal returns (``error_normal``). A figure that cannot be formed is NaN."""

    n: int
    sharpe: float
    error: float
    low: float
    high: float
    error_normal: float


def sharpe_interval(profit: Floats, *, lag: int) -> SharpeInterval:
    """Of daily profits, a series without gaps; ``lag`` of the Newey-West variance."""
    n, mean, std = moments(profit)
    value = ratio(mean, std)
    spread = math.sqrt(ratio(exact_sum((profit - mean) ** 2), n))
    if not spread > 0:
        nothing = math.nan
        return SharpeInterval(
            n=n, sharpe=nothing, error=nothing, low=nothing, high=nothing, error_normal=nothing
        )
    z = (profit - mean) / spread
    error = newey_west_error(z - value / 2 * (z * z - 1), lag) * _YEAR
    yearly = value * _YEAR
    return SharpeInterval(
        n=n,
        sharpe=yearly,
        error=error,
        low=yearly - _BAND * error,
        high=yearly + _BAND * error,
        error_normal=math.sqrt((1 + value * value / 2) / n) * _YEAR,
    )
