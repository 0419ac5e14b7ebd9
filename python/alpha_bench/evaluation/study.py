"""Everything that a report tells beyond its first figures, each part computed when it is first asked for.

An evaluation's own figures take a fraction of a second and are wanted always; a book, its exposures and its capacity take longer and
are wanted when somebody reads. What is kept is small: series over the test sessions, and no (sessions, assets) array that the panel or the
report does not have already.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from alpha_bench.definitions import Judged
from alpha_bench.engine import current_memory
from alpha_bench.evaluation.named_figures import FigureValue
from alpha_bench.evaluation.panel_limits import findings_of
from alpha_bench.expressions import ValueSource
from alpha_bench.metrics import (
    COSTS_BPS,
    Book,
    Capacity,
    DateRanks,
    DateScores,
    DecayPoint,
    Exposures,
    GroupScore,
    MarketFit,
    Month,
    Performance,
    Prices,
    SharpeEvidence,
    after_costs,
    book_exposures,
    break_even_bps,
    by_group,
    by_month,
    capacity,
    daily_returns,
    decay,
    hold_tranches,
    market_fit,
    market_of,
    mean_of_known,
    moments,
    monotonicity_p,
    newey_west_error,
    order_correlation,
    performance,
    prices_of,
    quantile_turnover,
    rank_autocorrelation,
    rank_dates,
    ratio,
    rebalancing_sessions,
    returns_by_quantile,
    sharpe_evidence,
    stranded,
)
from alpha_bench.runtime import Floats

_NOT_LOOKED_AT = "What is odd about the data (bad prints, splits, gaps) was not looked at, because memory is limited: print(panel.validation)."


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Spread:
    """Returns by quantile on each date, the top less the bottom, and whether they rise.

    ``mean``, ``t`` (Newey-West, lag 2(h-1)) and ``std`` of the daily spread; ``order``: Spearman of the quantiles' means with their
    order; ``monotonicity_p``: Patton and Timmermann's p, small where returns rise all the way.
    """

    by_date: Floats
    mean: float
    std: float
    t: float
    order: float
    monotonicity_p: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Portfolio:
    """The overlapping-tranche book, by session of the test blocks (D,), NaN before all tranches are in place.

    Attributes:
        begin: position of the first recorded session.
        profit, profit_long, turnover, gross, net: see :class:`alpha_bench.metrics.tranches.Book`.
        market: equal-weighted mean return of all assets.
        quantiles: (D, Q + 1) returns of equal-weighted holdings by quantile, and of all predicted assets.
        top_turnover, bottom_turnover, rank_autocorrelation: how fast the predictions change.
        by_cost: cost in basis points -> figures after it.
        break_even_bps: the cost of a unit of turnover at which nothing is left.
        evidence: what its Sharpe ratio is worth; ``fit``: against the market.
        stranded: positions whose asset's price ended for good while they were held; they stay valued at the last one.
        widest: the largest profit or loss of one asset in one session: position, asset, size.
        exposures, capacity: see there.
    """

    begin: int
    profit: Floats
    profit_long: Floats
    turnover: Floats
    gross: Floats
    net: Floats
    market: Floats
    quantiles: Floats
    top_turnover: Floats
    bottom_turnover: Floats
    rank_autocorrelation: Floats
    by_cost: dict[int, Performance]
    break_even_bps: float
    evidence: SharpeEvidence
    fit: MarketFit
    stranded: int
    widest: tuple[int, str, float] | None
    exposures: Exposures
    capacity: Capacity | None


class Study:
    """The parts. Each is computed once, from what the evaluation found and the panel that it found it on.

    Args:
        panel: where prices, volumes and groups come from.
        definition: what was evaluated.
        first: position of the first test session in the panel's calendar.
        scores: the daily scores of ``prediction`` and ``label``, all (D, ...).
        trials: how many variants were tried, this one included.
    """

    def __init__(
        self,
        *,
        panel: ValueSource,
        definition: Judged,
        first: int,
        scores: DateScores,
        prediction: Floats,
        label: Floats,
        trials: int,
    ) -> None:
        self._panel = panel
        self._definition = definition
        self._first = first
        self._scores = scores
        self._prediction = prediction
        self._label = label
        self.trials = trials

    @property
    def dates(self) -> NDArray[np.datetime64]:
        """The test sessions (D,)."""
        every = np.asarray(self._panel.dates, dtype="datetime64[D]")
        return every[self._first : self._first + len(self._prediction)]

    @cached_property
    def prices(self) -> Prices | None:
        """The panel's prices; None where it has none for the label."""
        return prices_of(self._panel, self._definition.label, *self._tested)

    @property
    def _tested(self) -> tuple[int, int]:
        return self._first, self._first + len(self._prediction)

    @cached_property
    def panel_findings(self) -> tuple[str, ...]:
        """What validation found in fields that the model reads, as sentences; validation reads all of them, so not where memory is limited."""
        if current_memory() is not None:
            return (_NOT_LOOKED_AT,)
        held = getattr(self._panel, "validation", None)
        return () if held is None else tuple(findings_of(self._definition, held))

    @cached_property
    def formed(self) -> NDArray[np.int64]:
        """Positions of the sessions at whose close the book is renewed."""
        first, last = self._tested
        every = np.asarray(self._panel.dates, dtype="datetime64[D]")
        at = rebalancing_sessions(every, self._definition.rebalance)
        return at[(at >= first) & (at < last)] - first

    @cached_property
    def months(self) -> tuple[Month, ...]:
        """Mean scores by calendar month."""
        return by_month(self.dates, self._scores.ic, self._scores.rank_ic)

    @cached_property
    def groups(self) -> tuple[GroupScore, ...]:
        """Mean scores within each group; empty where there are none."""
        if self.prices is None:
            return ()
        return by_group(self._prediction, self._label, self.prices, horizon=self._definition.horizon)

    @cached_property
    def decay(self) -> tuple[DecayPoint, ...]:
        """IC over horizons; empty where the panel has no price."""
        if self.prices is None:
            return ()
        return decay(
            self._prediction, self.prices, horizon=self._definition.horizon, delay=self._definition.delay
        )

    @cached_property
    def spread(self) -> Spread:
        """Returns by quantile and their spread."""
        by_date, lag = self._scores.quantile_returns, 2 * (self._definition.horizon - 1)
        daily = by_date[:, -1] - by_date[:, 0]
        known = daily[np.isfinite(daily)]
        _, mean, std = moments(known)
        return Spread(
            by_date=by_date,
            mean=mean,
            std=std,
            t=ratio(mean, newey_west_error(known, lag)),
            order=order_correlation([mean_of_known(column) for column in by_date.T]),
            monotonicity_p=monotonicity_p(by_date, block_sessions=2 * self._definition.horizon),
        )

    @cached_property
    def predicted(self) -> NDArray[np.int64]:
        """(D,) assets with a prediction."""
        return np.asarray(np.isfinite(self._prediction).sum(axis=1), dtype=np.int64)

    @cached_property
    def labelled(self) -> NDArray[np.int64]:
        """(D,) assets with a known label."""
        return np.asarray(np.isfinite(self._label).sum(axis=1), dtype=np.int64)

    @cached_property
    def portfolio(self) -> Portfolio | None:
        """The book; None where the panel has no price, or no session on which all tranches are in place."""
        plan, market = self._definition, market_of(self._panel, self._definition.label, *self._tested)
        if market is None or plan.delay + plan.holding + 1 >= len(self._prediction):
            return None
        ranks, formed = rank_dates(self._prediction, plan.quantiles), self.formed
        book = hold_tranches(ranks.weights, market, horizon=plan.holding, delay=plan.delay, formed=formed)
        if book.begin + 1 >= len(self._prediction):
            return None
        quantiles = returns_by_quantile(
            ranks.quantiles,
            market,
            horizon=plan.holding,
            delay=plan.delay,
            bins=plan.quantiles,
            formed=formed,
        )
        top, bottom, autocorrelation = _changes(ranks, plan.quantiles, formed)
        del ranks  # each of these is as large as the predictions
        returns = daily_returns(market)
        exposed = book_exposures(book, market, returns, self._prediction, self.dates)
        average = returns.average[market.first : market.last]
        del returns
        profit, turnover = book.profit[book.begin :], book.turnover[book.begin :]
        with_market = np.isfinite(average[book.begin :])
        return Portfolio(
            begin=book.begin,
            profit=book.profit,
            profit_long=book.profit_long,
            turnover=book.turnover,
            gross=book.gross,
            net=book.net,
            market=average,
            quantiles=quantiles,
            top_turnover=top,
            bottom_turnover=bottom,
            rank_autocorrelation=autocorrelation,
            by_cost={c: performance(after_costs(profit, turnover, c)) for c in COSTS_BPS},
            break_even_bps=break_even_bps(profit, turnover),
            evidence=sharpe_evidence(profit, trials=self.trials),
            fit=market_fit(
                profit[with_market], average[book.begin :][with_market], lag=2 * (plan.horizon - 1)
            ),
            stranded=stranded(book, market),
            widest=self._widest(book),
            exposures=exposed,
            capacity=capacity(book, market),
        )

    def _widest(self, book: Book) -> tuple[int, str, float] | None:
        sizes = np.abs(book.widest_profit[book.begin :])
        if not len(sizes) or not sizes.max() > 0:
            return None
        day = book.begin + int(np.argmax(sizes))
        asset = str(self._panel.assets[book.widest[day]])
        return day, asset, float(book.widest_profit[day])

    def figures(self) -> dict[str, FigureValue]:
        """The figures of these parts, by name; see ``docs/how-to/read-a-report.md``. NaN where one cannot be formed; those of
        the book are left out where there is none."""
        found: dict[str, FigureValue] = {
            "quantile_spread_t": self.spread.t,
            "quantile_order": self.spread.order,
            "monotonicity_p": self.spread.monotonicity_p,
            "trials": self.trials,
        }
        return found if self.portfolio is None else found | _figures(self.portfolio)


