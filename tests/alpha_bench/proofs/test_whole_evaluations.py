"""Laws of whole evaluations, over every splitter and every label there is: what a fold learns from, to the day.

``signal`` is the only feature and ``close`` makes the labels only, so that a change of one row of either tells exactly which rows a
fold was fitted on and which prices its labels hold.
"""

from __future__ import annotations

import inspect
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alpha_bench import features, labels
from alpha_bench.definitions.named_estimators import OLS, Estimator, Ridge, estimator
from alpha_bench.definitions.preprocessing import STEPS
from alpha_bench.errors import AlphaBenchError
from alpha_bench.expressions.expr import Expr
from alpha_bench.model_selection.registry import SPLITTERS
from alpha_bench.model_selection.walk_forward import Split
from alpha_bench.panel.panel import Panel
from alpha_bench.session import evaluations as walk
from alpha_bench.session.evaluation_report import evaluate
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.vocabulary.panel_fields import data
from fakes.hostile_panels import DEFECTS, fields_with, with_assets
from fakes.small_panels import panel_of

SESSIONS, ASSETS, HORIZON, EMBARGO = 300, 12, 10, 5
SMALLER = {"folds": 4, "groups": 5, "test_groups": 2, "embargo": EMBARGO}
FORWARD = ["expanding", "rolling:60", "fixed:35"]
TREE = estimator("sklearn.ensemble.RandomForestRegressor", n_estimators=3, max_depth=4, random_state=0)
SCALED = estimator(
    "sklearn.pipeline.Pipeline",
    steps=[["scale", estimator("sklearn.preprocessing.StandardScaler")], ["model", Ridge(alpha=50.0)]],
)


def prices(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (SESSIONS, ASSETS)), axis=0))
    close[rng.random(close.shape) < 0.005] = np.nan
    return {"close": close, "signal": rng.normal(size=close.shape)}


def made_label(name: str) -> Expr:
    """The label ``name`` with a horizon of ten sessions, entered at once."""
    make = getattr(labels, name)
    first = next(iter(inspect.signature(make).parameters))
    made: Expr = make(HORIZON if first == "horizon" else fwd_ret(HORIZON))
    return made


def judged(splitter: str, label: Expr, spec: Estimator = OLS(), **how: object):  # noqa: B008
    steps = how.pop("preprocess", [])
    how = {name: SMALLER.get(name, default) for name, default in SPLITTERS[splitter].items()} | how
    return getattr(walk, splitter)(spec.fit(X=[data.signal], y=label, preprocess=steps), **how)


def report_of(given: dict[str, np.ndarray], splitter: str, label: Expr, **how: object):
    return evaluate(judged(splitter, label, **how), panel_of(given))


def coefficients(given: dict[str, np.ndarray], splitter: str, label: Expr, **how: object) -> list[object]:
    return [fold.coef for fold in report_of(given, splitter, label, **how).folds]


def another(name: str, rows: list[int]) -> dict[str, np.ndarray]:
    """The prices or the signal of ``rows`` are others: no two assets change alike."""
    changed = prices()
    changed[name][rows] *= np.linspace(0.3, 3.0, ASSETS)[np.random.default_rng(9).permutation(ASSETS)]
    return changed


@cache
def folds(splitter: str, label: Expr, window: str | None = None) -> tuple[Split, ...]:
    how = {} if window is None else {"window": window}
    return report_of(prices(), splitter, label, **how).splits


# -- causality to the day ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", labels.__all__)
@pytest.mark.parametrize("window", FORWARD)
def test_the_last_training_row_is_sixteen_sessions_before_the_block(name: str, window: str) -> None:
    """With h = 10 and e = 5 row ``s - 16`` is learnt from, and none of ``s - 15 .. s - 1`` and of the block is."""
    label = made_label(name)
    assert label.lookahead == HORIZON
    before = coefficients(prices(), "walk_forward", label, window=window)
    for k, split in enumerate(folds("walk_forward", label, window)):
        start = split.test.start
        near = another("signal", list(range(start - HORIZON - EMBARGO, split.test.stop)))
        assert coefficients(near, "walk_forward", label, window=window)[: k + 1] == before[: k + 1]
        last = another("signal", [start - HORIZON - EMBARGO - 1])
        assert coefficients(last, "walk_forward", label, window=window)[k] != before[k]


