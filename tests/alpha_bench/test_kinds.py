"""Every estimator that has a name: it is fitted by folds, predicts as its library does, and is saved and read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from alpha_bench import features
from alpha_bench.definitions.named_estimators import KINDS, Estimator, instantiate
from alpha_bench.describe import Session, build, describe
from alpha_bench.fitting.fitted_model import fit_final, load_fitted
from alpha_bench.names import PLATFORM_NAMES
from alpha_bench.session.evaluation_report import evaluate
from alpha_bench.session.evaluations import walk_forward
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.vocabulary.panel_fields import data
from fakes.small_panels import panel_of

SESSIONS, ASSETS, FOLDS = 220, 14, 3
X = [data.signal, features.ret(5), features.ret(1)]
GIVEN = {
    "OLS": {}, "Ridge": {}, "Lasso": {"alpha": 1e-4}, "ElasticNet": {"alpha": 1e-4}, "Huber": {"alpha": 1e-3},
    "BayesianRidge": {}, "PLS": {"n_components": 2}, "LightGBM": {"n_estimators": 5, "random_state": 0},
    "XGBoost": {"n_estimators": 5, "random_state": 0}, "RandomForest": {"n_estimators": 5, "random_state": 0},
    "HistGB": {"max_iter": 5, "random_state": 0},
}  # fmt: skip


def spec(name: str) -> Estimator:
    return KINDS[name](**GIVEN[name])


def fields() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (SESSIONS, ASSETS)), axis=0))
    close[rng.random(close.shape) < 0.01] = np.nan
    return {"close": close, "signal": rng.normal(size=close.shape)}


def test_every_name_is_tested_and_provided() -> None:
    assert set(GIVEN) == set(KINDS) <= PLATFORM_NAMES == set(Session(None, {}, False).names())


@pytest.mark.parametrize("name", KINDS)
def test_each_fold_is_what_the_library_makes_of_its_rows(name: str) -> None:
    panel = panel_of(fields())
    report = evaluate(walk_forward(spec(name).fit(X=X, y=fwd_ret(5)), folds=FOLDS), panel)
    *x, y = panel.compute((*X, fwd_ret(5)))
    split = report.splits[1]
    rows = np.column_stack([c[: split.train.stop].ravel() for c in (*x, y)])
    rows = rows[np.isfinite(rows).all(axis=1)]
    theirs = instantiate(spec(name)).fit(rows[:, :-1], rows[:, -1])
    block = np.column_stack([c[split.test.start : split.test.stop].ravel() for c in x])
    known = np.isfinite(block).all(axis=1)
    first = split.test.start - report.splits[0].test.start
    ours = report.prediction[first : first + len(split.test)].ravel()
    np.testing.assert_allclose(ours[known], np.ravel(theirs.predict(block[known])), rtol=1e-8, atol=1e-10)
    assert np.isnan(ours[~known]).all()
    linear = name in {"OLS", "Ridge", "Lasso", "ElasticNet", "Huber", "BayesianRidge"}
    assert (report.folds[1].coef is not None) is linear


@pytest.mark.parametrize("name", KINDS)
def test_two_fits_are_the_same_bytes_and_the_saved_model_predicts_the_same(name: str, tmp_path: Path) -> None:
    panel, model = panel_of(fields()), spec(name).fit(X=X, y=fwd_ret(5))
    assert build(describe(model)) == model
    for directory in ("a", "b"):
        fit_final(model, panel).save(tmp_path / directory)
    written = [{p.name: p.read_bytes() for p in (tmp_path / d).iterdir()} for d in ("a", "b")]
    assert written[0] == written[1]
    assert load_fitted(tmp_path / "a").predict(panel).equals(fit_final(model, panel).predict(panel))
