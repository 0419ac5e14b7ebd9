"""Under a universe nothing outside it takes part: not in a rank, not in a label's market, not in a fit, not in a score."""

from __future__ import annotations

import numpy as np
import pytest

from alpha_bench import cs, features
from alpha_bench.definitions.named_estimators import OLS, Ridge, estimator
from alpha_bench.definitions.universe import within
from alpha_bench.errors import AlphaBenchError
from alpha_bench.expressions.expr import Expr
from alpha_bench.fitting.fitted_model import fit_final, load_fitted
from alpha_bench.model_selection.purged import CombinatorialPurgedKFold
from alpha_bench.session.evaluation_report import evaluate
from alpha_bench.session.evaluations import combinatorial_purged_kfold, purged_kfold, walk_forward
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.vocabulary.panel_fields import data
from fakes.small_panels import panel_of

SESSIONS, ASSETS, INSIDE = 160, 14, 9


def fields(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (SESSIONS, ASSETS)), axis=0))
    close[rng.random(close.shape) < 0.01] = np.nan
    member = np.zeros(close.shape)
    for row in member:  # another set of assets on each session
        row[rng.permutation(ASSETS)[:INSIDE]] = 1.0
    return {"close": close, "signal": rng.normal(size=close.shape), "member": member}


MEMBER = data.member > 0.5
LABEL = fwd_ret(5) - cs.mean(fwd_ret(5))
X = (cs.rank(data.signal), cs.zscore(features.ret(5)), features.ret(3))


def definition(universe: Expr | None = MEMBER):
    return walk_forward(Ridge().fit(X=list(X), y=LABEL, universe=universe), folds=3, embargo=2)


def with_other_values_outside(given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The signal of every asset that is outside on the session is another one."""
    changed = {name: values.copy() for name, values in given.items()}
    outside = given["member"] == 0.0
    changed["signal"][outside] = 1e6
    return changed


def test_what_happens_outside_the_universe_changes_nothing() -> None:
    given = fields()
    left, right = (evaluate(definition(), panel_of(f)) for f in (given, with_other_values_outside(given)))
    assert np.array_equal(left.prediction, right.prediction, equal_nan=True)
    assert left.figures == right.figures
    assert left.folds == right.folds


def test_without_the_universe_it_would() -> None:
    """The control."""
    given = fields()
    left, right = (evaluate(definition(None), panel_of(f)) for f in (given, with_other_values_outside(given)))
    assert not np.array_equal(left.prediction, right.prediction, equal_nan=True)


def test_nothing_outside_is_predicted_or_scored() -> None:
    given = fields()
    report = evaluate(definition(), panel_of(given))
    tested = slice(report.splits[0].test.start, None)
    outside = given["member"][tested] == 0.0
    assert np.isnan(report.prediction[outside]).all()
    assert np.isnan(report.label[outside]).all()
    assert np.isfinite(report.prediction[~outside]).mean() > 0.7
    assert report.daily.pairs.max() <= INSIDE


def test_it_is_the_panel_of_the_members_where_membership_does_not_change() -> None:
    """The oracle: the other assets are not in the panel at all."""
    given = fields()
    given["member"][:] = 0.0
    given["member"][:, :INSIDE] = 1.0
    few = {name: np.ascontiguousarray(values[:, :INSIDE]) for name, values in given.items()}
    whole, alone = evaluate(definition(), panel_of(given)), evaluate(definition(None), panel_of(few))
    np.testing.assert_allclose(whole.prediction[:, :INSIDE], alone.prediction, rtol=1e-9, equal_nan=True)
    np.testing.assert_allclose(whole.daily.ic, alone.daily.ic, rtol=1e-9, equal_nan=True)
    assert [f.train_rows for f in whole.folds] == [f.train_rows for f in alone.folds]


def test_cross_sections_are_confined_and_time_series_are_not() -> None:
    ranked, smoothed = within((cs.rank(data.signal), features.ret(5)), MEMBER)
    assert str(ranked) == "cs.rank(where(signal, member > 0.5))"
    assert smoothed is features.ret(5)
    assert within((ranked,), None) == (ranked,)


def test_an_empty_universe_has_no_row_to_train_on() -> None:
    given = fields()
    given["member"][:] = 0.0
    with pytest.raises(AlphaBenchError, match="0 complete training row"):
        evaluate(definition(), panel_of(given))


def test_the_saved_model_keeps_to_its_universe(tmp_path) -> None:
    given = fields()
    panel = panel_of(given)
    fitted = fit_final(definition(), panel)
    fitted.save(tmp_path)
    again = load_fitted(tmp_path).predict(panel)
    assert np.array_equal(again.to_numpy(), fitted.predict(panel).to_numpy(), equal_nan=True)
    assert np.isnan(again.to_numpy()[given["member"] == 0.0]).all()


@pytest.mark.parametrize(
    ("universe", "message"),
    [
        (fwd_ret(5) > 0, "looks 5 sessions ahead: it would hold the assets that did well later"),
        (cs.rank(fwd_ret(5)) > 0.5, "looks 5 sessions ahead"),
        (data.signal, "universe is signal, a factor; a condition is needed"),
        (["A000"], "universe is a list; a condition is needed"),
    ],
)
def test_a_universe_that_is_no_condition_of_today_is_refused(universe: object, message: str) -> None:
    with pytest.raises(AlphaBenchError, match=message):
        Ridge().fit(X=list(X), y=LABEL, universe=universe)


@pytest.mark.parametrize(
    "spec", [OLS(), estimator("sklearn.linear_model.HuberRegressor")], ids=["ols", "huber"]
)
def test_folds_with_training_on_both_sides_are_fitted_on_both(spec) -> None:
    given = fields()
    plan = purged_kfold(spec.fit(X=[data.signal], y=fwd_ret(5)), folds=4, embargo=3)
    before = evaluate(plan, panel_of(given))
    splits = before.splits
    assert len(before.prediction) == SESSIONS
    for row, changes in (
        (splits[1].test.start - 6, True),
        (splits[1].test.start - 5, False),
        (splits[1].test.stop - 1, False),
        (splits[1].test.stop + 7, False),
        (splits[1].test.stop + 8, True),
    ):
        changed = {name: values.copy() for name, values in given.items()}
        changed["signal"][row] += 3.0
        after = evaluate(plan, panel_of(changed))
        assert (after.folds[1].coef != before.folds[1].coef) is changes, row


def test_each_path_is_scored_and_the_headline_is_their_mean() -> None:
    model = OLS().fit(X=[data.signal, features.ret(5)], y=fwd_ret(5))
    report = evaluate(combinatorial_purged_kfold(model, groups=5, test_groups=2), panel_of(fields()))
    splitter = report.definition.splitter
    assert isinstance(splitter, CombinatorialPurgedKFold)
    assert len(report.folds) == 10
    assert len(report.paths) == 4
    np.testing.assert_allclose(
        report.daily.ic, np.mean([p.ic for p in report.paths], axis=0), rtol=1e-12, equal_nan=True
    )
    assert len({p.ic.tobytes() for p in report.paths}) == 4
    assert any("no simulation of trading" in w for w in report.warnings)
