"""IC over horizons: how soon what the predictions know has happened, and whether it lasts.

For each horizon ``k`` the daily Pearson correlation of the prediction with ``p[t+d+k] / p[t+d] - 1``, whatever the label was, over the
same dates' assets that have both. Its mean has the Newey-West error of lag 2(k-1), and a 95 % band of 1.96 of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alpha_bench.metrics.inference import moments, newey_west_error, ratio
from alpha_bench.metrics.information_coefficient import MIN_PAIRS
from alpha_bench.metrics.market import Prices
from alpha_bench.runtime import Floats, in_pieces, njit

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
        _forward_ic(prediction, market.price, market.first, horizon, delay, MIN_PAIRS, first, last, out)

    in_pieces(piece, len(out), _DATES_A_PIECE, prediction.size)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _forward_ic(prediction, price, offset, horizon, delay, least, first, last, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    assets = prediction.shape[1]
    left, right = np.empty(assets), np.empty(assets)
    for d in range(first, last):
        begin, end = offset + d + delay, offset + d + delay + horizon
        if end >= len(price):
            continue
        n = 0
        left_mean = right_mean = 0.0
        for i in range(assets):
            x, y = prediction[d, i], price[end, i] / price[begin, i] - 1.0
            if np.isfinite(x) and np.isfinite(y):
                left[n] = x
                right[n] = y
                left_mean += x - left[0]
                right_mean += y - right[0]
                n += 1
        if n < least:
            continue
        left_mean /= n
        right_mean /= n
        left_most = right_most = 0.0
        for i in range(n):
            left_most = max(left_most, abs(left[i] - left[0] - left_mean))
            right_most = max(right_most, abs(right[i] - right[0] - right_mean))
        both = left_square = right_square = 0.0
        for i in range(n):
            x = (left[i] - left[0] - left_mean) / left_most
            y = (right[i] - right[0] - right_mean) / right_most
            both += x * y
            left_square += x * x
            right_square += y * y
        size = np.sqrt(left_square) * np.sqrt(right_square)
        if size > 0.0:
            out[d] = both / size