def _changes(ranks: DateRanks, bins: int, formed: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """(D,) turnover of the highest and of the lowest quantile and autocorrelation of the ranks, each with the renewal before."""
    days = len(ranks.quantiles)
    if len(formed) < days:
        ranks = DateRanks(weights=ranks.weights[formed], quantiles=ranks.quantiles[formed])
    out = np.full((3, days), np.nan)
    out[0, formed] = quantile_turnover(ranks.quantiles, bins - 1)
    out[1, formed] = quantile_turnover(ranks.quantiles, 0)
    out[2, formed] = rank_autocorrelation(ranks)
    top, bottom, autocorrelation = out
    return top, bottom, autocorrelation


def _figures(book: Portfolio) -> dict[str, FigureValue]:
    gross = book.by_cost[0]
    return {
        "quantile_turnover_top": mean_of_known(book.top_turnover),
        "quantile_turnover_bottom": mean_of_known(book.bottom_turnover),
        "rank_autocorrelation": mean_of_known(book.rank_autocorrelation),
        "portfolio_sessions": gross.sessions,
        "annual_return": gross.annual_return,
        "volatility": gross.volatility,
        "sharpe": gross.sharpe,
        "sharpe_by_cost": [p.sharpe for p in book.by_cost.values()],
        "annual_return_by_cost": [p.annual_return for p in book.by_cost.values()],
        "drawdown": gross.drawdown,
        "turnover": mean_of_known(book.turnover),
        "break_even_cost_bps": book.break_even_bps,
        "sharpe_probability": book.evidence.probabilistic,
        "deflated_sharpe": book.evidence.deflated,
        "least_record_sessions": book.evidence.least_sessions,
        "market_beta": book.fit.beta,
        "annual_alpha": book.fit.annual_alpha,
        "annual_alpha_t": book.fit.alpha_t,
        "capacity": math.nan if book.capacity is None else book.capacity.book_at_5_percent,
        "capacity_tail": math.nan if book.capacity is None else book.capacity.tail_at_5_percent,
    }
