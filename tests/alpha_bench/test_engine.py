"""The engine against the references, on expressions of any shape, whatever memory it uses again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alpha_bench import cs, features, ts
from alpha_bench.engine.executor import compute, execute
from alpha_bench.engine.plan import make_plan
from alpha_bench.expressions.expr import Expr, apply, field
from alpha_bench.kernels import COMPILED
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.vocabulary.panel_fields import data
from fakes.small_panels import WITH_ARGUMENTS, call, panel_of, random_fields, same_bits

PANEL = panel_of(random_fields(11))


def expressions() -> st.SearchStrategy[Expr]:
    """Shapes in which a value is used twice, last or first, by operators that may write over it and by others."""
    leaves = st.sampled_from([data.close, data.volume, features.ret(1), apply("const", value=3.0)])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda p: p[0] + p[1]),
            inner.map(lambda x: x * x),
            inner.map(lambda x: x - ts.mean(x, 3)),
            inner.map(lambda x: -x),
            inner.map(cs.demean),
            inner.map(lambda x: x.lag(2)),
        ),
        max_leaves=6,
    )


@given(exprs=st.lists(expressions(), min_size=1, max_size=4))
@settings(max_examples=120, deadline=None)
def test_the_engine_equals_the_references_whatever_it_writes_over(exprs: list[Expr]) -> None:
    before = {n: v.copy() for n, v in PANEL.fields.items()}
    together = compute(exprs, PANEL)
    for expr, values in zip(exprs, together, strict=True):
        assert same_bits(values, compute((expr,), PANEL)[0])
        np.testing.assert_allclose(values, compute((expr,), PANEL, reference=True)[0], rtol=1e-9, atol=1e-6)
    assert all(same_bits(PANEL.fields[n], v) for n, v in before.items())


@pytest.mark.parametrize("name", WITH_ARGUMENTS)
def test_every_operator_runs_by_both_paths(name: str) -> None:
    expr = call(name)
    ours, oracle = compute((expr,), PANEL)[0], compute((expr,), PANEL, reference=True)[0]
    np.testing.assert_allclose(ours, oracle, rtol=1e-9, atol=1e-9)
    assert ours.shape == PANEL.shape
    assert ours.flags.c_contiguous


def test_equal_parts_run_once() -> None:
    ran: list[str] = []

    def counting(name: str) -> object:
        def run(*args: object, **params: object) -> object:
            ran.append(name)
            return COMPILED[name](*args, **params)

        return run

    x = ts.std(features.ret(1), 5)
    exprs = (x / cs.rank(x), cs.rank(x) + 1, x)
    execute(make_plan(exprs), PANEL, {n: counting(n) for n in COMPILED})  # type: ignore[misc]
    assert sorted(ran) == ["add", "cs.rank", "div", "ret", "ts.std"]


def test_a_constant_field_and_a_constant_are_arrays_when_asked_for() -> None:
    views = {**PANEL.fields, "shares": np.broadcast_to(np.arange(1.0, PANEL.shape[1] + 1), PANEL.shape)}
    panel = type(PANEL)(dates=PANEL.dates, assets=PANEL.assets, fields=views)
    values = compute((field("shares"), apply("const", value=2.0), ts.mean(field("shares"), 2) * 1.0), panel)
    assert all(v.flags.c_contiguous and v.shape == PANEL.shape for v in values)
    assert values[2][1:].tolist() == values[0][1:].tolist()


def test_the_same_expression_twice_is_given_twice() -> None:
    first, second = compute((features.ret(2), features.ret(2)), PANEL)
    assert same_bits(first, second)


def test_permuting_assets_permutes_values() -> None:
    order = np.random.default_rng(5).permutation(PANEL.shape[1])
    other = panel_of({n: np.ascontiguousarray(v[:, order]) for n, v in PANEL.fields.items()})
    exprs = (features.volatility(5), cs.rank(features.ret(3)), fwd_ret(4))
    for here, there in zip(compute(exprs, PANEL), compute(exprs, other), strict=True):
        assert same_bits(np.ascontiguousarray(here[:, order]), there)


@pytest.mark.parametrize("scale", [2.0, 0.25, 1024.0])
def test_laws_of_scale(scale: float) -> None:
    """Powers of two are exact: returns, ranks and scores do not see them; means and deviations follow them."""
    other = panel_of({n: v * scale for n, v in PANEL.fields.items()})
    for expr in (features.ret(3), cs.rank(data.close), ts.zscore(data.volume, 5), cs.zscore(data.volume)):
        assert same_bits(compute((expr,), PANEL)[0], compute((expr,), other)[0])
    for expr in (ts.mean(data.close, 5), ts.std(data.close, 5), ts.max(data.close, 5)):
        assert same_bits(compute((expr,), PANEL)[0] * scale, compute((expr,), other)[0])


def test_labels_are_never_filled() -> None:
    close = np.arange(1.0, 13.0).reshape(12, 1)
    close[7] = np.nan
    values = compute((fwd_ret(3, delay=1),), panel_of({"close": close}))[0][:, 0]
    expected = [close[t + 4, 0] / close[t + 1, 0] - 1 for t in range(8)] + [np.nan] * 4
    np.testing.assert_array_equal(values, np.array(expected))


def test_a_panel_shorter_than_its_windows_gives_missing_values() -> None:
    short = PANEL.truncate(3)
    for expr in (
        features.ret(20),
        features.volatility(20),
        fwd_ret(10),
        data.close.lag(5),
        ts.max(data.close, 4),
    ):
        assert np.isnan(compute((expr,), short)[0]).all()
