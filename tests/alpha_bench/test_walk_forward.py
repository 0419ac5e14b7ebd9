"""Causality to the day, fits inside their fold, and what evaluation refuses."""

from __future__ import annotations

import re

import numpy as np
import pytest

from alpha_bench import features
from alpha_bench.definitions.named_estimators import OLS, ElasticNet, Estimator, Lasso, Ridge, estimator
from alpha_bench.errors import AlphaBenchError
from alpha_bench.session.evaluation_report import evaluate
from alpha_bench.session.evaluations import walk_forward
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.vocabulary.panel_fields import data
from fakes.small_panels import panel_of

SESSIONS, ASSETS, FOLDS, HORIZON, EMBARGO = 260, 12, 4, 10, 5
GAP = HORIZON + EMBARGO
LINEAR = [Ridge(), OLS(), Lasso(alpha=1e-5), ElasticNet(alpha=1e-5)]


def fields(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (SESSIONS, ASSETS)), axis=0))
    close[rng.random(close.shape) < 0.01] = np.nan
    return {"close": close, "signal": rng.normal(size=close.shape)}


def definition(spec: Estimator = Ridge(), **how: object):  # noqa: B008
    model = spec.fit(X=[data.signal, features.ret(5)], y=fwd_ret(HORIZON))
    return walk_forward(model, **{"folds": FOLDS, "embargo": EMBARGO, **how})


def coefficients(given: dict[str, np.ndarray], spec: Estimator = Ridge(), **how: object) -> list[list[float]]:  # noqa: B008
    return [fold.coef for fold in evaluate(definition(spec, **how), panel_of(given)).folds]


def starts() -> list[int]:
    block = SESSIONS // (FOLDS + 1)
    return [SESSIONS - (FOLDS - k) * block for k in range(FOLDS)]


def with_another_signal(row: int) -> dict[str, np.ndarray]:
    changed = fields()
    changed["signal"][row] += 3.0
    return changed


@pytest.mark.parametrize("spec", LINEAR, ids=repr)
@pytest.mark.parametrize("fold", range(FOLDS))
def test_the_last_training_row_counts_and_the_rows_of_the_gap_do_not(spec: Estimator, fold: int) -> None:
    start, before = starts()[fold], coefficients(fields(), spec)
    assert coefficients(with_another_signal(start - GAP - 1), spec)[fold] != before[fold]
    for row in (start - GAP, start - HORIZON, start - 1, start, start + 5):
        assert coefficients(with_another_signal(row), spec)[: fold + 1] == before[: fold + 1]


def test_prices_of_the_test_block_change_no_coefficient_of_its_fold() -> None:
    start, before = starts()[1], coefficients(fields())
    for changed_from, equal in ((start - EMBARGO, True), (start - EMBARGO - 1, False)):
        changed = fields()
        changed["close"][changed_from:] *= np.linspace(1, 2, ASSETS)
        assert (coefficients(changed)[1] == before[1]) is equal


def test_without_the_purge_the_rows_before_the_test_block_would_count() -> None:
    """The control: a shorter gap is seen by the same perturbation."""
    start = starts()[1]
    short = coefficients(fields(), embargo=0)
    assert coefficients(with_another_signal(start - GAP), embargo=0)[1] != short[1]


@pytest.mark.parametrize("spec", LINEAR, ids=repr)
def test_a_rolling_fold_depends_on_its_window_alone(spec: Estimator) -> None:
    how = {"window": "rolling:60"}
    end, before = starts()[2] - GAP, coefficients(fields(), spec, **how)
    assert coefficients(with_another_signal(end - 61), spec, **how)[2] == before[2]
    assert coefficients(with_another_signal(end - 60), spec, **how)[2] != before[2]


def test_predictions_up_to_a_date_do_not_depend_on_what_comes_later() -> None:
    later = fields()
    cut = starts()[2]
    later["close"][cut:] = 77.0
    later["signal"][cut:] = np.nan
    whole, changed = (evaluate(definition(), panel_of(f)) for f in (fields(), later))
    rows = cut - starts()[0]
    assert np.array_equal(whole.prediction[:rows], changed.prediction[:rows], equal_nan=True)


