"""The same daily scores and profits, a calendar year at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from alpha_bench.metrics.book_performance import performance
from alpha_bench.metrics.inference import exact_sum, mean_of_known, moments, newey_west_error, ratio
from alpha_bench.runtime import Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Year:
    """One calendar year.

    Attributes:
        year: such as ``2014``; ``n_dates``: scored sessions.
        ic, ic_t: mean daily IC and its Newey-West t, NaN where the dates are fewer than twice its lag; ``rank_ic``: mean daily rank IC.
        sessions: of the book; ``profit`` their summed profits, ``volatility`` and ``sharpe`` of a year, ``drawdown`` the deepest within the year.
    """

    year: str
    n_dates: int
    ic: float
    ic_t: float
    rank_ic: float
    sessions: int
    profit: float
    volatility: float
    sharpe: float
    drawdown: float


def by_year(
    dates: NDArray[np.datetime64], ic: Floats, rank_ic: Floats, profit: Floats, *, horizon: int
) -> tuple[Year, ...]:
    """One entry a calendar year of the sessions (D,), in order; ``profit`` is NaN where the book is not in place."""
    years = dates.astype("datetime64[Y]")
    edges = [0, *(np.flatnonzero(years[1:] != years[:-1]) + 1).tolist(), len(dates)]
    return tuple(
        _year(str(years[a]), ic[a:b], rank_ic[a:b], profit[a:b], 2 * (horizon - 1))
        for a, b in pairwise(edges)
        if b > a
    )


def _year(name: str, ic: Floats, rank_ic: Floats, profit: Floats, lag: int) -> Year:
    known, made = ic[np.isfinite(ic)], profit[np.isfinite(profit)]
    n, mean, _ = moments(known)
    book = performance(made)
    return Year(
        year=name,
        n_dates=n,
        ic=mean,
        ic_t=ratio(mean, newey_west_error(known, lag)) if n > 2 * lag else math.nan,
        rank_ic=mean_of_known(rank_ic),
        sessions=book.sessions,
        profit=exact_sum(made) if book.sessions else math.nan,
        volatility=book.volatility,
        sharpe=book.sharpe,
        drawdown=book.drawdown,
    )
