"""Laws of the time-series and element-wise operators: scale, shift, order, identities, threads; and what their pages say."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from alpha_bench import cs, features, group, ts
from alpha_bench.describe import describe
from alpha_bench.engine.executor import compute
from alpha_bench.expressions.expr import Expr, apply, expr_from_plain
from alpha_bench.expressions.synonyms import _SAME, PANDAS_METHODS, native_name
from alpha_bench.kernels import COMPILED
from alpha_bench.operators import OPERATORS, Kind, Scope
from alpha_bench.vocabulary import conditional as choosing
from alpha_bench.vocabulary.panel_fields import data
from alpha_bench.vocabulary.parsing import parse_expression
from fakes.small_panels import call, panel_of, random_fields, same_bits

Floats = NDArray[np.float64]
FAMILIES = [n for n, op in OPERATORS.items() if op.scope in {Scope.SERIES, Scope.ELEMENT}]
ROLLING = [n for n in FAMILIES if n.startswith("ts.")]
NAMES = {
    "ts": ts,
    "cs": cs,
    "group": group,
    "features": features,
    "data": data,
    "neutralize": cs.neutralize,
    "if_else": choosing.if_else,
}
SEEDS = st.integers(0, 10_000)

# What becomes of the result when x becomes a x, a > 0; when it becomes x + b; when it becomes -x (a function of the old result).
SCALED = {
    1: "sum mean ewm decay_linear std min max median quantile slope resid resid_on beta cov backfill",
    2: "var",
    0: "zscore skew kurt argmin argmax rank corr rsq count",
}
UNMOVED = "var std zscore skew kurt argmin argmax rank corr cov beta slope rsq resid resid_on count"
MOVED = "mean ewm decay_linear min max median quantile backfill"
TURNED = "sum mean ewm decay_linear zscore skew median slope resid resid_on beta cov corr backfill"


def run(name: str, x: Floats, y: Floats | None = None, window: int = 12) -> Floats:
    more = {"ewm": {"halflife": 4.0}, "quantile": {"q": 0.3}}.get(name, {})
    params = {"limit": window} if name == "backfill" else {"window": window, **more}
    operands = (
        (x,) if len(OPERATORS[f"ts.{name}"].arguments) == 1 else (x, x[::-1].copy() if y is None else y)
    )
    return COMPILED[f"ts.{name}"](*operands, **params)


def numbers(seed: int, rows: int = 50) -> Floats:
    x = np.round(np.random.default_rng(seed).normal(size=(rows, 4)), 2)
    x[np.random.default_rng(seed + 1).random(x.shape) < 0.01] = np.nan
    return x


def near(ours: Floats, expected: Floats) -> None:
    np.testing.assert_allclose(ours, expected, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(("power", "name"), [(p, n) for p, names in SCALED.items() for n in names.split()])
@given(seed=SEEDS, a=st.sampled_from([1e-6, 0.3, 7.0, 1e5]))
@settings(max_examples=10, deadline=None)
def test_results_scale_as_their_unit_does(power: int, name: str, seed: int, a: float) -> None:
    x = numbers(seed)
    y = x[::-1].copy()
    ours, expected = run(name, a * x, y) / a**power, run(name, x, y)
    np.testing.assert_allclose(ours, expected, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("name", UNMOVED.split())
@given(seed=SEEDS, b=st.sampled_from([-3.5, 0.1, 100.0]))
@settings(max_examples=10, deadline=None)
def test_results_of_deviations_do_not_move_with_the_level(name: str, seed: int, b: float) -> None:
    x = numbers(seed)
    y = x[::-1].copy()
    np.testing.assert_allclose(run(name, np.round(x + b, 2), y), run(name, x, y), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", MOVED.split())
@given(seed=SEEDS, b=st.sampled_from([-3.5, 0.1, 100.0]))
@settings(max_examples=10, deadline=None)
def test_results_that_are_levels_move_with_the_level(name: str, seed: int, b: float) -> None:
    x = numbers(seed)
    near(run(name, x + b), run(name, x) + b)


@pytest.mark.parametrize("name", TURNED.split())
@given(seed=SEEDS)
@settings(max_examples=10, deadline=None)
def test_results_turn_with_the_sign(name: str, seed: int) -> None:
    x = numbers(seed)
    y = x[::-1].copy()
    near(run(name, -x, y), -run(name, x, y))


@given(seed=SEEDS, window=st.integers(2, 20))
@settings(max_examples=30, deadline=None)
def test_least_and_greatest_mirror_each_other(seed: int, window: int) -> None:
    x = numbers(seed)
    assert same_bits(run("max", -x, window=window), -run("min", x, window=window))
    assert same_bits(run("argmax", -x, window=window), run("argmin", x, window=window))
    assert same_bits(COMPILED["ts.quantile"](x, window=window, q=0.0), run("min", x, window=window) + 0.0)
    assert same_bits(COMPILED["ts.quantile"](x, window=window, q=1.0), run("max", x, window=window) + 0.0)
    assert same_bits(COMPILED["ts.quantile"](x, window=window, q=0.5), run("median", x, window=window))


@given(seed=SEEDS, window=st.integers(1, 20))
@settings(max_examples=30, deadline=None)
def test_argmax_says_where_the_maximum_is(seed: int, window: int) -> None:
    x = numbers(seed)
    greatest, ago = run("max", x, window=window), run("argmax", x, window=window)
    t, j = np.nonzero(~np.isnan(ago))
    assert (x[t - ago[t, j].astype(int), j] == greatest[t, j]).all()
    assert ((ago[t, j] >= 0) & (ago[t, j] < window)).all()


def test_of_equal_extremes_the_first_counts() -> None:
    x = np.array([[1.0], [5.0], [2.0], [5.0], [0.0], [-0.0]])
    assert run("argmax", x, window=4)[3:, 0].tolist() == [2.0, 3.0, 2.0]
    assert run("argmin", x, window=2)[1:, 0].tolist() == [1.0, 0.0, 1.0, 0.0, 1.0]


@given(seed=SEEDS, window=st.integers(2, 20))
@settings(max_examples=30, deadline=None)
def test_correlation_is_symmetric_bit_by_bit_and_one_with_itself(seed: int, window: int) -> None:
    x, y = numbers(seed), numbers(seed + 2)
    for name in ("corr", "cov"):
        assert same_bits(run(name, x, y, window), run(name, y, x, window))
    itself = run("corr", x, x, window)
    assert np.isin(itself[~np.isnan(itself)], [1.0]).all()
    opposite = run("corr", x, -x, window)
    assert np.isin(opposite[~np.isnan(opposite)], [-1.0]).all()
    both = run("corr", x, y, window)
    assert (np.abs(both[~np.isnan(both)]) <= 1.0).all()


@given(seed=SEEDS, window=st.integers(3, 20))
@settings(max_examples=30, deadline=None)
def test_regressions_take_a_line_for_what_it_is(seed: int, window: int) -> None:
    a, b = np.random.default_rng(seed).normal(size=2)
    line = (a + b * np.arange(40.0))[:, None] * np.ones(3)
    near(run("slope", line, window=window)[window - 1 :], np.full((41 - window, 3), b))
    near(run("rsq", line, window=window)[window - 1 :], np.ones((41 - window, 3)))
    near(run("resid", line, window=window)[window - 1 :], np.zeros((41 - window, 3)))
    x = numbers(seed, 40)
    near(run("beta", a + b * x, x, window), np.where(np.isnan(run("var", x, window=window)), np.nan, b))
    near(run("resid_on", a + b * x, x, window), 0.0 * run("var", x, window=window))


@pytest.mark.parametrize("value", [0.1, 1e8, -7.3e-9, 1 / 3])
def test_weighted_means_of_a_constant_are_that_constant(value: float) -> None:
    x = np.full((50, 3), value)
    for name in ("ewm", "decay_linear", "median", "quantile", "max", "backfill"):
        assert (run(name, x)[12:] == value).all(), name
    for name in ("slope", "resid", "cov", "var"):
        assert (run(name, x)[12:] == 0).all(), name
    for name in ("skew", "kurt", "rsq", "corr", "beta", "resid_on", "zscore"):
        assert np.isnan(run(name, x)).all(), name


def test_a_long_half_life_is_the_plain_mean_and_a_short_one_is_today() -> None:
    x = numbers(3)
    long, short = (COMPILED["ts.ewm"](x, window=12, halflife=h) for h in (1e5, 0.01))
    np.testing.assert_allclose(long, run("mean", x), atol=1e-3)
    np.testing.assert_allclose(short, x + 0.0 * long, atol=1e-12)


@pytest.mark.parametrize(
    ("halflife", "window"), [(10, 100), (2.5, 25), ("20d", 200), (np.int64(3), 30), (0.04, 1)]
)
def test_the_window_of_ewm_is_ten_half_lives(halflife: object, window: int) -> None:
    expr = ts.ewm(data.close, halflife)
    assert dict(expr.params)["window"] == window
    assert expr.lookback == window - 1
    assert ts.ewm(data.close, halflife, window) is expr


def test_presence_is_counted_and_filled_from_the_past_only() -> None:
    n = np.nan
    x = np.array([[1.0], [n], [np.inf], [n], [5.0], [n]])
    assert run("count", x, window=2)[1:, 0].tolist() == [1.0, 0.0, 0.0, 1.0, 1.0]
    filled = [COMPILED["ts.backfill"](x, limit=limit)[:, 0].tolist() for limit in (1, 2, 9)]
    assert np.array_equal(filled[0], [1, 1, n, n, 5, 5], equal_nan=True)
    assert np.array_equal(filled[1], [1, 1, 1, n, 5, 5], equal_nan=True)
    assert np.array_equal(filled[2], [1, 1, 1, 1, 5, 5], equal_nan=True)


def test_both_zeros_are_one_for_order() -> None:
    """The sign of a zero in the result cannot depend on which zero came first."""
    x = np.array([[0.0, -0.0], [-0.0, 0.0], [0.0, -0.0], [-0.0, 0.0]])
    for q in (0.0, 0.5, 1.0):
        assert same_bits(COMPILED["ts.quantile"](x, window=2, q=q)[1:], np.zeros((3, 2)))
    assert (run("rank", x, window=2)[1:] == 0.75).all()


@pytest.mark.parametrize("name", ROLLING)
def test_the_number_of_threads_changes_no_bit(name: str) -> None:
    rng = np.random.default_rng(8)
    fields = {n: rng.normal(size=(90, 800)) for n in ("close", "volume")}
    fields["close"][rng.random((90, 800)) < 0.01] = np.nan
    one, two, three = (compute((call(name),), panel_of(fields), threads=n)[0] for n in (1, 2, 3))
    assert same_bits(one, two)
    assert same_bits(one, three)


# -- element-wise ----------------------------------------------------------------------------------------------------


def value(expr: Expr, **fields: list[float]) -> list[float]:
    return compute((expr,), panel_of({n: np.array([v], dtype=float) for n, v in fields.items()}))[0][
        0
    ].tolist()


def same(ours: list[float], expected: list[float]) -> bool:
    return all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(ours, expected, strict=True))


def test_element_wise_operators_say_missing_where_they_do_not_know() -> None:
    n, inf = math.nan, math.inf
    x, y = data.close, data.open
    two: dict[str, list[float]] = {"close": [1, 4, n, inf, -4], "open": [2, 4, 1, 1, n]}
    assert same(value(x.maximum(y), **two), [2, 4, n, inf, n])
    assert same(value(x.minimum(y), **two), [1, 4, n, 1, n])
    assert same(value(x.eq(y), **two), [0, 1, n, 0, n])
    assert same(value(x.ne(y), **two), [1, 0, n, 1, n])
    assert same(value(x.known(), **two), [1, 1, 0, 0, 1])
    assert same(value(x.missing(), **two), [0, 0, 1, 1, 0])
    assert same(value(x.clip(0, 2), **two), [1, 2, n, 2, 0])
    assert same(value(x.signed_power(0.5), **two), [1, 2, n, inf, -2])
    assert x.known().kind is x.missing().kind is x.eq(y).kind is Kind.FILTER


def test_numpy_writes_them_too() -> None:
    x, y = data.close, data.open
    assert np.maximum(x, y) is x.maximum(y)
    assert np.minimum(x, 3) is x.minimum(3)
    assert np.isfinite(x) is x.known()
    assert np.equal(x, y) is x.eq(y)
    assert x.clip(y, 5) is x.maximum(y).minimum(5)


# -- pages and habits ------------------------------------------------------------------------------------------------


def said(text: str) -> Expr:
    """What a line of an example means."""
    made = eval(text, {"__builtins__": {}}, NAMES)
    assert isinstance(made, Expr)
    return made


@pytest.mark.parametrize("name", FAMILIES)
def test_every_operator_says_formula_missing_values_source_and_an_example_that_runs(name: str) -> None:
    op = OPERATORS[name]
    assert all((op.summary, op.formula, op.missing, op.source, op.example)), name
    expr = said(op.example)
    assert name in {e.op for e in nodes(expr)}
    assert parse_expression(op.example) is expr
    assert expr_from_plain(describe(expr)) is expr


def nodes(expr: Expr) -> list[Expr]:
    return [expr, *(n for a in expr.args for n in nodes(a))]


@pytest.mark.parametrize("name", ts.__all__)
def test_every_function_has_an_example_of_itself_that_gives_values(name: str) -> None:
    documented = getattr(ts, name).__doc__
    examples = re.findall(r"Example: ``([^`]+)``", documented)
    assert len(examples) == 1
    assert f"ts.{name}(" in examples[0]
    fields = random_fields(1, rows=300)
    fields |= {n: fields["close"] * k for n, k in (("high", 1.1), ("low", 0.9), ("open", 1.01))}
    fields["shares_outstanding"] = fields["volume"] * 100
    fields = {n: np.nan_to_num(v, nan=1.0) for n, v in fields.items()}
    assert not np.isnan(compute((said(examples[0]),), panel_of(fields))[0]).all()


@pytest.mark.parametrize("ours", _SAME)
def test_what_others_call_it_leads_to_something_that_can_be_written(ours: str) -> None:
    names = {
        "x": data.close, "y": data.volume, "a": 2, "low": -3, "high": 3, "condition": data.close > 5, **NAMES,
    }  # fmt: skip
    made = eval(ours.replace("{}", "20"), {"__builtins__": {"abs": abs}}, names)
    assert isinstance(made, Expr)
    assert all(native_name(word.upper()) == ours.replace("{}", "20") for word in _SAME[ours].split())


@pytest.mark.parametrize("habit", PANDAS_METHODS)
def test_a_habit_is_a_name_that_expressions_do_not_have(habit: str) -> None:
    assert not hasattr(data.close, habit)


def test_the_example_check_bites() -> None:
    """The control: an example that names what is not there fails."""
    with pytest.raises(AttributeError, match=r"ts has no 'men'"):
        said("ts.men(data.close, 20)")
    assert apply("ts.mean", data.close, window=20) is said("ts.mean(data.close, 20)")
