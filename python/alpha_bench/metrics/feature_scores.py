"""Each feature alone, and how alike the features are.

The IC of a feature is that of a prediction (:mod:`.information_coefficient`) with the feature's own values in its place: no sign is turned, and nothing is
fitted. It is looked at on every date, or on a large panel at equal steps of ``k`` dates, so that there are :data:`MOST_SCORED` values for the IC, whose
Newey-West lag is then ``2(h-1) / k``, rounded up, and :data:`MOST_RANKED` for the rank IC. Two features are alike by Spearman's correlation of their values on a date, the mean over at most :data:`MOST_DATES` dates at equal steps: where
several say the same, their coefficients mean little one by one (Belsley, Kuh and Welsch 1980, "Regression Diagnostics", chapter 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alpha_bench.metrics.inference import mean_of_known, moments, newey_west_error, ratio
from alpha_bench.metrics.information_coefficient import daily_ic, score_dates
from alpha_bench.runtime import Floats

MOST_DATES = 60
MOST_SCORED, MOST_RANKED = 2_500_000, 500_000


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureScore:
    """Mean daily IC of one feature over ``n_dates`` dates and its Newey-West t; mean daily rank IC over ``n_ranked`` dates."""

    name: str
    n_dates: int
    ic: float
    t: float
    n_ranked: int
    rank_ic: float


def feature_score(name: str, values: Floats, label: Floats, *, horizon: int) -> FeatureScore:
    """Of (D, N) values and labels."""
    days, assets = values.shape
    scored, at = (
        dates_looked_at(days, max(MOST_DATES, most // max(1, assets))) for most in (MOST_SCORED, MOST_RANKED)
    )
    step = 1 if len(scored) < 2 else int(scored[1] - scored[0])
    daily = daily_ic(values, label) if step == 1 else daily_ic(values[scored], label[scored])
    ranked = score_dates(values[at], label[at]).rank_ic
    ic = daily[np.isfinite(daily)]
    n, mean, _ = moments(ic)
    return FeatureScore(
        name=name,
        n_dates=n,
        ic=mean,
        t=ratio(mean, newey_west_error(ic, -(-2 * (horizon - 1) // step))),
        n_ranked=int(np.isfinite(ranked).sum()),
        rank_ic=mean_of_known(ranked),
    )


def dates_looked_at(days: int, most: int = MOST_DATES) -> NDArray[np.int64]:
    """At most ``most`` positions at equal steps."""
    step = max(1, -(-days // most))
    return np.arange(step - 1, days, step, dtype=np.int64)


def correlations(values: Sequence[Floats]) -> Floats:
    """(F, F) mean rank correlation over the dates of F arrays (dates, assets); 1 on the diagonal, NaN where none could be formed."""
    count = len(values)
    found = np.eye(count)
    for i in range(count):
        for j in range(i):
            found[i, j] = found[j, i] = mean_of_known(score_dates(values[i], values[j]).rank_ic)
    return found
