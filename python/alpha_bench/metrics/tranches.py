"""A book of overlapping tranches: what holding the predictions would have earned, day by day.

Jegadeesh and Titman (1993), "Returns to buying winners and selling losers", Journal of Finance 48(1), section I: with a holding
period of ``h`` sessions, 1/h of the book is renewed each session, so that ``h`` tranches are held at once.

With weights ``w[t]`` of the predictions at the close of ``t`` (demeaned ranks of gross 1), delay ``d`` and prices ``p``:

1. the tranche of ``t`` is bought at the close of ``u = t + d``: ``q[u] = w[t] / (h p[u])`` shares; an asset without a price then is not;
2. after the close of ``u`` the book is ``S[u] = q[u] + q[u-1] + ... + q[u-h+1]`` shares: nothing is traded between entry and exit;
3. the profit of ``u`` is the sum over assets of ``S[u-1] (m[u] - m[u-1])``, ``m`` the last known price;
4. the turnover of ``u`` is the sum of ``|q[u] - q[u-h]| m[u]``: what is bought and sold, netted within an asset.

The capital is constant at 1 and profits are not reinvested: a profit of 0.01 is 1 % of the capital, which is the gross exposure at
entry. So over the life of a tranche its profit is exactly ``sum(w[t] label[t]) / h``. The record begins when ``h`` sessions
after the first one with predictions have been traded, and ends with the last test session; the book is not sold off at the end. No borrowing cost, no interest, no dividends beyond the price's.

A book that is renewed by week or month is the same with "the sessions that end a period" for "session": ``h`` counts its tranches, and
``q[u]`` is 0 at all other sessions (the K-month holding of the same paper; see :mod:`.rebalancing`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alpha_bench.metrics.market import Market
from alpha_bench.metrics.rebalancing import tranches_of
from alpha_bench.runtime import Floats, in_pieces, njit

_DATES_A_PIECE = 32


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Book:
    """By session of the test blocks (D,), NaN before ``begin``, where all tranches are in place.

    Attributes:
        begin: position of the first recorded session.
        shares: (D, N) held after the close; ``bought``: (D, N) the tranche entered at it, ``q``.
        profit: of the session, of which ``profit_long`` on holdings above zero.
        turnover: value bought and sold at the close.
        gross, net: value of the holdings after the close, sizes and signed.
        widest: position of the asset with the largest profit or loss of the session; ``widest_profit`` what it was.
        entries: (K,) sessions at which a tranche is bought; ``leaving``: (D,) the entry of the one that is sold, -1 for none.
    """

    begin: int
    shares: Floats
    bought: Floats
    profit: Floats
    profit_long: Floats
    turnover: Floats
    gross: Floats
    net: Floats
    widest: NDArray[np.int64]
    widest_profit: Floats
    entries: NDArray[np.int64]
    leaving: NDArray[np.int64]


def stranded(book: Book, market: Market) -> int:
    """Positions that were held at the last price of their asset, which ended before the panel did, and stay valued at it: no delisting
    return is known."""
    known = np.isfinite(market.price)
    last = len(known) - 1 - known[::-1].argmax(axis=0)
    tested = (last >= market.first) & (last < market.last - 1) & known.any(axis=0)
    assets = np.flatnonzero(tested)
    assets = assets[market.mark[last[assets] + 1, assets] == market.price[last[assets], assets]]
    return int(np.count_nonzero(book.shares[last[assets] - market.first, assets]))


def hold_tranches(
    weights: Floats, market: Market, *, horizon: int, delay: int, formed: NDArray[np.int64] | None = None
) -> Book:
    """The book of ``weights`` (D, N), one row a session of the test blocks: ``horizon`` tranches held at once, one formed at each
    session, or at the sessions ``formed`` alone."""
    cut = slice(market.first, market.last)
    price, mark = market.price[cut], market.mark[cut]
    days, assets = weights.shape
    held = tranches_of(days, holding=horizon, delay=delay, formed=formed)
    bought, shares = np.zeros((days, assets)), np.zeros((days, assets))
    series = np.full((6, days), np.nan)
    widest = np.full(days, -1, np.int64)

    def enter(first: int, last: int) -> None:
        _enter(weights, price, held.entries, horizon, delay, first, last, bought)

    def gather(first: int, last: int) -> None:
        _gather(bought, held.entries, held.first, held.last, first, last, shares)

    def value(first: int, last: int) -> None:
        _value(bought, shares, mark, held.leaving, first, last, series, widest)

    for work in (enter, gather, value):
        in_pieces(work, days, _DATES_A_PIECE, weights.size)
    ready = (
        np.searchsorted(held.entries, _first_weights(weights) + delay) + horizon - 1
    )  # the last tranche that has to be in place
    begin = int(held.entries[ready]) + 1 if ready < len(held.entries) else days
    series[:, :begin] = math.nan
    profit, profit_long, turnover, gross, net, widest_profit = series
    return Book(
        begin=begin,
        shares=shares,
        bought=bought,
        profit=profit,
        profit_long=profit_long,
        turnover=turnover,
        gross=gross,
        net=net,
        widest=widest,
        widest_profit=widest_profit,
        entries=held.entries,
        leaving=held.leaving,
    )


def _first_weights(weights: Floats) -> int:
    """The first session with a weight, or how many sessions there are."""
    return next((t for t, row in enumerate(weights) if row.any()), len(weights))


def returns_by_quantile(
    quantiles: NDArray[np.int8],
    market: Market,
    *,
    horizon: int,
    delay: int,
    bins: int,
    formed: NDArray[np.int64] | None = None,
) -> Floats:
    """(D, bins + 1) return of each session of equal-weighted holdings of each quantile, and last of all predicted assets.

    The holdings of ``u`` are, as above, those of the last ``h`` sessions' quantiles in equal parts, each renewed to equal weights
    every session. NaN where one of the parts is empty and before all are in place. ``formed`` as :func:`hold_tranches` has it.
    """
    cut = slice(market.first, market.last)
    mark = market.mark[cut]
    days = len(quantiles)
    held = tranches_of(days, holding=horizon, delay=delay, formed=formed)
    out = np.full((days, bins + 1), np.nan)

    def piece(first: int, last: int) -> None:
        _by_quantile(quantiles, mark, held.entries, held.first, held.last, horizon, delay, first, last, out)

    in_pieces(piece, days, _DATES_A_PIECE, quantiles.size)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _enter(weights, price, entries, horizon, delay, first, last, bought):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    for u in entries[np.searchsorted(entries, first) : np.searchsorted(entries, last)]:
        for i in range(weights.shape[1]):
            w, p = weights[u - delay, i], price[u, i]
            if w != 0.0 and p > 0.0 and np.isfinite(p):
                bought[u, i] = w / (horizon * p)


@njit(cache=True, nogil=True, error_model="numpy")
def _gather(bought, entries, oldest, newest, first, last, shares):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    for u in range(first, last):
        for k in range(oldest[u], newest[u]):
            j = entries[k]
            for i in range(bought.shape[1]):
                shares[u, i] += bought[j, i]


@njit(cache=True, nogil=True, error_model="numpy")
def _value(bought, shares, mark, leaving, first, last, series, widest):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    for u in range(max(first, 1), last):
        profit = longs = turnover = gross = net = most = 0.0
        at = -1
        sold = leaving[u]
        for i in range(bought.shape[1]):
            m = mark[u, i]
            held = shares[u - 1, i]
            if held != 0.0:
                made = held * (m - mark[u - 1, i])
                profit += made
                if held > 0.0:
                    longs += made
                if abs(made) > abs(most):
                    most = made
                    at = i
            traded = bought[u, i] - (bought[sold, i] if sold >= 0 else 0.0)
            if traded != 0.0:
                turnover += abs(traded) * m
            if shares[u, i] != 0.0:
                net += shares[u, i] * m
                gross += abs(shares[u, i]) * m
        series[0, u] = profit
        series[1, u] = longs
        series[2, u] = turnover
        series[3, u] = gross
        series[4, u] = net
        series[5, u] = most
        widest[u] = at


@njit(cache=True, nogil=True, error_model="numpy")
def _by_quantile(quantiles, mark, entries, oldest, newest, horizon, delay, first, last, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    bins = out.shape[1] - 1
    total, count, mean = np.empty(bins), np.empty(bins, np.int64), np.empty(bins + 1)
    change = np.empty(mark.shape[1])
    for u in range(max(first, 1), last):
        if newest[u - 1] - oldest[u - 1] < horizon:
            continue
        for i in range(mark.shape[1]):
            change[i] = mark[u, i] / mark[u - 1, i] - 1.0
        mean[:] = 0.0
        for j in range(1, horizon + 1):
            formed = entries[newest[u - 1] - j] - delay
            total[:] = 0.0
            count[:] = 0
            for i in range(mark.shape[1]):
                q = quantiles[formed, i]
                if q >= 0 and np.isfinite(change[i]):
                    total[q] += change[i]
                    count[q] += 1
            every, members = 0.0, 0
            for q in range(bins):
                mean[q] += total[q] / count[q] if count[q] > 0 else np.nan
                every += total[q]
                members += count[q]
            mean[bins] += every / members if members > 0 else np.nan
        for q in range(bins + 1):
            out[u, q] = mean[q] / horizon
