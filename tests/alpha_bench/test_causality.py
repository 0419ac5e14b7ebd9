"""No look-ahead: each operator of the registry, present and future, is held to it by being in the registry."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

import numpy as np
import pytest
from numpy.typing import NDArray

from alpha_bench import cs, features, ts
from alpha_bench.engine.executor import execute
from alpha_bench.engine.plan import make_plan
from alpha_bench.expressions.expr import Expr, apply, field
from alpha_bench.kernels import COMPILED, REFERENCE
from alpha_bench.operators import OPERATORS, Scope
from fakes.small_panels import SESSIONS, WITH_ARGUMENTS, call, panel_of, random_fields, same_bits

Floats = NDArray[np.float64]
Compute = Callable[[Expr, dict[str, Floats]], Floats]
CAUSAL = [n for n in WITH_ARGUMENTS if OPERATORS[n].scope is not Scope.FORWARD]
COMPOSED = {
    "mom_12_1-like": features.ret(11).lag(4),
    "turnover-like": ts.mean(field("volume") / field("close"), 6),
    "volatility": features.volatility(5),
    "nested": cs.zscore(ts.zscore(cs.rank(features.ret(3)), 7) - ts.mean(features.log_ret(2), 4)),
    "conditions": (features.ret(2) > 0) & ~(field("volume") < 100),
}


def engine(expr: Expr, fields: dict[str, Floats]) -> Floats:
    return execute(make_plan((expr,)), panel_of(fields), COMPILED)[0]


def peeking(expr: Expr, fields: dict[str, Floats]) -> Floats:
    """The control: an engine whose ``lag`` reads forward."""
    table = MappingProxyType({**COMPILED, "lag": lambda x, *, d, out: REFERENCE["lag"](x, d=-d, out=out)})
    return execute(make_plan((expr,)), panel_of(fields), table)[0]


def survives_another_future(expr: Expr, compute: Compute) -> bool:
    """Whether nothing at or before ``t`` changes when everything after ``t`` is replaced."""
    fields, other = random_fields(1), random_fields(2)
    whole = compute(expr, fields)
    for t in range(0, SESSIONS - 1, 3):
        mixed = {n: np.vstack([v[: t + 1], 1e6 * other[n][t + 1 :]]) for n, v in fields.items()}
        if not same_bits(compute(expr, mixed)[: t + 1], whole[: t + 1]):
            return False
    return True


def survives_truncation(expr: Expr, compute: Compute) -> bool:
    """Whether the value at ``t`` is the same, bit by bit, when the panel ends at ``t``."""
    fields = random_fields(3)
    whole = compute(expr, fields)
    return all(
        same_bits(compute(expr, {n: v[:rows] for n, v in fields.items()}), whole[:rows])
        for rows in range(1, SESSIONS, 2)
    )


@pytest.mark.parametrize("name", CAUSAL)
def test_no_operator_sees_what_comes_after_t(name: str) -> None:
    assert survives_another_future(call(name), engine)


@pytest.mark.parametrize("name", CAUSAL)
def test_every_operator_has_the_same_bits_when_the_panel_ends_at_t(name: str) -> None:
    assert survives_truncation(call(name), engine)


@pytest.mark.parametrize("name", COMPOSED)
def test_compositions_are_causal_too(name: str) -> None:
    assert survives_another_future(COMPOSED[name], engine)
    assert survives_truncation(COMPOSED[name], engine)


def test_the_proof_bites() -> None:
    """The controls: an operator that peeks, and a label, both fail it."""
    assert not survives_another_future(call("lag"), peeking)
    assert not survives_truncation(call("lag"), peeking)
    assert not survives_another_future(call("fwd_ret"), engine)
    assert not survives_truncation(call("fwd_ret"), engine)


@pytest.mark.parametrize("name", WITH_ARGUMENTS)
def test_look_back_and_look_ahead_are_as_declared(name: str) -> None:
    """A value changes with the data inside its declared reach, and with nothing outside it."""
    expr = call(name)
    fields = random_fields(4)
    at = 30
    whole = engine(expr, fields)[at]
    low, high = at - expr.lookback, at + expr.lookahead
    outside = {n: v.copy() for n, v in fields.items()}
    for values in outside.values():
        values[:low] *= 3.7
        values[high + 1 :] *= 3.7
    assert same_bits(engine(expr, outside)[at], whole)
    edge = low if expr.lookback else high
    if expr.lookback or expr.lookahead:
        assert any(feels(expr, fields, at, edge, alone=alone) for alone in (False, True))


def feels(expr: Expr, fields: dict[str, Floats], at: int, edge: int, *, alone: bool) -> bool:
    """Whether the value at ``at`` changes with what is at ``edge``: another number or none, also where nothing else is known."""
    base = {n: v.copy() for n, v in fields.items()}
    if alone:
        base["close"][min(edge, at) : max(edge, at) + 1] = np.nan
        base["close"][edge] = 7.0
    before = engine(expr, base)[at]
    for there in (np.linspace(1.0, 1000.0, base["close"].shape[1]), np.nan):
        inside = {n: v.copy() for n, v in base.items()}
        inside["close"][edge] = there
        if not same_bits(engine(expr, inside)[at], before):
            return True
    return False


def test_a_label_looks_exactly_as_far_ahead_as_it_says() -> None:
    label = apply("fwd_ret", field("close"), horizon=10, delay=2)
    values = engine(label, random_fields(5, rows=40))
    assert label.lookahead == 12
    assert np.isnan(values[-12:]).all()
    assert not np.isnan(values[-13]).all()
