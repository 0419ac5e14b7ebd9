"""``==`` and ``!=`` between expressions are conditions; whether two are one is asked by ``is``, and by sets, dictionaries and ``in``."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpha_bench import AlphaBenchError, Panel, Ridge, cs, data, features, fwd_ret, if_else, where
from alpha_bench.definitions.model import ModelDefinition
from alpha_bench.expressions.expr import Expr, expr_from_plain
from alpha_bench.vocabulary.parsing import parse_expression

NAN = float("nan")
ATOMS: list[Expr] = [
    data.close,
    data.open,
    data.sector,
    data.close > 5,
    features.ret(20),
    fwd_ret(10),
    data.close == data.open,
    data.close != 5,
    data.sector != "Financials",
]


def panel() -> Panel:
    days = pd.bdate_range("2024-01-01", periods=3)
    rows = [(d, s) for d in days for s in "ABCD"]
    frame = pd.DataFrame(rows, columns=["date", "symbol"])
    frame["close"] = [1.0, 2, 3, 4, 5, 2, NAN, 1, 2, 2, 2, 2]
    frame["open"] = [1.0, 3, 3, NAN, 5, 1, 1, 1, 9, 2, 9, 2]
    sectors = pd.DataFrame({"symbol": list("ABCD"), "sector": ["Energy", "Financials", "Financials", None]})
    return Panel.of(frame, reference=sectors)


def values(expr: Expr) -> np.ndarray:
    return panel().compute((expr,))[0]


@pytest.mark.parametrize("other", [data.open, 2, 2.0, np.float64(2), np.int64(2)], ids=repr)
def test_a_comparison_is_the_condition_that_eq_and_ne_write(other: object) -> None:
    assert (data.close == other) is data.close.eq(other)
    assert (data.close != other) is data.close.ne(other)
    assert str((other == data.close).kind) == "filter"


def test_the_condition_is_true_false_and_missing_where_it_has_to_be() -> None:
    expected = [[1.0, 0, 1, NAN], [1, 0, NAN, 1], [0, 1, 0, 1]]
    np.testing.assert_array_equal(values(data.close == data.open), expected)
    np.testing.assert_array_equal(values(data.close != data.open), 1 - np.array(expected))


def test_financials_are_left_out_as_everybody_writes_it() -> None:
    outside = data.sector != "Financials"
    assert outside is ~data.sector.is_in("Financials")
    assert (data.sector == "Financials") is data.sector.is_in("Financials")
    assert ("Financials" == data.sector) is data.sector.is_in("Financials")  # noqa: SIM300 - the law is about both orders
    np.testing.assert_array_equal(values(outside)[0], [1, 0, 0, NAN])  # D has no sector
    both = (data.close > 2) & (data.sector != "Financials")
    np.testing.assert_array_equal(values(both)[1], [1, 0, NAN, NAN])
    model = Ridge().fit(X=[features.ret(20)], y=fwd_ret(10), universe=outside)
    assert model.universe is outside


@pytest.mark.parametrize(
    "ask",
    [
        lambda: bool(data.close == data.open),
        lambda: bool(data.close != data.open),
        lambda: bool(data.sector == "Energy"),
        lambda: bool(data.sector != "Energy"),
        lambda: bool(data.close == 5),
        lambda: (data.close == 5) and features.ret(20),
        lambda: [data.close] == [data.open],
        lambda: (data.close, 1) == (data.open, 1),
        lambda: [data.open, data.close].index(data.close),
        lambda: [data.open, data.close].count(data.close),
        lambda: bool(np.equal(data.close, data.open)),
        lambda: 1 if data.close == data.open else 0,
    ],
)
def test_no_comparison_answers_false_in_silence(ask: Callable[[], object]) -> None:
    with pytest.raises(AlphaBenchError, match=r"^R04 .* has no truth value.* & \| ~"):
        ask()


@pytest.mark.parametrize(
    ("ask", "code", "fix"),
    [
        (lambda: data.close == None, "R09", "missing()"),  # noqa: E711
        (lambda: data.close != None, "R09", "known()"),  # noqa: E711
        (lambda: None == data.close, "R09", "missing()"),  # noqa: E711, SIM300
        (lambda: (data.close > 5) == True, "R09", "the condition itself"),  # noqa: E712
        (lambda: (data.close > 5) == False, "R09", "~ before it"),  # noqa: E712
        (lambda: data.close == "Energy", "R09", "data.sector.is_in('Energy')"),
        (lambda: data.sector == 3, "R45", "is_in"),
        (lambda: data.sector == data.industry, "R45", "is_in"),
        (lambda: data.sector == None, "R45", "is_in"),  # noqa: E711
        (lambda: data.sector == "", "R45", "is_in"),
        (lambda: data.close == [1, 2], "R09", "declared input"),
        (lambda: data.close == np.ones(3), "R09", "declared input"),
        (lambda: np.array_equal(data.close, data.open), "R09", "a is b"),
        (lambda: np.array_equal(np.ones(3), data.open), "R09", "a is b"),
        (lambda: np.array_equiv(data.close, data.close), "R09", "a is b"),
        (lambda: np.allclose(data.close, data.open), "R09", "to_frame()"),
        (lambda: np.isin(data.close, [data.open]), "R09", "to_frame()"),
        (lambda: data.open in np.array([1.0, 2.0]), "R09", "declared input"),
        (lambda: data.close == object(), "R09", "declared input"),
        (lambda: where(data.close, data.close is data.open), "R09", "x.eq(y)"),
        (lambda: if_else(data.sector is None, data.close, data.open), "R09", "data.sector.is_in("),
        (lambda: (data.close > 5) & (data.sector in ("Energy", "Utilities")), "R09", "data.sector.is_in("),
        (lambda: Ridge().fit(X=[data.close], y=fwd_ret(5), universe=data.close is None), "R58", "x == y"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_what_to_write(
    ask: Callable[[], object], code: str, fix: str
) -> None:
    with pytest.raises(AlphaBenchError, match=f"^{code} ") as caught:
        ask()
    assert fix in caught.value.fix


@pytest.mark.parametrize("symbol", ["%", "//", "^", "@"])
@pytest.mark.parametrize("text", ["data.close {} 2", "2 {} data.close", "data.close {} data.open"])
def test_operators_that_there_are_not_are_refused_by_name(symbol: str, text: str) -> None:
    with pytest.raises(AlphaBenchError, match=f"^R09 \\{symbol[0]}"):
        eval(text.format(symbol), {"data": data})


@given(st.sampled_from(ATOMS), st.lists(st.sampled_from(ATOMS)))
def test_membership_is_identity(one: Expr, others: list[Expr]) -> None:
    there = any(one is other for other in others)
    assert (one in others) == there
    assert (one in tuple(others)) == there
    assert (one in set(others)) == there
    assert (one in dict.fromkeys(others)) == there
    assert (one in [None, "x", 3.0, *others]) == there
    assert (None in others) is False
    assert len({*others}) == len({id(other) for other in others})


def test_the_same_thing_is_one_object_is_equal_to_itself_and_keeps_its_hash() -> None:
    for expr in ATOMS:
        again = copy.deepcopy(expr)
        assert again is expr
        assert again == expr
        assert bool(again != expr) is False
        assert hash(again) == hash(expr)
        assert expr_from_plain(expr.to_plain()) == expr
    assert [*ATOMS] == ATOMS
    assert {data.close: 1} == {data.close: 1}
    assert set(ATOMS) == {*ATOMS[::-1]}


def test_definitions_are_compared_by_value_and_never_raise() -> None:
    one: ModelDefinition = Ridge().fit(X=[features.ret(20)], y=fwd_ret(10))
    assert one == Ridge().fit(X=[features.ret(20)], y=fwd_ret(10))
    assert hash(one) == hash(Ridge().fit(X=[features.ret(20)], y=fwd_ret(10)))
    others = [
        Ridge().fit(X=[features.ret(21)], y=fwd_ret(10)),
        Ridge().fit(X=[features.ret(20)], y=fwd_ret(5)),
        Ridge(alpha=2).fit(X=[features.ret(20)], y=fwd_ret(10)),
        Ridge().fit(X=[features.ret(20), data.close], y=fwd_ret(10)),
        Ridge().fit(X=[features.ret(20)], y=fwd_ret(10), universe=data.sector != "Energy"),
        Ridge().fit(X=[features.ret(20)], y=fwd_ret(10), weights=data.volume),
    ]
    for other in others:
        assert one != other
        assert (one == other) is False
    assert one == replace(one, names=("another",))
    assert one != 3
    assert len({one, *others}) == 1 + len(others)


def test_formulas_are_read_with_both_signs() -> None:
    assert parse_expression("close == open") is (data.close == data.open)
    assert parse_expression("(close != 2) & (open > 1)") is (data.close != 2) & (data.open > 1)
    assert parse_expression(str(data.close != 2)) is (data.close != 2)


def test_a_label_in_a_condition_is_told_as_what_is_not_known_yet() -> None:
    for ask in (
        lambda: if_else(fwd_ret(10) > 0, data.close, data.open),
        lambda: ~fwd_ret(10).missing(),
        lambda: (fwd_ret(10) == 0) & (data.close > 5),
    ):
        with pytest.raises(AlphaBenchError, match=r"^R09 .* looks 10 sessions ahead.*features.ret\(10\) > 0"):
            ask()


def test_a_label_lagged_by_its_reach_is_known_and_by_less_is_not() -> None:
    known = fwd_ret(10, delay=2).lag(12)
    assert (known.lookahead, known.lookback, str(known.kind)) == (0, 12, "factor")
    assert fwd_ret(10).lag(4).lookahead == 6
    assert cs.rank(fwd_ret(10).lag(30)).lookahead == 0
    Ridge().fit(X=[known], y=fwd_ret(10))
    with pytest.raises(AlphaBenchError, match=r"^R31 .* looks 6 sessions ahead"):
        Ridge().fit(X=[fwd_ret(10).lag(4)], y=fwd_ret(10))


def test_a_label_lagged_by_its_reach_is_the_past_return() -> None:
    rng = np.random.default_rng(0)
    days = pd.bdate_range("2024-01-01", periods=40)
    close = pd.DataFrame(np.exp(rng.normal(0, 0.02, (40, 3)).cumsum(0)), index=days, columns=list("ABC"))
    there = Panel.of({"close": close})
    lagged, past = there.compute((fwd_ret(10).lag(10), features.ret(10)))
    np.testing.assert_array_equal(lagged, past)
    for cut in (15, 30):
        (short,) = there.truncate(cut).compute((fwd_ret(10).lag(10),))
        np.testing.assert_array_equal(short, lagged[:cut])


def test_y_may_not_begin_in_the_past() -> None:
    with pytest.raises(AlphaBenchError, match=r"^R32 .* begins before its session"):
        Ridge().fit(X=[data.close], y=fwd_ret(10).lag(5))
    Ridge().fit(X=[data.close], y=fwd_ret(10) - fwd_ret(10).lag(10))
