"""Further figures of an outcome, each computed when it is first asked for: of the book's record, of the predictions' size, of each feature alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from alpha_bench.definitions import EvaluationDefinition, Judged
from alpha_bench.evaluation.study import Study
from alpha_bench.expressions import ValueSource
from alpha_bench.metrics import (
    DateScores,
    Downside,
    Drawdown,
    FeatureScore,
    Overfitting,
    Relative,
    SharpeInterval,
    Year,
    by_year,
    correlations,
    dates_looked_at,
    downside,
    feature_score,
    overfitting,
    r_squared_out_of_sample,
    relative_to,
    sharpe_interval,
    worst_drawdowns,
)
from alpha_bench.runtime import Floats

MOST_FEATURES = 30
_LEAST_BLOCK = 10
_BLOCKS = (16, 12, 10, 8, 6, 4)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FeaturesAlone:
    """``scores`` of each feature, and the ``correlation`` (F, F) of the first 30 of them."""

    scores: tuple[FeatureScore, ...]
    correlation: Floats


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class AgainstBenchmark:
    """The long-short ``book`` and the holdings of the highest quantile alone (``top``) against the benchmark called ``name``."""

    name: str
    book: Relative
    top: Relative


class Supplement:
    """The parts. Each is computed once.

    Args:
        study: where the book is from; ``panel``, ``definition``, ``first``, ``scores``, ``prediction``, ``label``: as it was given them.
        benchmark: (D,) returns of each test session; None for the mean of all predicted assets.
        variants: daily ICs of every candidate of the definition's search (D, C), computed when it is called; None where there is no search.
    """

    def __init__(
        self,
        *,
        study: Study,
        panel: ValueSource,
        definition: Judged,
        first: int,
        scores: DateScores,
        prediction: Floats,
        label: Floats,
        benchmark: Floats | None = None,
        variants: Callable[[], Floats] | None = None,
    ) -> None:
        self._study = study
        self._panel = panel
        self._definition = definition
        self._first = first
        self._scores = scores
        self._prediction = prediction
        self._label = label
        self._benchmark = benchmark
        self._variants = variants

    @property
    def _lag(self) -> int:
        return 2 * (self._definition.horizon - 1)

    @cached_property
    def profit(self) -> Floats:
        """The book's profit of each session of its record; empty where there is no book."""
        book = self._study.portfolio
        return np.empty(0) if book is None else book.profit[book.begin :]

    @cached_property
    def interval(self) -> SharpeInterval:
        """How far the Sharpe ratio may be from the true one."""
        return sharpe_interval(self.profit, lag=self._lag)

    @cached_property
    def downside(self) -> Downside:
        """What can be lost."""
        return downside(self.profit)

    @cached_property
    def drawdowns(self) -> tuple[Drawdown, ...]:
        """The five deepest, positions counted from the first session of the book's record."""
        return worst_drawdowns(self.profit)

    @cached_property
    def years(self) -> tuple[Year, ...]:
        """Scores and book by calendar year."""
        book = self._study.portfolio
        profit = np.full(len(self._prediction), np.nan) if book is None else book.profit
        return by_year(
            self._study.dates, self._scores.ic, self._scores.rank_ic, profit, horizon=self._definition.horizon
        )

    @cached_property
    def against(self) -> AgainstBenchmark | None:
        """Against the benchmark; None where there is no book."""
        book = self._study.portfolio
        if book is None:
            return None
        name = getattr(self._definition, "benchmark", None) or "mean of all predicted assets"
        returns = book.quantiles[:, -1] if self._benchmark is None else self._benchmark
        return AgainstBenchmark(
            name=name,
            book=relative_to(book.profit[book.begin :], returns[book.begin :], lag=self._lag),
            top=relative_to(book.quantiles[book.begin :, -2], returns[book.begin :], lag=self._lag),
        )

    @cached_property
    def r2_oos(self) -> float:
        """Out-of-sample R squared; NaN for a factor, which is not in the units of the label, and for a label of ranks, whose zero is no
        forecast: the middle rank would explain three quarters of them."""
        if not isinstance(self._definition, EvaluationDefinition) or self._definition.label.op == "cs.rank":
            return math.nan
        return r_squared_out_of_sample(self._prediction, self._label)

    @cached_property
    def features(self) -> FeaturesAlone | None:
        """Each feature alone, on the test sessions, within the universe; None for a factor."""
        plan = self._definition
        if not isinstance(plan, EvaluationDefinition):
            return None
        cut = slice(self._first, self._first + len(self._prediction))
        inside = None if plan.universe is None else self._panel.compute((plan.universe,))[0][cut] > 0
        at = dates_looked_at(len(self._prediction))
        scores: list[FeatureScore] = []
        looked_at: list[Floats] = []
        for name, feature in zip(plan.model.names, plan.model.confined[:-1], strict=True):
            computed = self._panel.compute((feature,))[0][
                cut
            ]  # one at a time: each is as large as the predictions
            values = np.array(computed) if inside is None else np.where(inside, computed, np.nan)
            scores.append(feature_score(name, values, self._label, horizon=plan.horizon))
            if len(looked_at) < MOST_FEATURES:
                looked_at.append(values[at])
        return FeaturesAlone(scores=tuple(scores), correlation=correlations(looked_at))

    @cached_property
    def overfitting(self) -> Overfitting | None:
        """PBO of the search's candidates, by their daily ICs; None where there is no search or too short a record."""
        if self._variants is None:
            return None
        series = self._variants()
        known = series[np.isfinite(series).all(axis=1)]
        blocks = next((b for b in _BLOCKS if len(known) >= b * _LEAST_BLOCK), None)
        return None if blocks is None or series.shape[1] < 2 else overfitting(known, blocks=blocks)

    def figure(self, name: str) -> float:
        """A figure of :data:`SUPPLEMENTS` by name; NaN where it cannot be formed."""
        return SUPPLEMENTS[name](self)


def _relative(of: Callable[[AgainstBenchmark], float]) -> Callable[[Supplement], float]:
    return lambda s: math.nan if s.against is None else of(s.against)


SUPPLEMENTS: dict[str, Callable[[Supplement], float]] = {
    "sharpe_low": lambda s: s.interval.low,
    "sharpe_high": lambda s: s.interval.high,
    "sortino": lambda s: s.downside.sortino,
    "calmar": lambda s: s.downside.calmar,
    "value_at_risk": lambda s: s.downside.value_at_risk,
    "expected_shortfall": lambda s: s.downside.expected_shortfall,
    "information_ratio": _relative(lambda a: a.top.information_ratio),
    "tracking_error": _relative(lambda a: a.top.tracking_error),
    "active_return": _relative(lambda a: a.top.active_return),
    "benchmark_beta": _relative(lambda a: a.book.beta),
    "benchmark_alpha": _relative(lambda a: a.book.annual_alpha),
    "benchmark_alpha_t": _relative(lambda a: a.book.alpha_t),
    "r2_oos": lambda s: s.r2_oos,
    "pbo": lambda s: math.nan if s.overfitting is None else s.overfitting.probability,
}
"""The figures of these parts, by name; ``docs/how-to/read-a-report.md`` says what each is."""
