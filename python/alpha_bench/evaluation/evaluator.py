"""From a definition and a panel to a report: fit each fold on its past, predict its test block, score what is known.

1. Features and label are computed once on the whole panel (every operator is causal, so a value never depends on a later row).
2. The splitter gives each fold's training and test sessions; the label's reach and the embargo lie between them.
3. Each fold is fitted on the complete rows of its training sessions and predicts the complete rows of its test block.
4. Rows of test blocks whose label is known are scored; the others are predicted only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TypedDict

import numpy as np

from alpha_bench.definitions import Evaluable, EvaluationDefinition, Judged, ModelDefinition, with_parameters
from alpha_bench.errors import DataError, DefinitionError
from alpha_bench.evaluation.figures import Figures
from alpha_bench.evaluation.folds import folds_of
from alpha_bench.evaluation.named_figures import FigureValue
from alpha_bench.evaluation.outcome import Daily, FoldResult, Outcome
from alpha_bench.evaluation.panel_limits import what_knows_later, what_the_panel_knows
from alpha_bench.evaluation.spread_folds import KeptFolds
from alpha_bench.evaluation.study import Study
from alpha_bench.evaluation.supplement import Supplement
from alpha_bench.expressions import ValueSource
from alpha_bench.fitting import Columns, Fit, columns_of, fit_model
from alpha_bench.metrics import DateScores, incredible, mean_of_known, score_dates, series_figures
from alpha_bench.model_selection import CombinatorialPurgedKFold, Split, WalkForward
from alpha_bench.runtime import Floats, report_progress

_FEW_DATES = 250
_SIGNIFICANT = 2.0


def evaluate(
    definition: Evaluable,
    panel: ValueSource,
    *,
    progress: Callable[[str], None] | None = None,
    looked_at: int = 1,
    kept: KeptFolds | None = None,
) -> Outcome:
    """Evaluate ``definition`` (of ``walk_forward``, or built from plain data) on ``panel``; ``progress`` hears of each step as it
    begins. ``looked_at`` is how many variants are known to have been judged, this one included: where fewer are declared, it counts.
    ``kept`` are fits of folds that other processes left: the outcome is the same with and without them.

    Raises:
        AlphaBenchError: R29 when the panel is too short for a fold (the feature and the sessions needed are named), R30 when a
            fold cannot be fitted, and whatever the panel raises for a field that it does not have.
    """
    plan = getattr(definition, "definition", definition)
    if not isinstance(plan, EvaluationDefinition):
        raise DefinitionError(
            "R33",
            f"{type(plan).__name__} cannot be evaluated",
            fix="give evaluate() what walk_forward(m) returns",
        )
    model = plan.model

    def step(what: str) -> None:
        report_progress(what)
        if progress is not None:
            progress(what)

    splits = folds_of(plan, len(panel.dates))
    step(f"computing {len(model.features)} feature(s) and the label")
    columns = columns_of(model, panel)
    _refuse_constant(model, columns)
    step(f"fitting {len(splits)} folds")
    if kept is None:
        fits = fit_model(model, columns.training, [s.train for s in splits])
    else:
        fits = kept.fits(model, columns, splits)
    predictions = [_along(path, fits, columns) for path in plan.splitter.paths(splits)]
    step("scoring")
    folds = tuple(_fold(fit, s, panel) for fit, s in zip(fits, splits, strict=True))
    return scored(
        plan, panel, splits, folds, predictions=predictions, label=columns.label, looked_at=looked_at
    )


def scored(
    plan: Judged,
    panel: ValueSource,
    splits: tuple[Split, ...],
    folds: tuple[FoldResult, ...],
    *,
    predictions: list[Floats],
    label: Floats,
    benchmark: Floats | None = None,
    notes: tuple[str, ...] = (),
    looked_at: int = 1,
) -> Outcome:
    """The outcome of what was predicted on each path; ``label`` and ``benchmark`` are of every session, ``notes`` go before the warnings
    that every panel has. ``looked_at``: as for :func:`evaluate`."""
    first, last = splits[0].test.start, splits[-1].test.stop
    label = np.ascontiguousarray(label[first:last])
    scores = [score_dates(prediction, label, plan.quantiles) for prediction in predictions]
    overall = _over_paths(scores)
    prediction = predictions[0] if len(predictions) == 1 else _mean_of(predictions)
    judged = _Judged(
        panel=panel, definition=plan, first=first, scores=overall, prediction=prediction, label=label
    )
    study = Study(**judged, trials=max(plan.trials, looked_at) * (plan.total_trials // plan.trials))
    supplement = Supplement(
        **judged,
        study=study,
        benchmark=None if benchmark is None else benchmark[first:last],
        variants=_variants(plan, panel, splits, label),
    )
    figures = Figures(_figures(overall, label, plan.horizon), study, supplement)
    known = what_the_panel_knows(plan, panel, prediction=prediction, label=label, first=first)
    later = what_knows_later(plan, panel, first)
    return Outcome(
        definition=plan,
        dates=np.asarray(panel.dates, dtype="datetime64[D]"),
        assets=np.asarray(panel.assets),
        splits=splits,
        folds=folds,
        figures=figures,
        daily=_daily(overall),
        paths=tuple(map(_daily, scores)),
        prediction=prediction,
        label=label,
        known_later=tuple(later),
        warnings=(*later, *_warnings(figures, plan, overall), *_undeclared(plan, looked_at), *notes, *known),
        study=study,
        supplement=supplement,
    )


def _undeclared(plan: Judged, looked_at: int) -> list[str]:
    if looked_at <= plan.trials:
        return []
    return [
        (
            f"{looked_at} variants were judged on the way to this report, and trials={plan.trials} is declared: the deflated Sharpe ratio "
            f"allows for {looked_at}."
        )
    ]


class _Judged(TypedDict):
    """What both parts of an outcome are computed from."""

    panel: ValueSource
    definition: Judged
    first: int
    scores: DateScores
    prediction: Floats
    label: Floats


def _variants(
    plan: Judged, panel: ValueSource, splits: tuple[Split, ...], label: Floats
) -> Callable[[], Floats] | None:
    """What computes the daily IC (D, C) of every candidate of a search, each alone on the paths of a combinatorial splitter."""
    if not isinstance(plan, EvaluationDefinition) or not isinstance(plan.splitter, CombinatorialPurgedKFold):
        return None
    model, search = plan.model, plan.model.search
    if search is None:
        return None
    paths, trains = plan.paths(splits), [s.train for s in splits]

    def computed() -> Floats:
        columns, found = columns_of(model, panel), []
        for candidate in search.candidates():
            spec = with_parameters(model.estimator, candidate)
            fits = fit_model(replace(model, estimator=spec, search=None), columns.training, trains)
            found.append(_mean_of([score_dates(_along(path, fits, columns), label).ic for path in paths]))
        return np.stack(found, axis=1)

    return computed


def _refuse_constant(model: ModelDefinition, columns: Columns) -> None:
    """Raises AlphaBenchError R30 where no feature differs between any two rows: the model would say the same of all."""
    constant = [str(e) for e, c in zip(model.features, columns.features, strict=True) if _one_value(c)]
    if len(constant) == len(model.features):
        raise DataError(
            "R30",
            f"{' and '.join(constant)} has one value for all assets and sessions: nothing can be learnt from it",
            fix="write a feature that differs between assets, such as features.ret(20)",
        )


def _one_value(values: Floats) -> bool:
    """Whether every value that is known is the same."""
    for part in (values[:: max(1, len(values) // 8)], values):  # most differ within some sessions
        known = part[np.isfinite(part)]
        if known.size == 0 or known.min() != known.max():
            return False
    return True


def _along(path: tuple[tuple[int, range], ...], fits: tuple[Fit, ...], columns: Columns) -> Floats:
    return np.concatenate([columns.predict(fits[k], block.start, block.stop) for k, block in path])


def _mean_of(arrays: list[Floats]) -> Floats:
    """The mean over the paths, summed in their order."""
    total = arrays[0].copy()
    for values in arrays[1:]:
        total += values
    total /= len(arrays)
    return total


def _over_paths(scores: list[DateScores]) -> DateScores:
    if len(scores) == 1:
        return scores[0]
    return DateScores(
        pairs=scores[0].pairs,
        ic=_mean_of([s.ic for s in scores]),
        rank_ic=_mean_of([s.rank_ic for s in scores]),
        quantile_returns=_mean_of([s.quantile_returns for s in scores]),
    )


def _daily(scores: DateScores) -> Daily:
    return Daily(ic=scores.ic, rank_ic=scores.rank_ic, pairs=scores.pairs)


def _fold(fit: Fit, split: Split, panel: ValueSource) -> FoldResult:
    linear = fit.linear
    return FoldResult(
        train_sessions=len(split.train),
        train_rows=fit.rows,
        test_first=str(np.datetime64(panel.dates[split.test.start], "D")),
        test_last=str(np.datetime64(panel.dates[split.test.stop - 1], "D")),
        test_sessions=len(split.test),
        coef=None if linear is None else tuple(float(c) for c in linear.coef),
        intercept=None if linear is None else linear.intercept,
        search=fit.search,
    )


def _figures(scores: DateScores, label: Floats, horizon: int) -> dict[str, FigureValue]:
    ic, rank = series_figures(scores.ic, horizon=horizon), series_figures(scores.rank_ic, horizon=horizon)
    quantiles = [mean_of_known(column) for column in scores.quantile_returns.T]
    known = np.isfinite(label)
    return {
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


def _warnings(figures: Figures, plan: Judged, scores: DateScores) -> tuple[str, ...]:
    """What a reader has to know before believing a figure."""
    found: list[str] = []
    ic, t, n = (
        figures.ic_mean,
        figures.ic_t_newey_west,
        int(scores.pairs.size and np.isfinite(scores.ic).sum()),
    )
    found += map(str, incredible(plan.horizon, ic=ic))
    if n < _FEW_DATES:
        found.append(f"Only {n} dates are scored: every figure here is uncertain.")
    if t is not None and abs(t) < _SIGNIFICANT:
        found.append(
            f"Not significant: the Newey-West t of the IC is {t:.2f}, below {_SIGNIFICANT:g} in size. The data do not show a signal."
        )
    if plan.horizon > 1:
        found.append(
            f"Labels of {plan.horizon} sessions overlap from one date to the next: the naive t is inflated; read the Newey-West t."
        )
    if isinstance(plan, EvaluationDefinition) and not isinstance(plan.splitter, WalkForward):
        found.append(
            "Most folds were fitted on sessions after those that they predict: this judges how stable the model is; it is no "
            "simulation of trading. Use walk_forward for that."
        )
    unscored = int((scores.pairs > 0).sum()) - n
    if unscored:
        found.append(
            f"{unscored} dates with labels are not scored: fewer than 3 assets, or no variation between them."
        )
    return tuple(found)
