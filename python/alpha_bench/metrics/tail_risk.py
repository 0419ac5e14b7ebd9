"""What can be lost: downside deviation, Sortino and Calmar ratio, value at risk and expected shortfall, the worst drawdowns.

Of daily profits in units of a constant capital, 252 sessions a year, nothing compounded:

* Sortino ratio, Sortino and Price (1994), "Performance measurement in a downside risk framework", Journal of Investing 3(3):
  ``252 mean(r) / (sqrt(252) sqrt(mean(min(r, 0)^2)))``, target 0, all sessions in the divisor;
* Calmar ratio, Young (1991), "Calmar ratio: a smoother tool", Futures 20(1): the return of a year over the size of the deepest drawdown; here of
  the whole record, both uncompounded;
* value at risk, Jorion (2006), "Value at Risk", chapter 5: the 5 % quantile of a session's profit, by linear interpolation;
* expected shortfall, Acerbi and Tasche (2002), "On the coherence of expected shortfall", Journal of Banking & Finance 26(7): the mean of the
  ``floor(0.05 (n - 1)) + 1`` worst sessions, as empyrical counts them.

A drawdown runs from a highest value (the start counts as one) to the first session at or above it again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from alpha_bench.metrics.book_performance import SESSIONS_A_YEAR, performance, underwater
from alpha_bench.metrics.inference import exact_sum, moments, ratio
from alpha_bench.runtime import Floats

TAIL = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Downside:
    """Of daily profits. ``value_at_risk`` and ``expected_shortfall`` are profits of a session, negative where they are losses."""

    downside_risk: float
    sortino: float
    calmar: float
    value_at_risk: float
    expected_shortfall: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawdown:
    """One fall below the highest value so far: ``depth`` (negative, in units of capital), the positions of its ``peak`` (-1: the start), its
    ``trough`` and where it was made good (``recovered``, None where it never was)."""

    depth: float
    peak: int
    trough: int
    recovered: int | None


def downside(profit: Floats) -> Downside:
    """Of a series without gaps; NaN where a figure cannot be formed."""
    n, mean, _ = moments(profit)
    risk = math.sqrt(ratio(exact_sum(np.minimum(profit, 0.0) ** 2), n))
    year = performance(profit)
    worst = np.sort(profit)[: math.floor(TAIL * (n - 1)) + 1] if n else profit
    return Downside(
        downside_risk=risk * math.sqrt(SESSIONS_A_YEAR),
        sortino=ratio(mean, risk) * math.sqrt(SESSIONS_A_YEAR),
        calmar=ratio(year.annual_return, -year.drawdown),
        value_at_risk=_quantile(np.sort(profit), TAIL),
        expected_shortfall=ratio(exact_sum(worst), len(worst)),
    )


def _quantile(ordered: Floats, level: float) -> float:
    if not len(ordered):
        return math.nan
    place = level * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (ordered[high] - ordered[low]) * (place - low))


def worst_drawdowns(profit: Floats, most: int = 5) -> tuple[Drawdown, ...]:
    """The ``most`` deepest drawdowns of a series without gaps, the deepest first; fewer where there are fewer."""
    under = underwater(profit)
    below = np.concatenate([[False], under < 0, [False]])
    begin, end = (np.flatnonzero(below[1:] & ~below[:-1]), np.flatnonzero(~below[1:] & below[:-1]))
    found = []
    for first, last in zip(begin.tolist(), end.tolist(), strict=True):  # one an episode
        trough = first + int(np.argmin(under[first:last]))
        found.append(
            Drawdown(
                depth=float(under[trough]),
                peak=first - 1,
                trough=trough,
                recovered=last if last < len(profit) else None,
            )
        )
    return tuple(sorted(found, key=lambda d: d.depth)[:most])
