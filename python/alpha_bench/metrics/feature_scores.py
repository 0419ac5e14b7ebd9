"""Each feature alone, and how alike the features are.

The IC of a feature is that of a prediction (:mod:`.information_coefficient`) with the feature's own values in its place: no sign is turned, and nothing is
fitted. Two features are alike by Spearman's correlation of their values on a date, the mean over at most :data:`MOST_DATES` dates at equal steps: where
several say the same, their coefficients mean little one by one (Belsley, Kuh and Welsch 1980, "Regression Diagnostics", chapter 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alpha_bench.metrics.inference import mean_of_known, moments, newey_west_error, ratio
from alpha_bench.metrics.information_coefficient import score_dates
from alpha_bench.runtime import Floats

MOST_DATES = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureScore:
    """Mean daily IC and rank IC of one feature over ``n_dates`` dates, each with its Newey-West t of lag 2(h-1)."""

    name: str
    n_dates: int
    ic: float
    t: float
    rank_ic: float
    rank_t: float


def feature_score(name: str, values: Floats, label: Floats, *, horizon: int) -> FeatureScore:
    """Of (D, N) values and labels."""
    scores, lag = score_dates(values, label), 2 * (horizon - 1)
    ic, rank = (x[np.isfinite(x)] for x in (scores.ic, scores.rank_ic))
    n, mean, _ = moments(ic)
    rank_mean = moments(rank)[1]
    return FeatureScore(
        name=name,
        n_dates=n,
        ic=mean,
        t=ratio(mean, newey_west_error(ic, lag)),
        rank_ic=rank_mean,
        rank_t=ratio(rank_mean, newey_west_error(rank, lag)),
    )


def dates_looked_at(days: int) -> NDArray[np.int64]:
    """At most :data:`MOST_DATES` positions at equal steps."""
    step = max(1, -(-days // MOST_DATES))
    return np.arange(step - 1, days, step, dtype=np.int64)


def correlations(values: Sequence[Floats]) -> Floats:
    """(F, F) mean rank correlation over the dates of F arrays (dates, assets); 1 on the diagonal, NaN where none could be formed."""
    count = len(values)
    found = np.eye(count)
    for i in range(count):
        for j in range(i):
            found[i, j] = found[j, i] = mean_of_known(score_dates(values[i], values[j]).rank_ic)
    return found
