"""Labels look exactly as far ahead as they say, are never filled, and the splitters purge for each of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alpha_bench import labels
from alpha_bench.definitions.named_estimators import OLS
from alpha_bench.engine.executor import compute
from alpha_bench.errors import AlphaBenchError
from alpha_bench.expressions.expr import Expr
from alpha_bench.kernels import COMPILED, REFERENCE
from alpha_bench.session.evaluation_report import evaluate
from alpha_bench.session.evaluations import walk_forward
from alpha_bench.vocabulary.panel_fields import data
from fakes.small_panels import panel_of, random_fields, same_bits

LABELS = {
    "return": labels.fwd_ret(10),
    "delayed": labels.fwd_ret(10, delay=2),
    "log": labels.fwd_log_ret(10, delay=1),
    "excess": labels.excess(labels.fwd_ret(10)),
    "rank": labels.rank(labels.fwd_ret(10)),
    "sign": labels.sign(labels.fwd_ret(10)),
    "volatility-scaled": labels.vol_scaled(labels.fwd_ret(10), window=5),
    "triple barrier": labels.triple_barrier(10, window=5, delay=1),
    "mixed": labels.fwd_ret(3) - labels.fwd_ret(8, delay=4),
}


def value(expr: Expr, fields: dict[str, np.ndarray]) -> np.ndarray:
    return compute((expr,), panel_of(fields))[0]


@pytest.mark.parametrize("name", LABELS)
def test_a_label_looks_exactly_as_far_ahead_as_it_says(name: str) -> None:
    """Nothing later than its look-ahead changes it; the last session inside does, for some asset."""
    label, fields, at = LABELS[name], random_fields(3, rows=80, columns=40), 30
    before = value(label, fields)[at]
    beyond = {n: v.copy() for n, v in fields.items()}
    beyond["close"][at + label.lookahead + 1 :] *= 3.0
    assert same_bits(value(label, beyond)[at : at + 1], before[None])
    inside = {n: v.copy() for n, v in fields.items()}
    inside["close"][at + label.lookahead] *= np.linspace(0.3, 3.0, 40)
    assert not same_bits(value(label, inside)[at : at + 1], before[None])
    assert np.isnan(value(label, fields)[-label.lookahead :]).all()


@pytest.mark.parametrize("name", LABELS)
def test_the_splitter_purges_for_the_labels_own_reach(name: str) -> None:
    fields = random_fields(4, rows=240, columns=12)
    fields["signal"] = np.random.default_rng(0).normal(size=fields["close"].shape)
    label = LABELS[name]
    plan = walk_forward(OLS().fit(X=[data.signal], y=label), folds=3, embargo=2)
    before = evaluate(plan, panel_of(fields))
    start = before.splits[1].test.start
    gap = label.lookahead + 2
    for row, changes in ((start - gap - 1, True), (start - gap, False)):
        changed = {n: v.copy() for n, v in fields.items()}
        changed["signal"][row] += np.linspace(1.0, 4.0, 12)
        assert (evaluate(plan, panel_of(changed)).folds[1].coef != before.folds[1].coef) is changes


def test_excess_and_rank_are_what_pandas_says() -> None:
    fields = random_fields(5)
    returns = pd.DataFrame(fields["close"]).pipe(lambda c: c.shift(-4) / c - 1)
    np.testing.assert_allclose(
        value(labels.excess(labels.fwd_ret(4)), fields), returns.sub(returns.mean(axis=1), axis=0), atol=1e-12
    )
    np.testing.assert_allclose(
        value(labels.rank(labels.fwd_ret(4)), fields), returns.rank(axis=1, pct=True), atol=1e-12
    )
    np.testing.assert_allclose(
        value(labels.fwd_log_ret(4), fields), np.log1p(returns), rtol=1e-9, equal_nan=True
    )


def test_excess_over_a_group_is_what_pandas_says() -> None:
    fields = random_fields(6)
    group = pd.Series([0, 1, 0, 1, 0, 1, 0])
    fields["bucket"] = np.broadcast_to(group.to_numpy(float), fields["close"].shape).copy()
    returns = pd.DataFrame(fields["close"]).pipe(lambda c: c.shift(-4) / c - 1)
    theirs = returns - returns.T.groupby(group).transform("mean").T
    ours = value(labels.excess(labels.fwd_ret(4), over=data.bucket), fields)
    np.testing.assert_allclose(ours, theirs, atol=1e-12, equal_nan=True)


def by_walking(close: np.ndarray, width: np.ndarray, horizon: int, *, up: float, down: float) -> np.ndarray:
    """The method as the book tells it, one event at a time."""
    out = np.full(close.shape, np.nan)
    for t in range(len(close) - horizon):
        for a in range(close.shape[1]):
            path = close[t + 1 : t + horizon + 1, a] / close[t, a] - 1
            over = np.flatnonzero(path >= up * width[t, a])
            under = np.flatnonzero(path <= -down * width[t, a])
            first_over = over[0] if len(over) else horizon
            first_under = under[0] if len(under) else horizon
            known = (
                np.isfinite(path)[: min(first_over, first_under) + 1].all()
                and np.isfinite([close[t, a], width[t, a]]).all()
            )
            if known:
                out[t, a] = float(np.sign(first_under - first_over))
    return out


def test_the_triple_barrier_is_the_books() -> None:
    fields = random_fields(7, rows=120, columns=15)
    width = np.full(fields["close"].shape, 0.03)
    ours = value(labels.triple_barrier(8, up=1.0, down=1.5, scale=0.03), fields)
    theirs = by_walking(fields["close"], width, 8, up=1.0, down=1.5)
    assert np.array_equal(ours, theirs, equal_nan=True)
    assert {-1.0, 0.0, 1.0} <= set(ours[np.isfinite(ours)])


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    sessions=st.tuples(st.integers(1, 6), st.integers(0, 2)),
    barriers=st.tuples(st.floats(0.2, 4), st.floats(0.2, 4)),
    rows=st.integers(1, 30),
)
def test_the_kernel_is_its_reference(
    seed: int, sessions: tuple[int, int], barriers: tuple[float, float], rows: int
) -> None:
    rng = np.random.default_rng(seed)
    x = np.round(np.exp(np.cumsum(rng.normal(0, 0.03, (rows, 6)), axis=0)), 2)
    x[rng.random(x.shape) < 0.05] = rng.choice([np.nan, np.inf, 0.0])
    scale = np.where(rng.random(x.shape) < 0.1, rng.choice([np.nan, 0.0, np.inf]), 0.02)
    params = dict(zip(("horizon", "delay", "up", "down"), (*sessions, *barriers), strict=True))
    with np.errstate(all="ignore"):
        assert same_bits(
            COMPILED["triple_barrier"](x, scale, **params), REFERENCE["triple_barrier"](x, scale, **params)
        )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: labels.excess(data.close), "close is not a label"),
        (lambda: labels.rank(3), "a int is not a label"),
        (lambda: labels.fwd_ret(-10), "it would read the future"),
        (lambda: labels.fwd_ret("10w"), "lower-case d is the only unit"),
        (lambda: labels.fwd_log_ret(0), "must be 1 to"),
        (lambda: labels.triple_barrier(10, up=-1), "up is -1"),
        (lambda: labels.fwd_ret(10, x=labels.fwd_ret(5)), "which is a label"),
        (lambda: labels.fwd_retrun(10), "did you mean labels.fwd_ret"),
    ],
)
def test_a_label_that_cannot_be_meant_is_refused(make, message: str) -> None:
    with pytest.raises(AlphaBenchError, match=message):
        make()
