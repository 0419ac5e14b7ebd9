"""What an evaluation found: the values that figures, pictures and pages are made of."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from alpha_bench.definitions import EvaluationDefinition, Judged
from alpha_bench.evaluation.figures import Figures
from alpha_bench.evaluation.study import Study
from alpha_bench.evaluation.supplement import Supplement
from alpha_bench.fitting import SearchResult
from alpha_bench.model_selection import Split
from alpha_bench.runtime import Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Daily:
    """By session of the test blocks: IC, rank IC (NaN where not scored) and pairs of prediction and label."""

    ic: Floats
    rank_ic: Floats
    pairs: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class FoldResult:
    """One fold: when it was trained and tested, and what was fitted.

    Attributes:
        train_sessions, train_rows: how many sessions, and complete rows in them, trained it.
        test_first, test_last: the first and last tested session, ``YYYY-MM-DD``, both tested; ``test_sessions``: how many.
        coef: in the order and the units of the features; None for an estimator without coefficients, as is ``intercept``.
        search: what a search inside the fold's training part found; None where there is none.
    """

    train_sessions: int
    train_rows: int
    test_first: str
    test_last: str
    test_sessions: int
    coef: tuple[float, ...] | None
    intercept: float | None
    search: SearchResult | None

    def to_plain(self) -> dict[str, object]:
        """As ``report.json`` has it."""
        plain: dict[str, object] = {f.name: getattr(self, f.name) for f in fields(self)}
        return plain | {
            "coef": None if self.coef is None else list(self.coef),
            "search": None if self.search is None else self.search.to_plain(),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Trials:
    """How much was tried.

    Attributes:
        declared: variants looked at by hand, this one included: the ``trials=`` of ``walk_forward``.
        candidates: of the search inside the folds; 1 where there is none.
        scored: candidates scored in all folds together; 0 where there is no search.
        total: ``declared * candidates``: what the deflated Sharpe ratio allows for.
    """

    declared: int
    candidates: int
    scored: int
    total: int


@dataclass(frozen=True, kw_only=True, slots=True, repr=False, eq=False)
class Outcome:
    """What an evaluation found. Figures are of the walk-forward predictions only.

    Attributes:
        definition: what was evaluated.
        dates: every session of the panel (T,); ``assets``: every asset (N,).
        splits: the folds' session positions; of a factor one, which trains nothing.
        folds: what was fitted in each fold; of a factor none.
        figures: name -> number, list of numbers (quantiles, lowest prediction first) or None where one cannot be formed.
        daily: series over the tested sessions; where there are several paths, the mean over the paths of each session.
        paths: the daily series of each path through the tested sessions: one, but for combinatorial splitters.
        prediction, label: (tested sessions, N); NaN where not predicted (also outside the universe) or not known. Where there
            are several paths, a prediction is the mean over the paths.
        known_later: which fields that the model reads know later sessions, and by what that is seen; see :mod:`alpha_bench.evaluation.known_later`.
        warnings: sentences that belong beside the figures, those first.
        study: what is computed when it is asked for: quantile spread, book, decay, exposures, capacity, months, groups.
        supplement: more of that: interval of the Sharpe ratio, losses, years, benchmark, each feature alone, overfitting.
    """

    definition: Judged
    dates: NDArray[np.datetime64]
    assets: NDArray[np.str_]
    splits: tuple[Split, ...]
    folds: tuple[FoldResult, ...]
    figures: Figures
    daily: Daily
    paths: tuple[Daily, ...]
    prediction: Floats
    label: Floats
    known_later: tuple[str, ...]
    warnings: tuple[str, ...]
    study: Study
    supplement: Supplement

    @property
    def trials(self) -> Trials:
        """How much was tried; every candidate of every fold's search counts."""
        model = self.definition.model if isinstance(self.definition, EvaluationDefinition) else None
        search = None if model is None else model.search
        candidates = 1 if search is None else len(search.candidates())
        return Trials(
            declared=self.definition.trials,
            candidates=candidates,
            scored=0 if search is None else candidates * len(self.splits),
            total=self.study.trials,
        )

    @property
    def feature_names(self) -> tuple[str, ...]:
        """What the features are called; of a factor, its name."""
        plan = self.definition
        return plan.model.names if isinstance(plan, EvaluationDefinition) else (str(plan.factor),)

    @property
    def formulas(self) -> tuple[str, ...]:
        """The features as they are written."""
        plan = self.definition
        return (
            tuple(map(str, plan.features)) if isinstance(plan, EvaluationDefinition) else (str(plan.factor),)
        )

    @property
    def test_dates(self) -> NDArray[np.datetime64]:
        """The tested sessions, in order; they have no gap."""
        return self.dates[self.splits[0].test.start : self.splits[-1].test.stop]

    @property
    def fold_of_session(self) -> NDArray[np.int32]:
        """For each tested session the fold (1-based) that predicted it on the first path."""
        first = self.splits[0].test.start
        folds = np.zeros(len(self.test_dates), np.int32)
        for number, block in self.definition.paths(self.splits)[0]:
            folds[block.start - first : block.stop - first] = number + 1
        return folds
