"""A return beside a benchmark's: what is left of it, and how steadily.

With returns ``r`` and ``b`` of the same sessions, 252 of them a year:

* active return ``252 mean(r - b)``, tracking error ``sqrt(252) std(r - b)`` (ddof=1), information ratio their ratio: Grinold and Kahn (1999),
  "Active Portfolio Management", chapter 5; Goodwin (1998), "The information ratio", Financial Analysts Journal 54(4);
* alpha and beta of ``r = alpha + beta b + e`` by least squares, the Newey-West t of alpha: Jensen (1968), "The performance of mutual funds in the
  period 1945-1964", Journal of Finance 23(2). Appraisal ratio ``sqrt(252) alpha / std(e)``, std with n - 2 in the divisor: Treynor and Black (1973), "How
  to use security analysis to improve portfolio selection", Journal of Business 46(1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from alpha_bench.metrics.book_performance import SESSIONS_A_YEAR
from alpha_bench.metrics.inference import exact_sum, moments, ratio
from alpha_bench.metrics.style_exposures import market_fit
from alpha_bench.runtime import Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Relative:
    """Against a benchmark, over the ``sessions`` on which both are known. A figure that cannot be formed is NaN."""

    sessions: int
    active_return: float
    tracking_error: float
    information_ratio: float
    beta: float
    annual_alpha: float
    alpha_t: float
    appraisal_ratio: float


def relative_to(returns: Floats, benchmark: Floats, *, lag: int) -> Relative:
    """Of two series (D,) over the same sessions, NaN where not known."""
    both = np.isfinite(returns) & np.isfinite(benchmark)
    r, b = returns[both], benchmark[both]
    n, mean, std = moments(r - b)
    fit = market_fit(r, b, lag=lag)
    left = r - moments(r)[1] - fit.beta * (b - moments(b)[1])
    spread = math.sqrt(ratio(exact_sum(left * left), n - 2))
    year = math.sqrt(SESSIONS_A_YEAR)
    return Relative(
        sessions=n,
        active_return=mean * SESSIONS_A_YEAR,
        tracking_error=std * year,
        information_ratio=ratio(mean, std) * year,
        beta=fit.beta,
        annual_alpha=fit.annual_alpha,
        alpha_t=fit.alpha_t,
        appraisal_ratio=ratio(fit.annual_alpha / SESSIONS_A_YEAR, spread) * year,
    )
