"""IC over horizons: how soon what the predictions know has happened, and whether it lasts.

For each horizon ``k`` the daily Pearson correlation of the prediction with ``p[t+d+k] / p[t+d] - 1``, whatever the label was, over the
same dates' assets that have both. Its mean has the Newey-West error of lag 2(k-1), and a 95 % band of 1.96 of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alpha_bench.metrics.inference import moments, newey_west_error, ratio
from alpha_bench.metrics.information_coefficient import MIN_PAIRS, score_returns
from alpha_bench.metrics.market import Prices
from alpha_bench.runtime import Floats, in_pieces

HORIZONS = (1, 2, 5, 10, 20, 40)
BAND = 1.959963984540054
_DATES_A_PIECE = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class DecayPoint:
    """Mean IC at a horizon of ``horizon`` sessions over ``n_dates`` dates, its Newey-West error and t, and the 95 % band."""

    horizon: int
    n_dates: int
    ic: float
    error: float
    t: float
    low: float
    high: float


def decay(prediction: Floats, market: Prices, *, horizon: int, delay: int) -> tuple[DecayPoint, ...]:
    """A point for 1, 2, 5, 10, 20, 40 sessions, the label's horizon and twice it, as far as the panel reaches."""
    wanted = sorted({*HORIZONS, horizon, 2 * horizon})
    return tuple(
        _point(forward_ic(prediction, market, horizon=k, delay=delay), k)
        for k in wanted
        if delay + k < market.last - market.first
    )


def _point(ic: Floats, horizon: int) -> DecayPoint:
    known = ic[np.isfinite(ic)]
    n, mean, _ = moments(known)
    error = newey_west_error(known, 2 * (horizon - 1))
    return DecayPoint(
        horizon=horizon,
        n_dates=n,
        ic=mean,
        error=error,
        t=ratio(mean, error),
        low=mean - BAND * error,
        high=mean + BAND * error,
    )


def forward_ic(prediction: Floats, market: Prices, *, horizon: int, delay: int) -> Floats:
    """(D,) daily IC with the return over ``horizon`` sessions from ``delay`` sessions on; NaN where not scored."""
    out = np.full(len(prediction), np.nan)

    def piece(first: int, last: int) -> None:
        score_returns(prediction, market.price, market.first, horizon, delay, MIN_PAIRS, first, last, out)

    in_pieces(piece, len(out), _DATES_A_PIECE, prediction.size)
    return out
