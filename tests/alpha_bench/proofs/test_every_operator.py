"""Laws of all operators of the registry, on hostile panels: one session, one asset, runs of missing values, constants, spikes of 1e8,
infinities, empty sessions. An operator is held to them by being registered; each law has a control that breaks it.
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alpha_bench.engine.executor import execute
from alpha_bench.engine.plan import make_plan
from alpha_bench.expressions.expr import Expr
from alpha_bench.kernels import COMPILED, REFERENCE
from alpha_bench.operators import OPERATORS, Scope
from alpha_bench.panel.panel import Panel
from fakes.hostile_panels import (
    DEFECTS,
    fields_with,
    hostile_fields,
    hostile_panel,
    scaled,
    with_another_future,
    with_assets,
)
from fakes.small_panels import WITH_ARGUMENTS, call, same_bits

CAUSAL = [n for n in WITH_ARGUMENTS if OPERATORS[n].scope is not Scope.FORWARD]
PER_ASSET = [n for n in CAUSAL if OPERATORS[n].scope in {Scope.ELEMENT, Scope.SERIES}]
MOVING = [n for n in CAUSAL if OPERATORS[n].scope is not Scope.ELEMENT]
few = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def values(expr: Expr, panel: Panel, table=COMPILED) -> np.ndarray:
    return execute(make_plan((expr,)), panel, table)[0]


# -- causality ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CAUSAL)
@few
@given(hostile_fields(), st.integers(0, 2**32 - 1), st.floats(0, 1, exclude_max=True))
def test_nothing_after_t_changes_what_is_known_at_t(name: str, fields: dict, seed: int, at: float) -> None:
    panel, rows = hostile_panel(fields), len(fields["close"])
    t = int(at * rows)
    other = fields_with([], seed, *fields["close"].shape)
    whole = values(call(name), panel)
    assert same_bits(values(call(name), with_another_future(panel, t, other))[: t + 1], whole[: t + 1])


@pytest.mark.parametrize("name", CAUSAL)
@few
@given(hostile_fields())
def test_every_prefix_has_the_bits_of_the_whole(name: str, fields: dict) -> None:
    panel, rows = hostile_panel(fields), len(fields["close"])
    whole = values(call(name), panel)
    for stop in {1, 2, rows // 2, rows - 1} & set(range(1, rows)):
        assert same_bits(values(call(name), panel.truncate(stop)), whole[:stop])


@pytest.mark.parametrize("name", CAUSAL)
def test_what_has_left_the_window_leaves_nothing_behind(name: str) -> None:
    """After the look-back of a spike of 1e8 every bit is as if it had never been."""
    expr, at = call(name), 4
    calm = fields_with([], 7, 40, 13)
    spiked = {n: v.copy() for n, v in calm.items()}
    for field in spiked.values():
        field[at] = 1e8
    after = slice(at + expr.lookback + 1, None)
    assert same_bits(values(expr, hostile_panel(spiked))[after], values(expr, hostile_panel(calm))[after])


def test_an_operator_that_looks_ahead_breaks_these_laws() -> None:
    """The control: a lag that reads forward, and every label."""
    table = MappingProxyType(
        {**COMPILED, "lag": lambda x, *, d, out=None: REFERENCE["lag"](x, d=-d, out=out)}
    )
    forward = [n for n in WITH_ARGUMENTS if OPERATORS[n].scope is Scope.FORWARD]
    panel = hostile_panel(fields_with([], 1, 26, 13))
    other = with_another_future(panel, 12, fields_with([], 2, 26, 13))
    assert forward
    for name, using in [("lag", table), *((n, COMPILED) for n in forward)]:
        whole = values(call(name), panel, using)
        assert not same_bits(values(call(name), other, using)[:13], whole[:13])
        assert not same_bits(values(call(name), panel.truncate(13), using), whole[:13])


# -- assets ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WITH_ARGUMENTS)
@few
@given(hostile_fields(), st.randoms(use_true_random=False))
def test_the_order_of_the_assets_changes_no_value(name: str, fields: dict, random) -> None:
    panel = hostile_panel(fields)
    order = np.array(random.sample(range(panel.shape[1]), panel.shape[1]))
    whole, mixed = values(call(name), panel)[:, order], values(call(name), with_assets(panel, order))
    if name in PER_ASSET:
        assert same_bits(mixed, whole)
    else:  # sums over the assets take them in another order
        held = np.isfinite(whole)
        assert (np.isfinite(mixed) == held).all()
        np.testing.assert_allclose(mixed[held], whole[held], rtol=1e-6, atol=1e-6 * _size(whole))


def _size(x: np.ndarray) -> float:
    return float(np.max(np.abs(x[np.isfinite(x)]), initial=0.0))


@pytest.mark.parametrize("name", PER_ASSET)
@few
@given(hostile_fields())
def test_an_asset_has_the_same_bits_alone(name: str, fields: dict) -> None:
    panel = hostile_panel(fields)
    whole = values(call(name), panel)
    for j in {0, panel.shape[1] - 1}:
        alone = values(call(name), with_assets(panel, np.array([j])))
        assert same_bits(alone, np.ascontiguousarray(whole[:, [j]]))


@pytest.mark.parametrize("name", [n for n in CAUSAL if OPERATORS[n].scope is Scope.CROSS])
def test_a_cross_section_does_see_the_other_assets(name: str) -> None:
    """The control of the law before: for some asset the others matter."""
    panel = hostile_panel(fields_with([], 3, 12, 13))
    whole = values(call(name), panel)
    alone = [values(call(name), with_assets(panel, np.array([j]))) for j in range(13)]
    assert not same_bits(np.hstack(alone), whole)


# -- units -----------------------------------------------------------------------------------------------------------------


def degree(name: str, factor: float) -> int | None:
    """``k`` where operator(factor * close) is ``factor ** k`` times operator(close), bit by bit; None where there is none."""
    panel = hostile_panel(fields_with(["a run of missing values"], 5, 40, 13))
    once, more = values(call(name), panel), values(call(name), scaled(panel, "close", factor))
    found = [k for k in (0, 1, 2, -1, 5) if same_bits(more, once * factor**k)]
    return found[0] if found else None


DIFFERENT = {"ts.count"}
"""Operators of numbers that no power of the units describes, with the reason in their documentation."""


@pytest.mark.parametrize("name", [n for n in MOVING if n not in DIFFERENT])
def test_other_units_give_the_same_value_in_those_units(name: str) -> None:
    """Scaling by a power of two is exact, so the law holds bit by bit: no operator has a threshold that knows dollars."""
    assert degree(name, 2.0**20) is not None
    assert degree(name, 2.0**20) == degree(name, 2.0**-20)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ts.mean", 1),
        ("ts.std", 1),
        ("ts.var", 2),
        ("ts.zscore", 0),
        ("ret", 0),
        ("cs.rank", 0),
        ("cs.demean", 1),
    ],
)
def test_units_behave_as_the_formula_says(name: str, expected: int) -> None:
    assert degree(name, 2.0**20) == expected


def test_an_element_that_is_not_homogeneous_is_seen() -> None:
    """The control: the exponential has no degree."""
    assert degree("exp", 2.0) is None


# -- whatever comes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WITH_ARGUMENTS)
@pytest.mark.parametrize("defect", DEFECTS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (30, 5)])
def test_no_panel_makes_an_operator_fail_and_the_reference_agrees_on_what_is_known(
    name: str, defect: str, shape: tuple[int, int]
) -> None:
    panel = hostile_panel(fields_with([defect], 9, *shape))
    fast, slow = values(call(name), panel), values(call(name), panel, REFERENCE)
    assert fast.shape == shape
    assert (np.isnan(fast) == np.isnan(slow)).all()
    held = np.isfinite(slow)
    least = 1e-10 * _size(panel.fields["close"]) if OPERATORS[name].scope is Scope.CROSS else 1e-10
    if name.endswith("neutralize"):
        least *= (
            1000  # with a spike among its exposures, least squares has few digits left, also in the reference
        )
    np.testing.assert_allclose(fast[held], slow[held], rtol=1e-7, atol=least)