def test_a_scaler_is_fitted_on_the_training_rows_of_its_fold() -> None:
    pipeline = estimator(
        "sklearn.pipeline.Pipeline",
        steps=[["scale", estimator("sklearn.preprocessing.StandardScaler")], ["model", Ridge(alpha=50.0)]],
    )
    later = fields()
    later["signal"][starts()[1] :] *= 100
    block = slice(0, starts()[1] - starts()[0])
    before, after = (evaluate(definition(pipeline), panel_of(f)).prediction for f in (fields(), later))
    assert np.array_equal(before[block], after[block], equal_nan=True)
    assert not np.array_equal(before, after, equal_nan=True)


@pytest.mark.parametrize(
    "spec",
    [
        Ridge(alpha=2.0),
        Ridge(alpha=2.0, fit_intercept=False),
        OLS(),
        OLS(fit_intercept=False),
        Lasso(alpha=1e-3),
        Lasso(alpha=1.0),
        ElasticNet(alpha=1e-3, l1_ratio=0.3),
        ElasticNet(alpha=1e-3, fit_intercept=False, tol=1e-10),
        Ridge(solver="lsqr"),
        Ridge(positive=True),
    ],
    ids=repr,
)
def test_linear_models_are_scikit_learns(spec: Estimator) -> None:
    from alpha_bench.definitions.named_estimators import instantiate

    given = fields()
    report = evaluate(definition(spec), panel_of(given))
    signal, ret, label = panel_of(given).compute((data.signal, features.ret(5), fwd_ret(HORIZON)))
    for split, fold in zip(report.splits, report.folds, strict=True):
        cut = slice(split.train.start, split.train.stop)
        rows = np.column_stack([signal[cut].ravel(), ret[cut].ravel(), label[cut].ravel()])
        rows = rows[np.isfinite(rows).all(axis=1)]
        theirs = instantiate(spec).fit(rows[:, :2], rows[:, 2])
        assert fold.train_rows == len(rows)
        np.testing.assert_allclose(fold.coef, theirs.coef_, rtol=1e-8, atol=1e-12)
        np.testing.assert_allclose(fold.intercept, theirs.intercept_, rtol=1e-8, atol=1e-12)


def test_features_that_repeat_each_other_are_solved_as_scikit_learn_does() -> None:
    from sklearn.linear_model import LinearRegression

    given = fields()
    model = OLS().fit(X=[data.signal, 2 * data.signal], y=fwd_ret(HORIZON))
    report = evaluate(walk_forward(model, folds=FOLDS), panel_of(given))
    label = panel_of(given).compute((fwd_ret(HORIZON),))[0]
    cut = slice(0, report.splits[0].train.stop)
    rows = np.column_stack(
        [given["signal"][cut].ravel(), 2 * given["signal"][cut].ravel(), label[cut].ravel()]
    )
    rows = rows[np.isfinite(rows).all(axis=1)]
    np.testing.assert_allclose(
        report.folds[0].coef, LinearRegression().fit(rows[:, :2], rows[:, 2]).coef_, rtol=1e-8
    )


def test_any_regressor_predicts_as_it_does_by_itself() -> None:
    from alpha_bench.definitions.named_estimators import instantiate

    spec = estimator("sklearn.ensemble.RandomForestRegressor", n_estimators=5, random_state=0, max_depth=4)
    given = fields()
    report = evaluate(definition(spec), panel_of(given))
    signal, ret, label = panel_of(given).compute((data.signal, features.ret(5), fwd_ret(HORIZON)))
    split = report.splits[0]
    x = np.stack([signal, ret], axis=-1)
    train, test = slice(0, split.train.stop), slice(split.test.start, split.test.stop)
    ok = np.isfinite(x[train]).all(-1) & np.isfinite(label[train])
    theirs = instantiate(spec).fit(x[train][ok], label[train][ok])
    known = np.isfinite(x[test]).all(-1)
    assert np.array_equal(report.prediction[: len(split.test)][known], theirs.predict(x[test][known]))
    assert np.isnan(report.prediction[: len(split.test)][~known]).all()
    assert report.folds[0].coef is None


