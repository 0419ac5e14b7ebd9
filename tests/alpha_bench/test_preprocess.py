"""Preprocessing is fitted on the training rows of its fold, and is what scikit-learn does with the same rows."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from alpha_bench import features
from alpha_bench.definitions.named_estimators import (
    OLS,
    Estimator,
    HistGB,
    Lasso,
    Ridge,
    estimator,
    instantiate,
)
from alpha_bench.definitions.preprocessing import Step, impute, rank, standardize, step_from_plain, winsorize
from alpha_bench.describe import build, definition_digest, describe
from alpha_bench.errors import AlphaBenchError
from alpha_bench.expressions.expr import Expr
from alpha_bench.fitting.design_matrix import columns_of
from alpha_bench.fitting.fitted_model import fit_final, load_fitted
from alpha_bench.fitting.training import Training
from alpha_bench.fitting.transforms import fit_steps
from alpha_bench.model_selection.session_ranges import Sessions
from alpha_bench.session.evaluation_report import evaluate
from alpha_bench.session.evaluations import walk_forward
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.vocabulary.panel_fields import data
from fakes.small_panels import panel_of

SESSIONS, ASSETS, FOLDS = 260, 12, 4
X: list[Expr] = [data.signal, features.ret(5), data.size_like]
STEPS: dict[str, list[Step]] = {
    "winsorize": [winsorize(0.05)],
    "standardize": [standardize()],
    "impute the median": [impute("median")],
    "impute the mean": [impute("mean")],
    "impute zero": [impute(0)],
    "rank": [rank(50)],
    "several": [winsorize(0.01), impute("median"), standardize()],
    "ranks, then standardize": [rank(), impute(0.5), standardize()],
}


def fields(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (SESSIONS, ASSETS)), axis=0))
    close[rng.random(close.shape) < 0.01] = np.nan
    signal = rng.standard_t(3, size=close.shape)
    signal[rng.random(close.shape) < 0.1] = np.nan
    signal[7, 3] = np.inf
    return {"close": close, "signal": signal, "size_like": rng.lognormal(8, 2, close.shape)}


def definition(steps: list[Step], spec: Estimator = Ridge(alpha=3.0)):  # noqa: B008
    return walk_forward(spec.fit(X=X, y=fwd_ret(5), preprocess=steps), folds=FOLDS)


def start_of(fold: int) -> int:
    return SESSIONS - (FOLDS - fold) * (SESSIONS // (FOLDS + 1))


# -- fitted inside the fold -----------------------------------------------------------------------------------------


def learnt_of_fold(
    steps: list[Step], given: dict[str, np.ndarray], fold: int, *, on_all: bool = False
) -> list[dict]:
    """What the steps learn for one fold; ``on_all`` is the mistake: on every session."""
    made = definition(steps)
    model, panel = made.definition.model, panel_of(given)
    columns = columns_of(model, panel)
    split = made.definition.splitter.split(SESSIONS, horizon=5)[fold]
    sessions = Sessions.of(range(SESSIONS)) if on_all else split.train
    training = Training(columns.training, model.preprocess, [sessions])
    fitted = training._rows(0).steps
    return [{name: array.tolist() for name, array in one.learnt.items()} for one in fitted.steps]


def with_another_test_block(fold: int) -> dict[str, np.ndarray]:
    changed = fields()
    changed["signal"][start_of(fold) :] = 1e3
    changed["size_like"][start_of(fold) :] *= 50
    return changed


@pytest.mark.parametrize("name", STEPS)
def test_the_test_block_teaches_a_step_nothing(name: str) -> None:
    before = learnt_of_fold(STEPS[name], fields(), 1)
    assert learnt_of_fold(STEPS[name], with_another_test_block(1), 1) == before


@pytest.mark.parametrize("name", [n for n in STEPS if n != "impute zero"])
def test_a_step_fitted_on_all_sessions_would_be_caught(name: str) -> None:
    """The control: the same perturbation shows a step that saw the test block."""
    before = learnt_of_fold(STEPS[name], fields(), 1, on_all=True)
    assert learnt_of_fold(STEPS[name], with_another_test_block(1), 1, on_all=True) != before


@pytest.mark.parametrize("spec", [Ridge(), Lasso(alpha=1e-4), HistGB(max_iter=5, random_state=0)], ids=repr)
def test_what_comes_after_a_fold_changes_none_of_its_predictions(spec: Estimator) -> None:
    steps = [winsorize(0.05), impute("median"), standardize()]
    later = fields()
    for name in later:
        later[name][start_of(2) :] = 77.0
    rows = start_of(2) - start_of(0)
    whole, changed = (evaluate(definition(steps, spec), panel_of(f)) for f in (fields(), later))
    assert np.array_equal(whole.prediction[:rows], changed.prediction[:rows], equal_nan=True)
    assert not np.array_equal(whole.prediction, changed.prediction, equal_nan=True)


# -- what they do ---------------------------------------------------------------------------------------------------


def rows_of_fold(report, given: dict[str, np.ndarray], fold: int) -> tuple[np.ndarray, np.ndarray]:
    *x, y = panel_of(given).compute((*X, fwd_ret(5)))
    cut = slice(0, report.splits[fold].train.stop)
    rows = np.column_stack([np.where(np.isfinite(c), c, np.nan)[cut].ravel() for c in (*x, y)])
    return rows[np.isfinite(rows[:, -1])][:, :-1], rows[np.isfinite(rows[:, -1])][:, -1]


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("kind", [lambda i: Ridge(alpha=3.0, fit_intercept=i), lambda i: OLS(fit_intercept=i), lambda i: Lasso(alpha=1e-4, tol=1e-12, fit_intercept=i)])  # fmt: skip
def test_standardize_folded_into_the_solution_is_scikit_learns_pipeline(kind, fit_intercept: bool) -> None:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    given, spec = fields(), kind(fit_intercept)
    report = evaluate(definition([standardize()], spec), panel_of(given))
    *x, _ = panel_of(given).compute((*X, fwd_ret(5)))
    for number, split in enumerate(report.splits):
        rows, y = rows_of_fold(report, given, number)
        complete = np.isfinite(rows).all(axis=1)
        theirs = make_pipeline(StandardScaler(), instantiate(spec)).fit(rows[complete], y[complete])
        block = np.column_stack([c[split.test.start : split.test.stop].ravel() for c in x])
        known = np.isfinite(block).all(axis=1)
        first = split.test.start - report.splits[0].test.start
        ours = report.prediction[first : first + len(split.test)].ravel()
        np.testing.assert_allclose(ours[known], theirs.predict(block[known]), rtol=1e-9, atol=1e-10)
        assert np.isnan(ours[~known]).all()


def test_several_steps_are_those_of_a_pipeline_written_by_hand() -> None:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import Ridge as TheirRidge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    given = fields()
    report = evaluate(definition([winsorize(0.05), impute("median"), standardize()]), panel_of(given))
    *x, _ = panel_of(given).compute((*X, fwd_ret(5)))
    split = report.splits[2]
    rows, y = rows_of_fold(report, given, 2)
    some = np.isfinite(rows).any(axis=1)
    rows, y = rows[some], y[some]
    low, high = np.nanquantile(rows, [0.05, 0.95], axis=0)
    theirs = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), TheirRidge(alpha=3.0))
    theirs.fit(np.clip(rows, low, high), y)
    block = np.column_stack(
        [np.where(np.isfinite(c), c, np.nan)[split.test.start : split.test.stop].ravel() for c in x]
    )
    first = split.test.start - report.splits[0].test.start
    ours = report.prediction[first : first + len(split.test)].ravel()
    np.testing.assert_allclose(ours, theirs.predict(np.clip(block, low, high)), rtol=1e-9, atol=1e-11)
    assert report.folds[2].train_rows == len(rows)


def test_ranks_are_those_of_the_quantile_transformer_on_all_rows() -> None:
    from sklearn.preprocessing import QuantileTransformer

    rng = np.random.default_rng(0)
    train, test = rng.normal(size=500), rng.normal(0, 2, size=300)
    fitted, _ = fit_steps([rank(100)], [train])
    theirs = QuantileTransformer(n_quantiles=100, subsample=None).fit(train[:, None])
    np.testing.assert_allclose(fitted.apply([test])[0], theirs.transform(test[:, None])[:, 0], atol=1e-12)


def test_tied_values_rank_in_their_middle_and_missing_ones_stay_missing() -> None:
    fitted, _ = fit_steps([rank(5)], [np.array([0.0, 1.0, 1.0, 1.0, 2.0])])
    found = fitted.apply([np.array([-9.0, 0.0, 1.0, 2.0, 9.0, np.nan, np.inf])])[0]
    assert found[:5].tolist() == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert np.isnan(found[5:]).all()


def test_imputing_makes_rows_count_and_an_asset_that_is_not_there_is_not_made_up() -> None:
    given = fields()
    for name in given:
        given[name][:, 0] = np.nan
    plain, filled = (evaluate(definition(steps), panel_of(given)) for steps in ([], [impute("median")]))
    assert filled.folds[0].train_rows > plain.folds[0].train_rows
    assert np.isfinite(filled.prediction).sum() > np.isfinite(plain.prediction).sum()
    assert np.isnan(filled.prediction[:, 0]).all()


def test_a_constant_feature_is_divided_by_one() -> None:
    fitted, changed = fit_steps([standardize()], [np.full(50, 0.1), np.arange(50.0)])
    assert fitted.steps[0].learnt["scale"][0] == 1.0
    np.testing.assert_allclose(changed[0], 0.0, atol=1e-15)


def test_the_fast_way_and_the_way_by_rows_are_one() -> None:
    """``standardize`` alone is folded into the moments; twice, which changes nothing more, it goes by rows."""
    report, by_rows = (
        evaluate(definition(steps), panel_of(fields()))
        for steps in ([standardize()], [standardize(), standardize()])
    )
    np.testing.assert_allclose(report.prediction, by_rows.prediction, rtol=1e-9, atol=1e-12)


def test_a_fold_without_a_training_row_is_told_before_anything_is_scaled() -> None:
    given = fields()
    given["size_like"][: SESSIONS // 2] = np.nan
    with pytest.raises(AlphaBenchError, match="0 complete training row"):
        evaluate(definition([standardize()]), panel_of(given))


def test_a_feature_without_a_value_in_the_training_rows_is_told() -> None:
    given = fields()
    given["signal"][: SESSIONS // 2] = np.nan
    with pytest.raises(AlphaBenchError, match="feature 1 has no value in the training rows"):
        evaluate(definition([impute("median")]), panel_of(given))


# -- in the definition, and saved -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STEPS)
def test_a_definition_with_steps_goes_to_plain_data_and_back(name: str) -> None:
    made = definition(STEPS[name]).definition
    assert build(json.loads(json.dumps(describe(made)))) == made
    assert definition_digest(made) != definition_digest(definition([]))
    assert [step_from_plain(s.to_plain()) for s in STEPS[name]] == STEPS[name]


def test_every_parameter_of_a_step_is_part_of_the_digest() -> None:
    variants = [
        [winsorize(0.01)], [winsorize(0.02)], [impute("median")], [impute("mean")], [impute(0.0)], [rank()],
        [rank(10)], [standardize()], [winsorize(), standardize()], [standardize(), winsorize()],
    ]  # fmt: skip
    assert len({definition_digest(definition(v)) for v in variants}) == len(variants)
    assert definition_digest(definition([impute(0)])) == definition_digest(definition([impute(0.0)]))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: winsorize(0.5), "limit is 0.5"),
        (lambda: winsorize("1%"), "limit is '1%'"),
        (lambda: impute("medain"), "did you mean 'median'"),
        (lambda: impute(float("nan")), "fill is nan"),
        (lambda: rank(1), "knots is 1"),
        (
            lambda: Ridge().fit(X=X, y=fwd_ret(5), preprocess=standardize),
            r"write standardize\(\)|it is a function",
        ),
        (lambda: Ridge().fit(X=X, y=fwd_ret(5), preprocess=[standardize]), r"write standardize\(\)"),
        (lambda: Ridge().fit(X=X, y=fwd_ret(5), preprocess=["rank"]), "is no step"),
        (lambda: step_from_plain({"step": "winsorise", "params": {}}), "did you mean winsorize"),
        (lambda: step_from_plain({"step": "rank", "params": {"knot": 3}}), "its parameters are: knots"),
        (lambda: step_from_plain({"step": "rank"}), "a step is"),
    ],
)
def test_a_step_that_cannot_be_right_is_refused_at_once(make, message: str) -> None:
    with pytest.raises(AlphaBenchError, match=message):
        make()


FOREST = estimator("sklearn.ensemble.RandomForestRegressor", n_estimators=3, max_depth=3, random_state=0)


@pytest.mark.parametrize("spec", [Ridge(), FOREST], ids=["linear", "forest"])
@pytest.mark.parametrize("name", STEPS)
def test_what_steps_learnt_is_saved_and_applied_when_the_model_predicts(
    name: str, spec, tmp_path: Path
) -> None:
    panel = panel_of(fields())
    model = fit_final(definition(STEPS[name], spec), panel)
    model.save(tmp_path / "a")
    model.save(tmp_path / "b")
    assert all((tmp_path / "b" / p.name).read_bytes() == p.read_bytes() for p in (tmp_path / "a").iterdir())
    assert load_fitted(tmp_path / "a").predict(panel).equals(model.predict(panel))


@pytest.mark.parametrize(
    "change",
    [
        lambda steps: steps.pop(),
        lambda steps: steps[0]["learnt"].pop("low"),
        lambda steps: steps[0]["learnt"]["low"].pop(),
        lambda steps: steps[0]["learnt"]["low"].__setitem__(0, None),
        lambda steps: steps[0].update(step="rank"),
        lambda steps: steps[0]["learnt"].update(more=[1, 2, 3]),
    ],
)
def test_saved_steps_that_are_not_what_was_learnt_are_refused(change, tmp_path: Path) -> None:
    fit_final(definition([winsorize(), impute(), standardize()]), panel_of(fields())).save(tmp_path)
    file = tmp_path / "model.json"
    plain = json.loads(file.read_text())
    change(plain["steps"])
    file.write_text(json.dumps(plain))
    with pytest.raises(AlphaBenchError, match="holds no saved model"):
        load_fitted(tmp_path)
