"""What the book is exposed to beside its predictions, at the last session of each month, from what was known then.

Characteristics of asset i at the close of ``u`` (all from prices and volumes up to ``u``):

* market beta: slope of its daily returns on the equal-weighted mean return of all assets, over 252 sessions (at least 126 known);
* size: log(price x shares outstanding); without shares outstanding, log of the mean dollar volume over 20 sessions;
* momentum 12-1: ``p[u-21] / p[u-252] - 1`` (Jegadeesh and Titman 1993; Carhart 1997); volatility: std (ddof=1) of daily returns over 60 sessions.

All but the beta are z-scored over the assets with a prediction (mean 0, std 1 with ddof=1), as Barra's style factors are. The exposure is the sum over
assets of the holding's value times the characteristic: beta in units of market, the others in standard deviations, for one unit of
capital. Groups: net value held by group.

The realised beta is the slope of the book's daily profits on the market's return, with the mean that is left (alpha) and its Newey-West t.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alpha_bench.metrics.book_performance import SESSIONS_A_YEAR
from alpha_bench.metrics.breakdown import month_bounds
from alpha_bench.metrics.inference import exact_sum, moments, newey_west_error, ratio
from alpha_bench.metrics.market import Market
from alpha_bench.metrics.tranches import Book
from alpha_bench.runtime import Floats, in_pieces, njit

BETA_SESSIONS, LEAST_SESSIONS, VOLATILITY_SESSIONS, VOLUME_SESSIONS = 252, 126, 60, 20
_DATES_A_PIECE = 64
MOMENTUM_SESSIONS, SKIPPED_SESSIONS = 252, 21


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Exposures:
    """At the last session of each month: ``at`` (M,) positions in the test sessions; name -> (M,) exposure, NaN where unknown.

    ``groups`` are net values by group's name. ``missing`` says which are not there, and why.
    """

    at: NDArray[np.int64]
    styles: dict[str, Floats]
    groups: dict[str, Floats]
    missing: dict[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class MarketFit:
    """Least squares of daily profits on the market's return: ``beta``, what is left a year and its Newey-West t, and R squared."""

    beta: float
    annual_alpha: float
    alpha_t: float
    r_squared: float


def book_exposures(
    book: Book, market: Market, returns: Returns, prediction: Floats, dates: NDArray[np.datetime64]
) -> Exposures:
    """Exposures of ``book`` to the characteristics that the panel's fields allow; ``returns`` are :func:`daily_returns`."""
    at = [b - 1 for _, b in month_bounds(dates) if b - 1 >= book.begin]
    days = np.array(at, dtype=np.int64)
    names = ["market beta", "size", "momentum 12-1", "volatility"]
    missing: dict[str, str] = {}
    if market.shares is None:
        names[1] = "size (dollar volume)"
        missing["size"] = "the panel has no shares_outstanding: dollar volume stands for it"
        if market.dollar_volume is None:
            names.pop(1)
            missing["size"] = "the panel has neither shares_outstanding nor volume"
    styles = {name: np.full(len(at), np.nan) for name in names}
    groups = {name: np.zeros(len(at)) for name in sorted(market.group_names)}
    if market.groups is None:
        missing["groups"] = "the panel has no groups, such as sector"

    def piece(first: int, last: int) -> None:  # months do not know of each other
        for m in range(first, last):
            d = at[m]
            value = book.shares[d] * market.mark[market.first + d]
            value = np.where(np.isfinite(value), value, 0.0)
            wanted = np.isfinite(prediction[d])
            known = _characteristics(market, returns, market.first + d)
            for name in names:
                x = known[name.partition(" (")[0]]
                styles[name][m] = _exposure(value, x if name == "market beta" else _z(x, wanted))
            if market.groups is not None:
                row = market.groups[market.first + d]
                for number, name in enumerate(market.group_names):
                    groups[name][m] = exact_sum(value[row == number])

    in_pieces(piece, len(at), 1, prediction.size)
    return Exposures(at=days, styles=styles, groups=groups, missing=missing)


