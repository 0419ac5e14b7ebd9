"""Figures of a book found again by the judge: from the positions that a signal notebook leaves, and returns of the declared prices.

How a notebook makes a book of its signal is not asked: every usual way is computed (positions as they are, or scaled to a gross of one on each
session, as they are or less their mean, their sign; earned on the session after them, or on their own, which cells shift themselves; added or
averaged over assets; over all sessions, from the first position on, or those with one), and a stated figure that one of them agrees
with to six digits is found again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from alpha_bench.describe import AlphaBenchError, load_signal
from nbcode.primitives import Json, Judged, Judgement
from nbcode.results.called import found_again

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from alpha_bench.describe import Panel

    Array = NDArray[np.float64]

_YEAR = (252.0, 250.0, 260.0)
_LEAST = 20


def book_again(directory: Path, panels: Iterable[Panel], stated: Mapping[str, Json]) -> Judgement:
    """Which of the figures ``stated`` are those of a book of the signal in ``directory`` on the first of ``panels`` that has ``close`` of its
    dates and assets. Sessions count from a position's own."""
    try:
        signal = load_signal(directory)
    except AlphaBenchError:
        signal = None
    if signal is None:
        return Judgement(judged=Judged.STATED)
    for panel in panels:
        positions = _placed(signal.values, panel)
        if positions is not None:
            found = [one for profit in _profits(positions, panel.fields["close"]) for one in _figures(profit)]
            again = found_again(stated, found)
            return Judgement(judged=Judged.STATED, figures=tuple(again), outside=again, held=bool(again))
    return Judgement(judged=Judged.STATED)


def _placed(values: Any, panel: Panel) -> Array | None:
    """The positions by session and asset of ``panel``, 0 where there is none; None where a position has no place there."""
    if "close" not in panel.fields:
        return None
    rows = _at(
        values.index.get_level_values("date").to_numpy("datetime64[D]"), panel.dates.astype("datetime64[D]")
    )
    if values.index.nlevels == 2:
        columns = _at(values.index.get_level_values("symbol").to_numpy(str), panel.assets.astype(str))
    else:
        columns = np.full(len(rows), 0 if len(panel.assets) == 1 else -1)
    if not len(rows) or (rows < 0).any() or (columns < 0).any():
        return None
    placed = np.zeros(panel.fields["close"].shape)
    placed[rows, columns] = values.to_numpy()
    return placed


def _at(wanted: Any, there: Any) -> Any:
    order = np.argsort(there, kind="stable")
    found = np.minimum(np.searchsorted(there[order], wanted), len(there) - 1)
    return np.where(there[order][found] == wanted, order[found], -1)


def _profits(positions: Array, close: Array) -> Iterator[Array]:
    """The profit of each session, for every usual way."""
    with np.errstate(all="ignore"):
        simple = np.full(close.shape, np.nan)
        simple[1:] = close[1:] / close[:-1] - 1
        for returns in (simple, np.log1p(simple)):
            for weights in _weights(positions):
                for held in (np.vstack([np.zeros((1, weights.shape[1])), weights[:-1]]), weights):
                    earned = held * returns
                    known = np.isfinite(earned)
                    added = np.where(known, earned, 0.0).sum(axis=1)
                    for profit in (added, added / np.maximum(known.sum(axis=1), 1)):
                        yield from _spans(profit, held)


def _weights(positions: Array) -> Iterator[Array]:
    held = positions != 0
    centred = np.where(held, positions - _mean(positions, held), 0.0)
    for one in (positions, centred, np.sign(positions)):
        yield one
        gross = np.abs(one).sum(axis=1, keepdims=True)
        yield np.divide(one, gross, out=np.zeros_like(one), where=gross > 0)


def _mean(values: Array, there: Any) -> Any:
    return values.sum(axis=1, keepdims=True) / np.maximum(there.sum(axis=1, keepdims=True), 1)


def _spans(profit: Array, held: Array) -> Iterator[Array]:
    """All sessions, all but the first, from the first position on, and those with a position."""
    on = np.flatnonzero((held != 0).any(axis=1))
    if len(on):
        yield from (profit, profit[1:], profit[on[0] :], profit[on[0] : on[-1] + 1], profit[on])


def _figures(profit: Array) -> Iterator[tuple[str, float]]:
    """(kind, value) of mean, volatility, Sharpe ratio, total, drawdown: of a session and of a year. Not the share of days that earned: of so
    many ways one has nearly any."""
    if len(profit) < _LEAST or not profit.any():
        return
    mean, grown = profit.mean(), np.cumprod(1 + profit)
    for spread in (profit.std(ddof=1), profit.std()):
        for scale in (1.0, *(year**0.5 for year in _YEAR)):
            yield "volatility", spread * scale
            yield "sharpe", mean / spread * scale
    for total in (mean, profit.sum(), grown[-1] - 1, *(mean * year for year in _YEAR)):
        yield "return", total
    for year in _YEAR if grown[-1] > 0 else ():
        yield "return", grown[-1] ** (year / len(profit)) - 1
    added = np.cumsum(profit)
    for line in (grown, 1 + added):
        lost = float((line / np.maximum.accumulate(line) - 1).min())
        yield "drawdown", lost
        yield "drawdown", -lost
    yield "drawdown", float((added - np.maximum.accumulate(added)).min())
