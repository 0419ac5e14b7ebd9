"""Fits of a model on the training sessions of each fold, its parameters chosen there where the model has a search.

1. Each training set is cut by an inner walk-forward: its sessions, counted as a calendar of their own, with the label's horizon and
   delay and the search's embargo between inner training and inner test. Where the set has a hole, two sessions are never nearer to
   each other in the count than in time, so the purge holds.
2. Every candidate is fitted on each inner training part and predicts its inner test block. Linear candidates are solved from the
   moments of the part, which are made once; the rows are not read again for a fit.
3. A candidate's score is over all inner test blocks together. The largest wins; of equal ones, the first.
4. The winner is fitted on the whole training set.

The outer test block is in none of this.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from alpha_bench.definitions import ModelDefinition, Search, plain_parameter, with_parameters
from alpha_bench.errors import AlphaBenchError, DefinitionError
from alpha_bench.fitting.search_result import CandidateScore, SearchResult
from alpha_bench.fitting.training import Fit, Training, TrainingData
from alpha_bench.metrics import mean_of_known, score_dates
from alpha_bench.model_selection import Sessions, WalkForward
from alpha_bench.runtime import Floats, report_progress


def fit_model(
    model: ModelDefinition,
    data: TrainingData,
    sets: Sequence[Sessions],
    numbers: Sequence[int] | None = None,
) -> tuple[Fit, ...]:
    """Fit ``model`` on each set of training sessions, or on those of these ``numbers`` alone: each is the same fit then.

    Raises:
        AlphaBenchError: R30 where a set cannot be fitted, R62 for weights, R63 where a search cannot choose.
    """
    outer = Training(data, model.preprocess, sets)
    fits = []
    for number in range(len(sets)) if numbers is None else numbers:
        report_progress("fold", number + 1, len(sets))
        search = model.search
        fits.append(
            outer.fit(model.estimator, number) if search is None else _searched(model, search, outer, number)
        )
    return tuple(fits)


def _searched(model: ModelDefinition, search: Search, outer: Training, number: int) -> Fit:
    candidates = search.candidates()
    specs = [with_parameters(model.estimator, c) for c in candidates]
    blocks = _inner(model, search, outer.sets[number])
    inner = Training(outer.data, model.preprocess, [train for train, _ in blocks])
    scores = [_Score(name=search.score) for _ in candidates]
    for k, (_, test) in enumerate(blocks):
        for spec, score in zip(specs, scores, strict=True):
            try:
                fit = inner.fit(spec, k)
            except AlphaBenchError as error:
                raise _cannot(f"inner fold {k + 1}: {error.message}", error.fix) from error
            for r in test.ranges:
                score.add(
                    fit.predict(outer.data.features, r.start, r.stop), outer.data.label[r.start : r.stop]
                )
    values = [score.value for score in scores]
    best = max(range(len(values)), key=lambda i: (values[i] if math.isfinite(values[i]) else -math.inf, -i))
    if not math.isfinite(values[best]):
        raise _cannot(
            f"no candidate of the search has a {search.score} in a training part",
            "widen the space: where no prediction varies there is nothing to choose by",
        )
    plain = [{name: plain_parameter(v, real=True) for name, v in c.items()} for c in candidates]
    found = SearchResult(
        chosen=plain[best],
        score=search.score,
        candidates=tuple(
            CandidateScore(params=p, score=v if math.isfinite(v) else None)
            for p, v in zip(plain, values, strict=True)
        ),
    )
    return replace(outer.fit(specs[best], number), search=found)


def _inner(model: ModelDefinition, search: Search, sessions: Sessions) -> list[tuple[Sessions, Sessions]]:
    """Inner training and test sessions. Raises R63 where the first has no session on which every feature can have a value."""
    splitter = WalkForward(folds=search.folds, embargo_sessions=search.embargo_sessions)
    blank = max(0, model.lookback - sessions.start) if len(sessions) else 0
    count, reach = len(sessions), {"horizon": model.horizon, "delay": model.delay}
    needed = splitter.sessions_needed(count, **reach, rows=blank + 1)
    if needed > count:
        fewer = (replace(splitter, folds=k) for k in range(search.folds - 1, 0, -1))
        enough = next(
            (s.folds for s in fewer if s.sessions_needed(count, **reach, rows=blank + 1) <= count), None
        )
        raise _cannot(
            f"a training part has {count} sessions, and a search with {splitter.describe()} inside it needs {needed}",
            "use fewer outer folds, shorter windows, or a longer panel"
            if enough is None
            else f"search with folds={enough}, or use fewer outer folds, shorter windows or a longer panel",
        )
    splits = splitter.split(count, **reach)
    return [(_counted(sessions, s.train), _counted(sessions, s.test)) for s in splits]


def _counted(sessions: Sessions, within: Sessions) -> Sessions:
    """Those of ``sessions`` whose place in their own order is in ``within``."""
    pieces, first = [], 0
    for r in sessions.ranges:
        for w in within.ranges:
            low, high = max(w.start - first, 0), min(w.stop - first, len(r))
            if low < high:
                pieces.append(range(r.start + low, r.start + high))
        first += len(r)
    return Sessions.of(*pieces)


@dataclass(kw_only=True, slots=True)
class _Score:
    """What is known of one candidate so far: by block, for the kind of score that is wanted."""

    name: str
    daily: list[Floats] = field(default_factory=list)
    predicted: list[Floats] = field(default_factory=list)
    label: list[Floats] = field(default_factory=list)

    def add(self, prediction: Floats, label: Floats) -> None:
        if self.name == "r2":
            known = np.isfinite(prediction) & np.isfinite(label)
            self.predicted.append(prediction[known])
            self.label.append(label[known])
            return
        scores = score_dates(prediction, label)
        self.daily.append(scores.rank_ic if self.name == "rank_ic" else scores.ic)

    @property
    def value(self) -> float:
        if self.name != "r2":
            return mean_of_known(np.concatenate(self.daily))
        label, predicted = np.concatenate(self.label), np.concatenate(self.predicted)
        if len(label) < 2:
            return math.nan
        total = float(np.sum((label - np.sum(label) / len(label)) ** 2))
        return 1 - float(np.sum((label - predicted) ** 2)) / total if total > 0 else math.nan


def _cannot(what: str, fix: str) -> AlphaBenchError:
    return DefinitionError("R63", what, fix)
