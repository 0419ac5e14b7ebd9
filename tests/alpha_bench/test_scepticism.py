"""What a sceptical quant would try: a memory of the training rows, another order of the assets, other units, pure noise."""

from __future__ import annotations

import numpy as np
import pytest

from alpha_bench import features
from alpha_bench.definitions.named_estimators import OLS, Ridge, estimator, instantiate
from alpha_bench.describe import evaluate
from alpha_bench.expressions.expr import Expr
from alpha_bench.session.evaluations import walk_forward
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.vocabulary.panel_fields import data
from fakes.small_panels import panel_of

SESSIONS, ASSETS, HORIZON, FOLDS = 420, 40, 10, 4
SLOW = ("one", "two", "three", "four", "five")
KNN = estimator("sklearn.neighbors.KNeighborsRegressor", n_neighbors=1)


def prices(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (SESSIONS, ASSETS)), axis=0))


def slow(seed: int) -> dict[str, np.ndarray]:
    """Features that hardly change from day to day, so that the nearest row in them is the asset's own of yesterday; no signal."""
    rng = np.random.default_rng(seed + 1000)
    walks = np.cumsum(rng.normal(size=(len(SLOW), SESSIONS, ASSETS)), axis=1)
    return {"close": prices(seed)} | dict(zip(SLOW, walks, strict=True))


def first_days(ic: np.ndarray, starts: list[int]) -> np.ndarray:
    return np.concatenate([ic[s : s + HORIZON] for s in starts])


def test_a_model_that_remembers_its_training_rows_gains_nothing_on_the_first_days_of_a_test_block() -> None:
    model = KNN.fit(X=[data[name] for name in SLOW], y=fwd_ret(HORIZON))
    ics = []
    for seed in range(3):
        report = evaluate(walk_forward(model, folds=FOLDS, embargo=5), panel_of(slow(seed)))
        origin = report.splits[0].test.start
        ics.append(first_days(report.daily.ic, [s.test.start - origin for s in report.splits]))
    ic = np.concatenate(ics)
    blocks = ic.reshape(-1, HORIZON).mean(axis=1)
    assert ic.mean() < 3 * blocks.std(ddof=1) / np.sqrt(len(blocks))
    assert ic.mean() < 0.05


def test_without_the_purge_the_same_model_would_shine() -> None:
    """The control: labels that reach into the test block give the answer away."""
    ics = []
    for seed in range(3):
        fields = slow(seed)
        label = panel_of(fields).compute((fwd_ret(HORIZON),))[0]
        x = np.stack([fields[name] for name in SLOW], axis=-1)
        block = SESSIONS // (FOLDS + 1)
        for start in range(SESSIONS - FOLDS * block, SESSIONS - block, block):
            fitted = instantiate(KNN).fit(x[:start].reshape(-1, len(SLOW)), label[:start].ravel())
            ics += [np.corrcoef(fitted.predict(x[t]), label[t])[0, 1] for t in range(start, start + 3)]
    assert np.mean(ics) > 0.15


def report_of(x: list[Expr], fields: dict[str, np.ndarray], spec=Ridge()):  # noqa: B008
    return evaluate(walk_forward(spec.fit(X=x, y=fwd_ret(HORIZON)), folds=FOLDS), panel_of(fields))


def test_the_order_of_the_assets_changes_nothing() -> None:
    order = np.random.default_rng(1).permutation(ASSETS)
    fields = slow(1)
    left = report_of([data.one, features.ret(5)], fields)
    right = report_of(
        [data.one, features.ret(5)], {k: np.ascontiguousarray(v[:, order]) for k, v in fields.items()}
    )
    np.testing.assert_allclose(left.prediction[:, order], right.prediction, rtol=0, atol=1e-13)
    for name, value in left.figures.items():
        np.testing.assert_allclose(np.array(value, float), np.array(right.figures[name], float), rtol=1e-8)


@pytest.mark.parametrize("factor", [1e-6, -3.0, 1e6])
def test_the_units_of_a_feature_change_no_prediction_of_least_squares(factor: float) -> None:
    left = report_of([data.one, features.ret(5)], slow(2), OLS())
    right = report_of([data.one * factor, features.ret(5)], slow(2), OLS())
    np.testing.assert_allclose(left.prediction, right.prediction, rtol=0, atol=1e-11)


def test_the_order_of_the_features_changes_no_prediction() -> None:
    left = report_of([data.one, features.ret(5)], slow(3))
    right = report_of([features.ret(5), data.one], slow(3))
    np.testing.assert_allclose(left.prediction, right.prediction, rtol=0, atol=1e-14)
    assert left.folds[0].coef != right.folds[0].coef


def test_a_planted_signal_is_found_and_noise_is_not() -> None:
    found, noise = [], []
    for seed in range(6):
        fields = slow(seed)
        label = panel_of(fields).compute((fwd_ret(HORIZON),))[0]
        rng = np.random.default_rng(seed)
        hint = np.where(np.isfinite(label), label, 0.0) + rng.normal(0, 0.5, label.shape)
        found.append(report_of([data.hint], fields | {"hint": hint}).figures["ic_t_newey_west"])
        noise.append(report_of([data.one], fields).figures["ic_t_newey_west"])
    assert min(found) > 3
    assert np.median(np.abs(noise)) < 2


def test_a_delay_widens_the_gap_and_moves_the_label() -> None:
    plain = evaluate(
        walk_forward(Ridge().fit(X=[data.one], y=fwd_ret(HORIZON)), folds=FOLDS), panel_of(slow(4))
    )
    late = evaluate(
        walk_forward(Ridge().fit(X=[data.one], y=fwd_ret(HORIZON, delay=1)), folds=FOLDS), panel_of(slow(4))
    )
    assert [len(a.train) - len(b.train) for a, b in zip(plain.splits, late.splits, strict=True)] == [
        1
    ] * FOLDS
    np.testing.assert_array_equal(plain.label[1:], late.label[:-1])