@pytest.mark.parametrize("name", labels.__all__)
def test_the_last_price_in_a_training_label_is_the_one_before_the_embargo(name: str) -> None:
    label = made_label(name)
    before = coefficients(prices(), "walk_forward", label)
    moved = []
    for k, split in enumerate(folds("walk_forward", label)):
        start = split.test.start
        later = another("close", list(range(start - EMBARGO, SESSIONS)))
        assert coefficients(later, "walk_forward", label)[: k + 1] == before[: k + 1]
        last = another("close", [start - EMBARGO - 1])
        moved.append(coefficients(last, "walk_forward", label)[k] != before[k])
    assert any(moved) if name == "triple_barrier" else all(moved)  # a barrier may have been touched before


@pytest.mark.parametrize("embargo", [0, 4])
def test_a_shorter_embargo_is_seen_to_the_day(embargo: int) -> None:
    """The control: the same perturbation finds the first row that a shorter gap lets in."""
    label = fwd_ret(HORIZON)
    before = coefficients(prices(), "walk_forward", label, embargo=embargo)
    for k, split in enumerate(folds("walk_forward", label)):
        row = split.test.start - HORIZON - EMBARGO
        assert coefficients(another("signal", [row]), "walk_forward", label, embargo=embargo)[k] != before[k]


