"""What an evaluation found: the values that figures, pictures and pages are made of."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alpha_bench.definitions import EvaluationDefinition
from alpha_bench.evaluation.study import Study
from alpha_bench.model_selection import Split
from alpha_bench.names import FIGURES
from alpha_bench.runtime import Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Daily:
    """By session of the test blocks: IC, rank IC (NaN where not scored) and pairs of prediction and label."""

    ic: Floats
    rank_ic: Floats
    pairs: NDArray[np.int64]


class Figures(Mapping[str, object]):
    """Name -> number, list of numbers, or None where one cannot be formed; all of :data:`alpha_bench.names.FIGURES`, in that order.

    Those of the daily scores are there at once; the others are computed by ``study`` when one of them is first read.
    """

    def __init__(self, scores: Mapping[str, object], study: Study) -> None:
        self._known = {name: _finite(value) for name, value in scores.items()}
        self._study = study

    def __getitem__(self, name: str) -> object:
        if name not in self._known and name in FIGURES:
            self._known |= {k: _finite(v) for k, v in self._study.figures().items()}
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(FIGURES)

    def __len__(self) -> int:
        return len(FIGURES)

    def __repr__(self) -> str:
        return repr(dict(self))


def _finite(value: object) -> object:
    if isinstance(value, list):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@dataclass(frozen=True, kw_only=True, slots=True)
class Trials:
    """How much was tried.

    Attributes:
        declared: variants looked at by hand, this one included: what ``walk_forward(m, trials=...)`` was told.
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
        splits: the folds' session positions.
        folds: by fold ``train_sessions, train_rows, test_first, test_last, test_sessions, coef, intercept, search`` (``coef`` in
            the order and the units of the features, None for an estimator without coefficients; ``search``: None, or
            ``chosen`` parameters, the kind of ``score``, and ``candidates`` with the score of each).
        figures: name -> number, list of numbers (quantiles, lowest prediction first) or None where one cannot be formed.
        daily: series over the tested sessions; where there are several paths, the mean over the paths of each session.
        paths: the daily series of each path through the tested sessions: one, but for combinatorial splitters.
        prediction, label: (tested sessions, N); NaN where not predicted (also outside the universe) or not known. Where there
            are several paths, a prediction is the mean over the paths.
        warnings: sentences that belong beside the figures.
        study: what is computed when it is asked for: quantile spread, book, decay, exposures, capacity, months, groups.
    """

    definition: EvaluationDefinition
    dates: NDArray[np.datetime64]
    assets: NDArray[np.str_]
    splits: tuple[Split, ...]
    folds: list[dict[str, object]]
    figures: Figures
    daily: Daily
    paths: tuple[Daily, ...]
    prediction: Floats
    label: Floats
    warnings: list[str]
    study: Study

    @property
    def trials(self) -> Trials:
        """How much was tried; every candidate of every fold's search counts."""
        search = self.definition.model.search
        candidates = 1 if search is None else len(search.candidates())
        return Trials(
            declared=self.definition.trials,
            candidates=candidates,
            scored=0 if search is None else candidates * len(self.splits),
            total=self.definition.total_trials,
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
        for number, block in self.definition.splitter.paths(self.splits)[0]:
            folds[block.start - first : block.stop - first] = number + 1
        return folds
