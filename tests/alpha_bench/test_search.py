"""Searches are nested: the test block never takes part in a choice, and every candidate is counted."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alpha_bench import features
from alpha_bench.definitions.estimator_objects import with_parameters
from alpha_bench.definitions.named_estimators import OLS, HistGB, Lasso, Ridge, estimator
from alpha_bench.definitions.preprocessing import standardize
from alpha_bench.definitions.search import EstimatorSearch, grid_search, random_search
from alpha_bench.describe import build, definition_digest, describe
from alpha_bench.errors import AlphaBenchError
from alpha_bench.fitting.design_matrix import columns_of
from alpha_bench.fitting.fitted_model import fit_final, load_fitted
from alpha_bench.fitting.nested_search import _counted, _inner
from alpha_bench.fitting.training import Training
from alpha_bench.metrics.inference import mean_of_known
from alpha_bench.metrics.information_coefficient import score_dates
from alpha_bench.model_selection.session_ranges import Sessions
from alpha_bench.session.evaluation_report import evaluate
from alpha_bench.session.evaluations import purged_kfold, walk_forward
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.vocabulary.panel_fields import data
from fakes.small_panels import panel_of

SESSIONS, ASSETS, FOLDS = 300, 12, 3
ALPHAS = [1e-3, 1e2, 1e5]
X = [data.signal, features.ret(5), data.noise]


def fields(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (SESSIONS, ASSETS)), axis=0))
    close[rng.random(close.shape) < 0.01] = np.nan
    return {"close": close, "signal": rng.normal(size=close.shape), "noise": rng.normal(size=close.shape)}


def found(search: EstimatorSearch, given: dict[str, np.ndarray] | None = None, **how: Any) -> Any:
    model = search.fit(X=X, y=fwd_ret(5), **how)
    return evaluate(walk_forward(model, folds=FOLDS), panel_of(fields() if given is None else given))


def start_of(fold: int) -> int:
    return SESSIONS - (FOLDS - fold) * (SESSIONS // (FOLDS + 1))


def with_another_test_block(fold: int) -> dict[str, np.ndarray]:
    changed = fields()
    cut = start_of(fold)
    rng = np.random.default_rng(9)
    changed["close"][cut:] = 50 * np.exp(np.cumsum(rng.normal(0, 0.2, (SESSIONS - cut, ASSETS)), axis=0))
    changed["signal"][cut:] = rng.normal(size=(SESSIONS - cut, ASSETS))
    return changed


SEARCHES = {
    "grid": grid_search(Ridge(), {"alpha": ALPHAS}),
    "grid of two": grid_search(
        Lasso(), {"alpha": [1e-5, 1e-4], "fit_intercept": [True, False]}, folds=2, score="r2"
    ),
    "random": random_search(Ridge(), {"alpha": {"low": 1e-3, "high": 1e5, "scale": "log"}}, n=4, score="ic"),
    "trees": grid_search(HistGB(random_state=0, max_iter=5), {"max_leaf_nodes": [3, 8]}, folds=2),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_the_test_block_never_takes_part_in_the_choice(name: str) -> None:
    for fold in range(FOLDS):
        before, after = (
            found(SEARCHES[name], given).folds[fold] for given in (fields(), with_another_test_block(fold))
        )
        assert before.search == after.search
        assert before.coef == after.coef


def scores_that_see_the_test_block(given: dict[str, np.ndarray], fold: int) -> list[float]:
    """The mistake: candidates scored on the outer test block itself."""
    made = walk_forward(Ridge().fit(X=X, y=fwd_ret(5)), folds=FOLDS).definition
    panel = panel_of(given)
    columns = columns_of(made.model, panel)
    split = made.splitter.split(SESSIONS, horizon=5)[fold]
    training = Training(columns.training, (), [split.train])
    block = slice(split.test.start, split.test.stop)
    return [
        mean_of_known(
            score_dates(
                training.fit(Ridge(alpha=a), 0).predict(columns.features, block.start, block.stop),
                np.ascontiguousarray(columns.label[block]),
            ).rank_ic
        )
        for a in ALPHAS
    ]


def test_a_search_that_saw_the_test_block_would_be_caught() -> None:
    """The control: the same perturbation changes scores that were made on the test block."""
    assert scores_that_see_the_test_block(fields(), 1) != scores_that_see_the_test_block(
        with_another_test_block(1), 1
    )


def test_inner_folds_are_purged_and_lie_inside_the_training_sessions() -> None:
    model = grid_search(Ridge(), {"alpha": ALPHAS}, folds=4, embargo="3d").fit(X=X, y=fwd_ret(10, delay=1))
    assert model.search is not None
    for train in (Sessions.of(range(40, 200)), Sessions.of(range(90), range(130, 300))):
        blocks = _inner(model, model.search, train)
        assert len(blocks) == 4
        for inner_train, inner_test in blocks:
            assert set(inner_train) | set(inner_test) <= set(train)
            assert max(inner_train) + 10 + 1 + 3 < min(inner_test)


def test_counting_inside_a_set_with_a_hole() -> None:
    sessions = Sessions.of(range(10, 13), range(20, 25))
    assert list(_counted(sessions, Sessions.of(range(2, 5)))) == [12, 20, 21]
    assert list(_counted(sessions, Sessions.of(range(8)))) == list(sessions)


@pytest.mark.parametrize("score", ["rank_ic", "ic", "r2"])
def test_the_winner_is_the_candidate_with_the_largest_score(score: str) -> None:
    for fold in found(grid_search(Ridge(), {"alpha": ALPHAS}, score=score)).folds:
        told = fold.search
        best = max(told.candidates, key=lambda c: c.score)
        assert told.chosen == best.params
        assert [c.params["alpha"] for c in told.candidates] == ALPHAS


def test_a_search_over_one_candidate_is_that_candidate() -> None:
    one, plain = found(grid_search(Ridge(), {"alpha": [7.0]})), evaluate(
        walk_forward(Ridge(alpha=7.0).fit(X=X, y=fwd_ret(5)), folds=FOLDS), panel_of(fields())
    )  # fmt: skip
    assert [f.coef for f in one.folds] == [f.coef for f in plain.folds]
    assert one.figures == plain.figures


def test_the_r2_of_an_inner_fold_is_scikit_learns() -> None:
    from sklearn.linear_model import Ridge as TheirRidge
    from sklearn.metrics import r2_score

    report = found(grid_search(Ridge(), {"alpha": [1.0]}, folds=1, score="r2"))
    model = report.definition.model
    columns = columns_of(model, panel_of(fields()))
    ((train, test),) = _inner(model, model.search, report.splits[0].train)
    table = np.stack([*columns.features, columns.label], axis=-1)
    fit, judged = (table[list(s)].reshape(-1, 4) for s in (train, test))
    fit, judged = (t[np.isfinite(t).all(axis=1)] for t in (fit, judged))
    theirs = TheirRidge(alpha=1.0).fit(fit[:, :3], fit[:, 3])
    told = report.folds[0].search.candidates[0].score
    np.testing.assert_allclose(told, r2_score(judged[:, 3], theirs.predict(judged[:, :3])), rtol=1e-9)


def test_every_candidate_is_a_trial() -> None:
    report = found(SEARCHES["grid of two"])
    assert (report.trials.candidates, report.trials.scored, report.trials.total) == (4, 4 * FOLDS, 4)
    plain = evaluate(walk_forward(Ridge().fit(X=X, y=fwd_ret(5)), folds=FOLDS, trials=7), panel_of(fields()))
    assert (plain.trials.candidates, plain.trials.scored, plain.trials.total) == (1, 0, 7)


def test_a_search_works_with_steps_weights_universes_and_purged_folds() -> None:
    how: dict[str, Any] = {
        "preprocess": [standardize()],
        "weights": abs(data.noise),
        "universe": data.close > 40,
    }
    model = SEARCHES["grid"].fit(X=X, y=fwd_ret(5), **how)
    report = evaluate(purged_kfold(model, folds=3), panel_of(fields()))
    assert all(f.search.chosen["alpha"] in ALPHAS for f in report.folds)


def test_parameters_inside_a_pipeline_are_searched() -> None:
    pipeline = estimator(
        "sklearn.pipeline.Pipeline",
        steps=[["scale", estimator("sklearn.preprocessing.StandardScaler")], ["model", Ridge()]],
    )
    search = grid_search(pipeline, {"model__alpha": [1, 1e6]}, folds=2)
    assert search == grid_search(pipeline, {"model__alpha": [1.0, 1e6]}, folds=2)
    report = found(search)
    assert set(report.folds[0].search.chosen) == {"model__alpha"}
    assert (
        with_parameters(pipeline, {"model__alpha": 9}).to_plain()["params"]["steps"][1][1]["params"]["alpha"]
        == 9
    )


def test_draws_are_the_same_each_time_and_another_seed_draws_others() -> None:
    space = {"alpha": {"low": 1e-3, "high": 10, "scale": "log"}, "fit_intercept": [True, False]}
    one, again, other = (random_search(Ridge(), space, n=20, seed=s).search.candidates() for s in (0, 0, 1))
    assert one == again != other
    assert all(1e-3 <= c["alpha"] <= 10 for c in one)
    # Python's own first two numbers for seed 0 are .8444218515 and .7579544029.
    assert one[0] == {"alpha": float(f"{1e-3 * 1e4**0.8444218515250481:.6g}"), "fit_intercept": False}
    whole = random_search(Ridge(), {"fit_intercept": [True, False]}, n=50).search.candidates()
    assert len(whole) == 2  # no candidate twice


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_goes_to_plain_data_and_back(name: str, tmp_path: Path) -> None:
    model = SEARCHES[name].fit(X=X, y=fwd_ret(5))
    assert build(json.loads(json.dumps(describe(model)))) == model
    assert definition_digest(model) != definition_digest(Ridge().fit(X=X, y=fwd_ret(5)))
    final = fit_final(model, panel_of(fields()))
    final.save(tmp_path)
    again = load_fitted(tmp_path)
    assert again.fit.search == final.fit.search is not None
    assert again.predict(panel_of(fields())).equals(final.predict(panel_of(fields())))
    assert "_search(" in repr(model)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: grid_search(Ridge(), {}), "the space"),
        (lambda: grid_search(Ridge(), {"alhpa": [1]}), "did you mean 'alpha'"),
        (lambda: grid_search(Ridge(), {"alpha": 1}), "its values are 1"),
        (lambda: grid_search(Ridge(), {"alpha": [-1]}), "alpha of .* is -1"),
        (lambda: grid_search(Ridge(), {"alpha": {"low": 1, "high": 2}}), "an interval has no grid"),
        (lambda: grid_search(Ridge(), {"alpha": [1]}, score="sharpe"), "score"),
        (lambda: grid_search(Ridge(), {"alpha": [1]}, folds=0), "folds"),
        (lambda: grid_search(Ridge(), {"model__alpha": [1]}), "holds no estimator 'model'"),
        (lambda: grid_search(3, {"alpha": [1]}), "is not an estimator"),
        (lambda: random_search(Ridge(), {"alpha": {"low": 0, "high": 1, "scale": "log"}}), "logarithmic"),
        (lambda: random_search(Ridge(), {"alpha": {"low": 2, "high": 1}}), "its values are"),
        (lambda: random_search(Ridge(), {"alpha": [1]}, n=0), "n: it is 0"),
        (lambda: random_search(Ridge(), {"alpha": [1]}, seed=None), "seed: it is None"),
        (
            lambda: found(grid_search(Lasso(), {"alpha": [1e3, 1e4]})),
            "no candidate of the search has a rank_ic",
        ),
        (
            lambda: found(grid_search(OLS(), {"fit_intercept": [True]}, folds=80)),
            r"a training part has \d+ sessions, and a search with .* inside it needs \d+",
        ),
    ],
)
def test_a_search_that_cannot_be_right_is_refused(make, message: str) -> None:
    with pytest.raises(AlphaBenchError, match=message):
        make()


def test_the_number_of_inner_folds_that_is_told_is_enough_and_the_most() -> None:
    with pytest.raises(AlphaBenchError, match="inside it needs") as raised:
        found(grid_search(OLS(), {"fit_intercept": [True, False]}, folds=80))
    told = re.search(r"search with folds=(\d+)", str(raised.value.fix))
    assert told is not None
    found(grid_search(OLS(), {"fit_intercept": [True, False]}, folds=int(told[1])))
    with pytest.raises(AlphaBenchError, match="inside it needs"):
        found(grid_search(OLS(), {"fit_intercept": [True, False]}, folds=int(told[1]) + 1))