def market_fit(profit: Floats, average: Floats, *, lag: int) -> MarketFit:
    """Of two series over the same sessions, both without gaps."""
    n, mean_market, _ = moments(average)
    mean = moments(profit)[1]
    x, y = average - mean_market, profit - mean
    square = exact_sum(x * x)
    beta = ratio(exact_sum(x * y), square)
    left = y - beta * x
    # White and Newey-West's sandwich for the intercept: the scores are those of the intercept after the slope is taken out.
    scores = left * (1 - x * ratio(mean_market * n, square))
    alpha = mean - beta * mean_market
    return MarketFit(
        beta=beta,
        annual_alpha=alpha * SESSIONS_A_YEAR,
        alpha_t=ratio(alpha, newey_west_error(scores, lag)),
        r_squared=1 - ratio(exact_sum(left * left), exact_sum(y * y)),
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Returns:
    """Of one session: price over the session before's, less 1 (T, N), NaN where either is missing; and their mean over the assets
    of each session, added in the order of the assets (T,), NaN where none is known."""

    of_asset: Floats
    average: Floats


def daily_returns(market: Market) -> Returns:
    """Returns of all sessions of the panel."""
    made = Returns(of_asset=np.empty(market.price.shape), average=np.empty(len(market.price)))

    def piece(first: int, last: int) -> None:
        _daily_returns(market.price, first, last, made.of_asset, made.average)

    in_pieces(piece, len(market.price), _DATES_A_PIECE, market.price.size)
    return made


def _characteristics(market: Market, returns: Returns, t: int) -> dict[str, Floats]:
    """(N,) each, at the close of session ``t``. Sums run over sessions, in their order."""
    nothing = np.full(market.price.shape[1], np.nan)
    with np.errstate(all="ignore"):
        momentum = nothing
        if t >= MOMENTUM_SESSIONS:
            momentum = market.price[t - SKIPPED_SESSIONS] / market.price[t - MOMENTUM_SESSIONS] - 1.0
        size = nothing
        if market.shares is not None:
            size = np.log(market.mark[t] * market.shares[t])
        elif market.dollar_volume is not None:
            size = np.log(mean_dollar_volume(market.dollar_volume, t))
        begin = max(0, t + 1 - VOLATILITY_SESSIONS)
        volatility = _std(returns.of_asset[begin : t + 1], least=VOLATILITY_SESSIONS // 2)
    return {
        "market beta": _betas(returns.of_asset[max(0, t + 1 - BETA_SESSIONS) : t + 1], returns.average, t),
        "size": size,
        "momentum 12-1": momentum,
        "volatility": volatility,
    }


def mean_dollar_volume(dollar_volume: Floats, t: int) -> Floats:
    """(N,) mean over the 20 sessions up to ``t``, of those that are known; NaN for fewer than ten."""
    out = np.zeros(dollar_volume.shape[1])
    _mean_of_rows(dollar_volume[max(0, t + 1 - VOLUME_SESSIONS) : t + 1], VOLUME_SESSIONS // 2, out)
    return out


def _std(block: Floats, *, least: int) -> Floats:
    count, _, squares, _ = _sums(block, np.zeros(len(block)))
    return np.where(count >= least, np.sqrt(squares / np.maximum(count - 1, 1)), np.nan)


def _betas(block: Floats, average: Floats, t: int) -> Floats:
    count, square, _, both = _sums(block, np.ascontiguousarray(average[t + 1 - len(block) : t + 1]))
    enough = (count >= LEAST_SESSIONS) & (square > 0)
    return np.where(enough, both / np.where(enough, square, 1.0), np.nan)


def _sums(block: Floats, x: Floats) -> tuple[NDArray[np.int64], Floats, Floats, Floats]:
    """By column of (W, N): how many rows are known; the centred sums of squares of ``x`` (W,), of the column, of both."""
    assets = block.shape[1]
    count, out = np.zeros(assets, np.int64), np.zeros((3, assets))
    _centred_sums(block, x, count, np.zeros((2, assets)), out)
    return count, out[0], out[1], out[2]


@njit(cache=True, nogil=True, error_model="numpy")
def _daily_returns(price, first, last, out, average):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for t in range(first, last):
        total, known = 0.0, 0
        for i in range(price.shape[1]):
            made = price[t, i] / price[t - 1, i] - 1.0 if t > 0 else np.nan
            if np.isfinite(made):
                total += made
                known += 1
                out[t, i] = made
            else:
                out[t, i] = np.nan
        average[t] = total / known if known > 0 else np.nan


@njit(cache=True, nogil=True, error_model="numpy")
def _centred_sums(block, x, count, mean, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    # Without branches, so that several assets are added at once; each asset's sums are in the order of the sessions all the same.
    rows, assets = block.shape
    for r in range(rows):
        if not np.isfinite(x[r]):
            continue
        for i in range(assets):
            value = block[r, i]
            known = value - value == 0.0
            count[i] += known
            mean[0, i] += x[r] if known else 0.0
            mean[1, i] += value if known else 0.0
    for i in range(assets):
        mean[0, i] /= max(count[i], 1)
        mean[1, i] /= max(count[i], 1)
    for r in range(rows):
        if not np.isfinite(x[r]):
            continue
        for i in range(assets):
            value = block[r, i]
            known = value - value == 0.0
            u = x[r] - mean[0, i] if known else 0.0
            v = value - mean[1, i] if known else 0.0
            out[0, i] += u * u
            out[1, i] += v * v
            out[2, i] += u * v


@njit(cache=True, nogil=True, error_model="numpy")
def _mean_of_rows(block, least, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    rows, assets = block.shape
    count = np.zeros(assets, np.int64)
    for r in range(rows):
        for i in range(assets):
            value = block[r, i]
            known = value - value == 0.0
            count[i] += known
            out[i] += value if known else 0.0
    for i in range(assets):
        out[i] = out[i] / count[i] if count[i] >= least else np.nan


def _z(values: Floats, wanted: NDArray[np.bool_]) -> Floats:
    known = wanted & np.isfinite(values)
    _, mean, std = moments(values[known])
    return (values - mean) / std if std > 0 else np.full(len(values), math.nan)


def _exposure(value: Floats, x: Floats) -> float:
    known = np.isfinite(x) & (value != 0)
    return exact_sum(value[known] * x[known]) if known.any() else math.nan
