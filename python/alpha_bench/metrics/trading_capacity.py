"""How much money the book could carry: its trades against what is traded anyway.

Participation of a trade is its value over the asset's average daily dollar volume (ADV): the mean of price times volume over the 20
sessions up to the trade. At book size ``A`` it is ``A |trade| / ADV``, with trades of a book of capital 1 (see
:mod:`alpha_bench.metrics.tranches`). Trades where the ADV is unknown are left out and counted; where it is 0 they exceed every limit.

A usual rule of thumb keeps participation at or below 5 to 10 % of ADV, beyond which impact, which grows with its square root, is no
longer small beside the spread: Almgren, Thum, Hauptmann and Li (2005), "Direct estimation of equity market impact", Risk 18(7).
No impact is charged to the figures of the report: this says from which size on they stop being true.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from alpha_bench.metrics.inference import ratio
from alpha_bench.metrics.market import Market
from alpha_bench.metrics.style_exposures import mean_dollar_volume
from alpha_bench.metrics.tranches import Book
from alpha_bench.runtime import Floats

BOOK_SIZES = (1e6, 3e6, 1e7, 3e7, 1e8, 3e8, 1e9, 3e9, 1e10)
LIMITS = (0.01, 0.05, 0.10)
_LIMIT = 0.05
_MOST_TRADES = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Capacity:
    """Participation of the book's trades.

    Attributes:
        sizes: books, in the panel's currency; ``limits``: shares of ADV.
        exceeding: by size, by limit, the share of trades above it.
        median: median participation of a book of 1; ``book_at_5_percent``: the size at which it is 5 %.
        tail_at_5_percent: the smaller size at which one trade in twenty is above 5 % of ADV.
        every_sessions: trades of one in so many sessions with trades are looked at; ``trades`` how many, ``unknown`` without an ADV.
    """

    sizes: tuple[float, ...]
    limits: tuple[float, ...]
    exceeding: tuple[tuple[float, ...], ...]
    median: float
    book_at_5_percent: float
    tail_at_5_percent: float
    every_sessions: int
    trades: int
    unknown: int


def capacity(book: Book, market: Market) -> Capacity | None:
    """Capacity of ``book``; None where the panel has no volume, or nothing is traded."""
    if market.dollar_volume is None:
        return None
    assets = book.bought.shape[1]
    sessions = book.entries[book.entries >= book.begin]
    every = max(1, math.ceil(len(sessions) * assets / _MOST_TRADES))
    found, unknown = [], 0
    for d in sessions[::every].tolist():
        leaving = book.leaving[d]
        trade = np.abs(book.bought[d] - (book.bought[leaving] if leaving >= 0 else 0.0))
        traded = np.flatnonzero(trade)
        volume = mean_dollar_volume(market.dollar_volume, market.first + d)[traded]
        known = np.isfinite(volume)
        unknown += int((~known).sum())
        value = (trade * market.mark[market.first + d])[traded][known]
        with np.errstate(divide="ignore"):
            found.append(value / volume[known])
    part = np.sort(np.concatenate(found)) if found else np.empty(0)
    if not len(part):
        return None
    median = _median(part)
    return Capacity(
        sizes=BOOK_SIZES,
        limits=LIMITS,
        exceeding=tuple(tuple(_above(part, limit / size) for limit in LIMITS) for size in BOOK_SIZES),
        median=median,
        book_at_5_percent=ratio(_LIMIT, median),
        tail_at_5_percent=ratio(_LIMIT, float(part[math.ceil(0.95 * len(part)) - 1])),
        every_sessions=every,
        trades=len(part),
        unknown=unknown,
    )


def _above(part: Floats, level: float) -> float:
    return float(1 - np.searchsorted(part, level, side="right") / len(part))


def _median(part: Floats) -> float:
    half = len(part) // 2
    return float(part[half]) if len(part) % 2 else float((part[half - 1] + part[half]) / 2)
