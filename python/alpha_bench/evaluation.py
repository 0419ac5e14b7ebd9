"""From a definition and a panel to a report: fit each fold on its past, predict its test block, score what is known.

1. Features and label are computed once on the whole panel (every operator is causal, so a value never depends on a later row).
2. The splitter gives each fold's training and test sessions; the label's reach and the embargo lie between them.
3. Each fold is fitted on the complete rows of its training sessions and predicts the complete rows of its test block.
4. Rows of test blocks whose label is known are scored; the others are predicted only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from alpha_bench.errors import AlphaBenchError
from alpha_bench.expr import ValueSource
from alpha_bench.fitting import Fit, fit_ranges
from alpha_bench.gram import Floats
from alpha_bench.models import EvaluationDefinition, ModelDefinition
from alpha_bench.outcome import Daily
from alpha_bench.report import Report
from alpha_bench.splits import Split
from alpha_bench.statistics import DateScores, mean_of_known, score_dates, series_figures

_HIGH_IC = 0.1
_FEW_DATES = 250
_SIGNIFICANT = 2.0


def evaluate(definition: object, panel: ValueSource) -> Report:
    """Evaluate ``definition`` (of ``walk_forward``, or built from plain data) on ``panel``.

    Raises:
        AlphaBenchError: R29 when the panel is too short for a fold (the feature and the sessions needed are named), R30 when a
            fold cannot be fitted, and whatever the panel raises for a field that it does not have.
    """
    plan = getattr(definition, "definition", definition)
    if not isinstance(plan, EvaluationDefinition):
        raise AlphaBenchError(
            "R33",
            f"{type(plan).__name__} cannot be evaluated",
            fix="give evaluate() what walk_forward(m) returns",
        )
    model = plan.model
    splits = folds_of(plan, len(panel.dates))
    *features, label = panel.compute((*model.features, model.label))
    fits = fit_ranges(model.estimator, features, label, [s.train for s in splits])
    first, last = splits[0].test.start, splits[-1].test.stop
    prediction = np.concatenate(
        [fit.predict(features, s.test.start, s.test.stop) for fit, s in zip(fits, splits, strict=True)]
    )
    scores = score_dates(prediction, label[first:last])
    figures = _figures(scores, label[first:last], model.horizon)
    return Report(
        definition=plan,
        dates=np.asarray(panel.dates, dtype="datetime64[D]"),
        assets=np.asarray(panel.assets),
        splits=splits,
        folds=[_fold(fit, s, panel) for fit, s in zip(fits, splits, strict=True)],
        figures=figures,
        daily=Daily(ic=scores.ic, rank_ic=scores.rank_ic, pairs=scores.pairs),
        prediction=prediction,
        label=np.ascontiguousarray(label[first:last]),
        warnings=_warnings(figures, model, scores),
    )


def folds_of(plan: EvaluationDefinition, sessions: int) -> tuple[Split, ...]:
    """The folds, after making sure that the first one has rows to train on. Raises R29."""
    model, splitter = plan.model, plan.splitter
    longest = max(model.features, key=lambda f: f.lookback)
    needed = splitter.sessions_needed(
        sessions, horizon=model.horizon, delay=model.delay, rows=longest.lookback + 1
    )
    if needed > sessions:
        raise AlphaBenchError(
            "R29",
            f"{longest} needs {longest.lookback} sessions before its first value; with {splitter.folds} folds and a gap of "
            f"{splitter.gap(horizon=model.horizon, delay=model.delay)} sessions the panel must have {needed} sessions, "
            f"and it has {sessions}",
            fix="use a shorter window or embargo, fewer folds, or a longer panel",
        )
    return splitter.split(sessions, horizon=model.horizon, delay=model.delay)


@dataclass(frozen=True, kw_only=True, slots=True)
class FinalFit:
    """The fit on every row whose label is known, and which sessions those rows are from (half-open)."""

    model: ModelDefinition
    fit: Fit
    sessions: int


def fit_whole(model: ModelDefinition, panel: ValueSource) -> FinalFit:
    """Fit once on every complete row of the panel whose label is known. Raises R30."""
    *features, label = panel.compute((*model.features, model.label))
    sessions = max(0, len(panel.dates) - model.label.lookahead)
    (fit,) = fit_ranges(model.estimator, features, label, [range(sessions)])
    return FinalFit(model=model, fit=fit, sessions=sessions)


def _fold(fit: Fit, split: Split, panel: ValueSource) -> dict[str, object]:
    linear = fit.linear
    return {
        "train_sessions": len(split.train),
        "train_rows": fit.rows,
        "test_first": str(np.datetime64(panel.dates[split.test.start], "D")),
        "test_last": str(np.datetime64(panel.dates[split.test.stop - 1], "D")),
        "coef": None if linear is None else [float(c) for c in linear.coef],
        "intercept": None if linear is None else linear.intercept,
    }


def _figures(scores: DateScores, label: Floats, horizon: int) -> dict[str, object]:
    ic, rank = series_figures(scores.ic, horizon=horizon), series_figures(scores.rank_ic, horizon=horizon)
    quantiles = [mean_of_known(column) for column in scores.quantile_returns.T]
    known = np.isfinite(label)
    figures: dict[str, object] = {
        "n_dates": ic.n_dates,
        "ic_mean": ic.mean,
        "ic_std": ic.std,
        "icir": ic.icir,
        "rank_ic_mean": rank.mean,
        "rank_icir": rank.icir,
        "ic_t_naive": ic.t_naive,
        "ic_t_newey_west": ic.t_newey_west,
        "ic_t_newey_west_h1": ic.t_newey_west_h1,
        "ic_t_nonoverlapping": ic.t_nonoverlapping,
        "hit_rate": ic.hit_rate,
        "quantile_returns": quantiles,
        "quantile_spread": quantiles[-1] - quantiles[0],
        "n_eff": ic.n_eff,
        "rank_ic_t_newey_west": rank.t_newey_west,
        "coverage": float(scores.pairs.sum() / known.sum()) if known.any() else math.nan,
    }
    return {name: _finite(value) for name, value in figures.items()}


def _finite(value: object) -> object:
    if isinstance(value, list):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _warnings(figures: dict[str, object], model: ModelDefinition, scores: DateScores) -> list[str]:
    """What a reader has to know before believing a figure."""
    found = []
    ic, t, n = (
        figures["ic_mean"],
        figures["ic_t_newey_west"],
        int(scores.pairs.size and np.isfinite(scores.ic).sum()),
    )
    if isinstance(ic, float) and abs(ic) > _HIGH_IC:
        found.append(
            f"A mean daily IC of {ic:.3f} is far above what honest signals reach: look for a leak before believing it."
        )
    if n < _FEW_DATES:
        found.append(f"Only {n} dates are scored: every figure here is uncertain.")
    if isinstance(t, float) and abs(t) < _SIGNIFICANT:
        found.append(
            f"Not significant: the Newey-West t of the IC is {t:.2f}, below {_SIGNIFICANT:g} in size. The data do not show a signal."
        )
    if model.horizon > 1:
        found.append(
            f"Labels of {model.horizon} sessions overlap from one date to the next: the naive t is inflated; read the Newey-West t."
        )
    unscored = int((scores.pairs > 0).sum()) - n
    if unscored:
        found.append(
            f"{unscored} dates with labels are not scored: fewer than 3 assets, or no variation between them."
        )
    found.append(
        "Whether names that disappeared are in the panel cannot be seen from the panel: survivorship cannot be excluded."
    )
    return found
