"""The same daily scores, cut another way: by calendar month and by group."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from alpha_bench.metrics.inference import mean_of_known, moments, newey_west_error, ratio
from alpha_bench.metrics.information_coefficient import score_dates
from alpha_bench.metrics.market import Prices
from alpha_bench.runtime import Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Month:
    """Mean daily IC and rank IC of a calendar month, such as ``2014-03``, over ``n_dates`` scored sessions; NaN for none."""

    month: str
    n_dates: int
    ic: float
    rank_ic: float


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupScore:
    """IC and rank IC within one group: means over ``n_dates`` dates with at least three of its assets, and Newey-West t of the IC.

    ``assets``: how many of its assets are predicted on an average date.
    """

    group: str
    assets: float
    n_dates: int
    ic: float
    t: float
    rank_ic: float


def by_month(dates: NDArray[np.datetime64], ic: Floats, rank_ic: Floats) -> tuple[Month, ...]:
    """One entry a calendar month of the test sessions, in order."""
    return tuple(
        Month(
            month=str(dates[a])[:7],
            n_dates=int(np.isfinite(ic[a:b]).sum()),
            ic=mean_of_known(ic[a:b]),
            rank_ic=mean_of_known(rank_ic[a:b]),
        )
        for a, b in month_bounds(dates)
    )


def month_bounds(dates: NDArray[np.datetime64]) -> list[tuple[int, int]]:
    """Half-open positions of each calendar month."""
    months = dates.astype("datetime64[M]")
    edges = [0, *(np.flatnonzero(months[1:] != months[:-1]) + 1).tolist(), len(dates)]
    return list(pairwise(edges)) if len(dates) else []


def by_group(prediction: Floats, label: Floats, market: Prices, *, horizon: int) -> tuple[GroupScore, ...]:
    """Scores within each group, in order of name; empty where the panel has no groups."""
    if market.groups is None:
        return ()
    groups = market.groups[market.first : market.last]
    found = []
    for number, name in sorted(enumerate(market.group_names), key=lambda pair: pair[1]):
        member = groups == number
        columns = np.flatnonzero(member.any(axis=0))
        if not len(columns):
            continue
        inside = member[:, columns]
        own = np.where(inside, prediction[:, columns], np.nan)
        scores = score_dates(own, label[:, columns])
        known = scores.ic[np.isfinite(scores.ic)]
        n, mean, _ = moments(known)
        members = np.isfinite(own).sum(axis=1)
        found.append(
            GroupScore(
                group=name,
                assets=ratio(int(members.sum()), int((members > 0).sum())),
                n_dates=n,
                ic=mean,
                t=ratio(mean, newey_west_error(known, 2 * (horizon - 1))),
                rank_ic=mean_of_known(scores.rank_ic),
            )
        )
    return tuple(found)
