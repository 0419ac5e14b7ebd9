"""Figures of a book's daily profits: return, volatility, Sharpe ratio, drawdown, what costs leave of them.

Profits are in units of a constant capital, 252 sessions are a year, and nothing is compounded. Sharpe ratio: Sharpe (1994), "The
Sharpe ratio", Journal of Portfolio Management 21(1), with a riskless rate of 0, as the book is long and short in equal parts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from alpha_bench.metrics.inference import moments, ratio
from alpha_bench.runtime import Floats

SESSIONS_A_YEAR = 252
COSTS_BPS = (0, 5, 10, 20)
"""Costs of a unit of turnover, in basis points: commission, half the spread and impact together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Performance:
    """Of daily profits. ``annual_return`` = 252 mean, ``volatility`` = sqrt(252) std (ddof=1), ``sharpe`` their ratio.

    ``drawdown`` is the largest fall of the summed profits below their highest value so far, 0 at the start counted (a negative
    number, in units of capital), from position ``peak`` (-1: the start) to ``trough``; ``recovered`` is the first position at or
    above the peak again, None where it never was.
    """

    sessions: int
    annual_return: float
    volatility: float
    sharpe: float
    drawdown: float
    peak: int
    trough: int
    recovered: int | None


def performance(profit: Floats) -> Performance:
    """Figures of a series without gaps; NaN where one cannot be formed."""
    n, mean, std = moments(profit)
    year = float(SESSIONS_A_YEAR)
    total, under = np.cumsum(profit), underwater(profit)  # cumsum adds in order
    trough = int(np.argmin(under)) if n else 0
    peak, recovered = -1, None
    if n:
        highest = np.maximum.accumulate(np.maximum(total, 0.0))[trough]
        reached = np.flatnonzero(total[: trough + 1] >= highest)
        peak = int(reached[0]) if len(reached) else -1
        back = np.flatnonzero(total[trough:] >= highest)
        recovered = trough + int(back[0]) if len(back) else None
    return Performance(
        sessions=n,
        annual_return=mean * year,
        volatility=std * math.sqrt(year),
        sharpe=ratio(mean, std) * math.sqrt(year),
        drawdown=float(under[trough]) if n else math.nan,
        peak=peak,
        trough=trough,
        recovered=recovered,
    )


def underwater(profit: Floats) -> Floats:
    """How far the summed profits are below their highest value so far, 0 at the start counted: 0 or negative."""
    total = np.cumsum(profit)
    return np.asarray(total - np.maximum.accumulate(np.maximum(total, 0.0)))


def after_costs(profit: Floats, turnover: Floats, cost_bps: float) -> Floats:
    """Profits less ``cost_bps`` basis points of the value bought and sold."""
    return np.asarray(profit - turnover * (cost_bps * 1e-4))


def break_even_bps(profit: Floats, turnover: Floats) -> float:
    """The cost at which nothing is left: mean profit over mean turnover, in basis points. NaN without turnover."""
    return ratio(moments(profit)[1], moments(turnover)[1]) * 1e4