@pytest.mark.parametrize("splitter", SPLITTERS)
@pytest.mark.parametrize("name", [n for n in labels.__all__ if made_label(n).lookback == 0])
def test_no_fold_learns_from_what_it_is_tested_on(splitter: str, name: str) -> None:
    """Neither rows of tested, purged and embargoed sessions nor prices of tested sessions move a coefficient of the fold."""
    label = made_label(name)
    before = coefficients(prices(), splitter, label)
    for k, split in enumerate(folds(splitter, label)):
        dropped = [*split.test, *split.purge, *split.embargo]
        assert coefficients(another("signal", dropped), splitter, label)[k] == before[k]
        assert coefficients(another("close", list(split.test)), splitter, label)[k] == before[k]
        train = [t for t in split.train if t < SESSIONS - HORIZON]  # later labels are not known yet
        for row in (train[0], train[len(train) // 2], train[-1]):
            assert coefficients(another("signal", [row]), splitter, label)[k] != before[k]


@pytest.mark.parametrize("splitter", SPLITTERS)
def test_no_label_of_a_training_row_shares_a_price_with_a_tested_session(splitter: str) -> None:
    for split in folds(splitter, fwd_ret(HORIZON)):
        tested = set(split.test)
        assert not [t for t in split.train if tested & set(range(t, t + HORIZON + 1))]
        assert not set(split.train) & {*split.purge, *split.embargo, *split.test}


@pytest.mark.parametrize("spec", [OLS(), Ridge(alpha=3.0), SCALED, TREE], ids=repr)
def test_a_prediction_depends_on_nothing_that_comes_after_it(spec: Estimator) -> None:
    label = fwd_ret(HORIZON)
    whole = report_of(prices(), "walk_forward", label, spec=spec)
    first = whole.splits[0].test.start
    for t in (whole.splits[1].test.start - 1, whole.splits[2].test.start + 7):
        later = prices()
        later["close"][t + 1 :] = 77.0
        later["signal"][t + 1 :] = np.linspace(-9, 9, ASSETS)
        changed = report_of(later, "walk_forward", label, spec=spec).prediction
        held = slice(0, t + 1 - first)
        assert np.array_equal(changed[held], whole.prediction[held], equal_nan=True)
        assert not np.array_equal(changed, whole.prediction, equal_nan=True)


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("spec", [Ridge(alpha=50.0), TREE], ids=repr)
def test_a_step_of_preprocessing_learns_from_the_training_rows_of_its_fold_alone(
    name: str, spec: Estimator
) -> None:
    """What comes after the first test block is a hundred times as large, so whatever looked at it would be moved."""
    label, how = fwd_ret(HORIZON), {"spec": spec, "preprocess": [STEPS[name]()]}
    whole = report_of(prices(), "walk_forward", label, **how)
    first, second = whole.splits[0].test.start, whole.splits[1].test.start
    later = prices()
    later["signal"][second:] *= 100.0
    changed = report_of(later, "walk_forward", label, **how)
    block = slice(0, second - first)
    assert np.array_equal(changed.prediction[block], whole.prediction[block], equal_nan=True)
    if name != "rank":  # ranks within a session do not know its units
        assert not np.array_equal(changed.prediction, whole.prediction, equal_nan=True)


# -- order and form ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("splitter", SPLITTERS)
def test_the_order_of_the_assets_changes_no_evaluation(splitter: str) -> None:
    order = np.random.default_rng(1).permutation(ASSETS)
    panel = panel_of(prices())
    plan = judged(splitter, labels.excess(fwd_ret(HORIZON)))
    left, right = evaluate(plan, panel), evaluate(plan, with_assets(panel, order))
    np.testing.assert_allclose(left.prediction[:, order], right.prediction, rtol=0, atol=1e-14)
    np.testing.assert_allclose(left.daily.ic, right.daily.ic, rtol=0, atol=1e-9)


def long_frame() -> pd.DataFrame:
    dates = pd.bdate_range("2020-01-01", periods=SESSIONS)
    names = [f"A{j:02d}" for j in range(ASSETS)]
    wide = {n: pd.DataFrame(v, dates, names).stack(future_stack=True) for n, v in prices().items()}
    frame = pd.DataFrame(wide).rename_axis(["date", "symbol"]).reset_index()
    return frame.dropna(subset="close")


def test_rows_in_any_order_give_the_same_report_and_the_panel_says_so() -> None:
    frame = long_frame()
    sorted_panel, mixed = Panel.from_frame(frame), Panel.from_frame(frame.sample(frac=1.0, random_state=3))
    plan = judged("walk_forward", fwd_ret(HORIZON))
    left, right = evaluate(plan, sorted_panel), evaluate(plan, mixed)
    assert left.figures == right.figures
    assert np.array_equal(left.prediction, right.prediction, equal_nan=True)
    assert "unsorted_rows" in {f.code for f in mixed.findings}
    assert "unsorted_rows" not in {f.code for f in sorted_panel.findings}


def test_a_date_that_is_there_twice_is_refused() -> None:
    frame = long_frame()
    with pytest.raises(AlphaBenchError, match="E15"):
        Panel.from_frame(pd.concat([frame, frame.iloc[[40]]]))


# -- whatever comes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("splitter", SPLITTERS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from(sorted(DEFECTS)), max_size=4, unique=True),
    st.integers(0, 2**32 - 1),
    st.sampled_from([(1, 1), (60, 1), (60, 2), (130, 1), (130, 3), (130, 8)]),
)
def test_an_evaluation_gives_finite_figures_or_says_why_not(
    splitter: str, defects: list[str], seed: int, shape: tuple[int, int]
) -> None:
    how = {k: v for k, v in {"folds": 3, "groups": 4, "embargo": 1}.items() if k in SPLITTERS[splitter]}
    model = Ridge().fit(X=[features.ret(2), data.volume], y=fwd_ret(2))
    plan, panel = getattr(walk, splitter)(model, **how), panel_of(fields_with(defects, seed, *shape))
    try:
        report = evaluate(plan, panel)
    except AlphaBenchError as error:
        told = error.code
    else:
        told = None
    if told is not None:
        assert told in {"R29", "R30"}  # too short, or nothing to fit
        return
    for value in report.figures.values():
        numbers = value if isinstance(value, list) else [value]
        assert all(v is None or np.isfinite(v) for v in numbers if not isinstance(v, dict | list | str))
    assert report.prediction.shape == report.label.shape


def test_a_panel_of_one_asset_is_evaluated_and_not_scored() -> None:
    given = {name: values[:, :1] for name, values in prices().items()}
    report = report_of(given, "walk_forward", fwd_ret(HORIZON))
    assert report.figures["n_dates"] == 0
    assert report.figures["ic_mean"] is None
    assert np.isfinite(report.prediction).any()


def test_nothing_outside_the_universe_is_predicted_where_every_feature_is_known() -> None:
    """No cross-section is among the features, so nothing but the universe keeps a row out."""
    given = prices()
    given["member"] = (np.random.default_rng(2).random(given["close"].shape) < 0.5) * 1.0
    model = OLS().fit(X=[data.signal], y=fwd_ret(HORIZON), universe=data.member > 0.5)
    report = evaluate(walk.walk_forward(model, folds=4), panel_of(given))
    inside = given["member"][report.splits[0].test.start :] == 1.0
    assert np.isnan(report.prediction[~inside]).all()
    assert np.isfinite(report.prediction[inside]).all()
    assert (report.daily.pairs <= inside.sum(axis=1)).all()


def test_an_empty_universe_is_refused_with_its_fold() -> None:
    model = OLS().fit(X=[data.signal], y=fwd_ret(HORIZON), universe=data.close < 0)
    with pytest.raises(AlphaBenchError, match="complete training row"):
        evaluate(walk.walk_forward(model, folds=4), panel_of(prices()))


# -- a memory of the training rows ---------------------------------------------------------------------------------------


KNN = estimator("sklearn.neighbors.KNeighborsRegressor", n_neighbors=1)


def slow_panel(seed: int) -> Panel:
    """Five features that hardly move from day to day: the nearest row is the asset's own of the nearest training date."""
    rng = np.random.default_rng(seed)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (SESSIONS, 30)), axis=0))
    walks = np.cumsum(rng.normal(size=(5, SESSIONS, 30)), axis=1)
    return panel_of({"close": close} | {f"slow{i}": w for i, w in enumerate(walks)})


