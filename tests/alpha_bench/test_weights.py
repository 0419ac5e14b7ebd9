"""Sample weights count in every fit as scikit-learn's ``sample_weight`` does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from alpha_bench import features
from alpha_bench.definitions.named_estimators import (
    OLS,
    PLS,
    BayesianRidge,
    ElasticNet,
    Estimator,
    HistGB,
    Huber,
    Lasso,
    LightGBM,
    RandomForest,
    Ridge,
    XGBoost,
    estimator,
    instantiate,
)
from alpha_bench.definitions.preprocessing import impute, standardize
from alpha_bench.errors import AlphaBenchError
from alpha_bench.session.evaluation_report import evaluate
from alpha_bench.session.evaluations import walk_forward
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.vocabulary.panel_fields import data
from fakes.small_panels import panel_of

SESSIONS, ASSETS, FOLDS = 220, 12, 3
X = [data.signal, features.ret(5)]
PIPELINE = estimator(
    "sklearn.pipeline.Pipeline",
    steps=[["scale", estimator("sklearn.preprocessing.StandardScaler")], ["model", Ridge(alpha=5.0)]],
)
TRANSFORMED = estimator("sklearn.compose.TransformedTargetRegressor", regressor=Ridge(alpha=5.0))
SPECS = [
    Ridge(alpha=2.0), Ridge(alpha=2.0, fit_intercept=False), OLS(), Lasso(alpha=1e-4, tol=1e-12),
    ElasticNet(alpha=1e-4, l1_ratio=0.3, tol=1e-12), Huber(), BayesianRidge(),
    RandomForest(5, max_depth=3, random_state=0), HistGB(max_iter=5, random_state=0),
    LightGBM(n_estimators=5, random_state=0), XGBoost(n_estimators=5, max_depth=3, random_state=0), PIPELINE, TRANSFORMED,
]  # fmt: skip


def fields(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (SESSIONS, ASSETS)), axis=0))
    close[rng.random(close.shape) < 0.01] = np.nan
    importance = rng.lognormal(0, 1, close.shape)
    importance[rng.random(close.shape) < 0.05] = np.nan
    importance[rng.random(close.shape) < 0.05] = 0.0
    return {"close": close, "signal": rng.normal(size=close.shape), "importance": importance}


def evaluated(
    spec: Estimator, given: dict[str, np.ndarray], weights: object = data.importance, **how: object
) -> Any:
    return evaluate(
        walk_forward(spec.fit(X=X, y=fwd_ret(5), weights=weights, **how), folds=FOLDS), panel_of(given)
    )


def rows(given: dict[str, np.ndarray], stop: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    *x, y = panel_of(given).compute((*X, fwd_ret(5)))
    table = np.column_stack([c[:stop].ravel() for c in (*x, y, given["importance"])])
    table = table[np.isfinite(table).all(axis=1) & (table[:, -1] > 0)]
    return table[:, :-2], table[:, -2], table[:, -1]


@pytest.mark.parametrize("spec", SPECS, ids=repr)
def test_weights_are_scikit_learns_sample_weight(spec: Estimator) -> None:
    given = fields()
    report = evaluated(spec, given)
    *x, _ = panel_of(given).compute((*X, fwd_ret(5)))
    split = report.splits[1]
    matrix, y, w = rows(given, split.train.stop)
    name = "model__sample_weight" if spec is PIPELINE else "sample_weight"
    theirs = instantiate(spec).fit(matrix, y, **{name: w})
    block = np.column_stack([c[split.test.start : split.test.stop].ravel() for c in x])
    known = np.isfinite(block).all(axis=1)
    first = split.test.start - report.splits[0].test.start
    ours = report.prediction[first : first + len(split.test)].ravel()[known]
    assert report.folds[1].train_rows == len(y)
    np.testing.assert_allclose(ours, np.ravel(theirs.predict(block[known])), rtol=1e-8, atol=1e-10)
    without = evaluated(spec, given, weights=None).prediction
    assert not np.allclose(report.prediction, without, equal_nan=True)


def test_equal_weights_are_no_weights() -> None:
    given = fields() | {"importance": np.full((SESSIONS, ASSETS), 1.0)}
    for steps in ([], [standardize()], [impute(), standardize()]):
        weighted, plain = (evaluated(Ridge(), given, w, preprocess=steps) for w in (data.importance, None))
        np.testing.assert_allclose(weighted.prediction, plain.prediction, rtol=1e-10, atol=1e-13)


def test_a_whole_weight_is_so_many_copies_of_the_row() -> None:
    given = fields()
    given["importance"] = np.random.default_rng(1).integers(1, 4, (SESSIONS, ASSETS)).astype(float)
    report = evaluated(Ridge(alpha=2.0), given)
    matrix, y, w = rows(given, report.splits[0].train.stop)
    copies = w.astype(int)
    theirs = instantiate(Ridge(alpha=2.0)).fit(np.repeat(matrix, copies, axis=0), np.repeat(y, copies))
    np.testing.assert_allclose(report.folds[0].coef, theirs.coef_, rtol=1e-10)


def test_steps_count_each_training_row_once_whatever_its_weight() -> None:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    given = fields()
    report = evaluated(Ridge(alpha=50.0), given, preprocess=[standardize()])
    matrix, y, w = rows(given, report.splits[0].train.stop)
    theirs = make_pipeline(StandardScaler(), instantiate(Ridge(alpha=50.0)))
    theirs.fit(matrix, y, ridge__sample_weight=w)
    scaler, ridge = theirs[0], theirs[1]
    np.testing.assert_allclose(report.folds[0].coef, ridge.coef_ / scaler.scale_, rtol=1e-9)


def test_a_missing_an_infinite_and_a_zero_weight_leave_their_row_out() -> None:
    given = fields()
    given["importance"][3], given["importance"][4], given["importance"][5] = np.nan, np.inf, 0.0
    left_out = fields()
    left_out["importance"] = given["importance"].copy()
    left_out["signal"][3:6] = np.nan
    one, other = evaluated(Ridge(), given), evaluated(Ridge(), left_out)
    assert [f.coef for f in one.folds] == [f.coef for f in other.folds]


def test_weights_that_cannot_be_right_are_refused() -> None:
    given = fields()
    given["importance"][3, 3] = -1.0
    with pytest.raises(AlphaBenchError, match="1 values below 0") as caught:
        evaluated(Ridge(), given)
    assert caught.value.code == "R62"
    with pytest.raises(AlphaBenchError, match="PLSRegression cannot be fitted with weights"):
        evaluated(PLS(1), fields())
    with pytest.raises(AlphaBenchError, match="looks 5 sessions ahead"):
        Ridge().fit(X=X, y=fwd_ret(5), weights=fwd_ret(5))