def test_a_panel_that_is_too_short_names_the_feature_and_the_sessions() -> None:
    model = Ridge().fit(X=[features.ret(5), features.ret(90)], y=fwd_ret(HORIZON))
    with pytest.raises(
        AlphaBenchError,
        match=r"ret\(close, window=90\) needs 90 sessions .* must have 514 sessions, and it has 260",
    ):
        evaluate(walk_forward(model, folds=FOLDS), panel_of(fields()))


def test_the_folds_that_would_do_are_named_and_do() -> None:
    model = Ridge().fit(X=[features.ret(5), features.ret(60)], y=fwd_ret(HORIZON))
    with pytest.raises(AlphaBenchError, match="use folds=2, the most that this panel allows"):
        evaluate(walk_forward(model, folds=9), panel_of(fields()))
    assert len(evaluate(walk_forward(model, folds=2), panel_of(fields())).folds) == 2
    with pytest.raises(AlphaBenchError, match="needs 60 sessions"):
        evaluate(walk_forward(model, folds=3), panel_of(fields()))


def test_a_fold_without_a_complete_row_is_refused() -> None:
    empty = fields()
    empty["signal"][:60] = np.nan
    with pytest.raises(AlphaBenchError, match="complete training row"):
        evaluate(definition(), panel_of(empty))


def test_a_feature_that_leaks_raises_a_warning_and_an_honest_one_does_not() -> None:
    leaked = fields()
    label = panel_of(leaked).compute((fwd_ret(HORIZON),))[0]
    leaked["signal"] = np.where(np.isfinite(label), label, 0.0)
    assert any("too good to be believed" in w for w in evaluate(definition(), panel_of(leaked)).warnings)
    assert not any(
        "too good to be believed" in w for w in evaluate(definition(), panel_of(fields())).warnings
    )


def test_a_date_where_nothing_varies_is_not_scored() -> None:
    flat = fields()
    row = starts()[1]
    flat["signal"][row], flat["close"][row - 5], flat["close"][row] = 0.0, 10.0, 11.0
    report = evaluate(definition(), panel_of(flat))
    assert np.isnan(report.daily.ic[row - starts()[0]])
    assert any("not scored" in w for w in report.warnings)


def test_an_infinite_value_is_a_missing_one() -> None:
    holed, infinite = fields(), fields()
    holed["signal"][::7, 3], infinite["signal"][::7, 3] = np.nan, np.inf
    left, right = (evaluate(definition(), panel_of(f)) for f in (holed, infinite))
    assert left.figures == right.figures
    assert np.array_equal(left.prediction, right.prediction, equal_nan=True)


def refusal(model: object, folds: int, window: str) -> AlphaBenchError | None:
    try:
        evaluate(walk_forward(model, folds=folds, embargo=EMBARGO, window=window), panel_of(fields()))
    except AlphaBenchError as error:
        return error
    return None


@pytest.mark.parametrize("window", ["fixed:200", "fixed:60"])
@pytest.mark.parametrize("folds", [12, 4, 2])
@pytest.mark.parametrize("lookback", [5, 120])
def test_history_that_is_too_short_is_told_with_more_sessions_than_there_are(
    window: str, folds: int, lookback: int
) -> None:
    """The sentence never contradicts itself: what must be there is more than what is, and the folds of the fix do."""
    model = Ridge().fit(X=[features.ret(lookback)], y=fwd_ret(HORIZON))
    error = refusal(model, folds, window)
    if error is None:
        return
    assert error.code == "R29"
    needed = int(re.findall(r"(?:need|must have) (\d+) sessions", error.message)[-1])
    assert needed > SESSIONS
    for fewer in re.findall(r"use folds=(\d+)", error.fix):
        assert refusal(model, int(fewer), window) is None


def test_a_fixed_window_that_does_not_fit_is_told_as_that() -> None:
    with pytest.raises(
        AlphaBenchError, match=r"^R29 4 folds .* training window fixed at 200d need \d+ sessions"
    ):
        evaluate(definition(window="fixed:200"), panel_of(fields()))