def ic_at_the_edges(seed: int, *, embargo: int, purged: bool) -> np.ndarray:
    """Daily ICs of the first and last three sessions of the blocks of a k-fold; without the purge the label's reach is forgotten."""
    panel = slow_panel(seed)
    plan = walk.purged_kfold(
        KNN.fit(X=[data[f"slow{i}"] for i in range(5)], y=fwd_ret(HORIZON)), folds=4, embargo=embargo
    ).definition
    if not purged:
        plan = replace(plan, splitter=Forgetful(folds=4, embargo_sessions=0))
    report = evaluate(plan, panel)
    edges = [r for s in report.splits for b in s.test.ranges for r in (*b[:3], *b[-3:])]
    return report.daily.ic[[r for r in edges if r < SESSIONS - HORIZON]]


class Forgetful(walk.parse_splitter("purged_kfold", {}).__class__):  # type: ignore[misc]
    """Purged k-fold that takes every label for one of no sessions."""

    def split(self, sessions: int, *, horizon: int, delay: int = 0) -> tuple[Split, ...]:
        return super().split(sessions, horizon=0, delay=0)


def test_a_model_that_remembers_gains_nothing_at_the_edges_of_a_purged_block_and_much_without_the_purge() -> (
    None
):
    honest = np.concatenate([ic_at_the_edges(seed, embargo=5, purged=True) for seed in range(4)])
    leaky = np.concatenate([ic_at_the_edges(seed, embargo=0, purged=False) for seed in range(4)])
    blocks = honest[: len(honest) // 3 * 3].reshape(-1, 3).mean(axis=1)
    assert honest.mean() < 3 * blocks.std(ddof=1) / np.sqrt(len(blocks))
    assert leaky.mean() > 0.15
