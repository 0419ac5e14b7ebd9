"""Expressions are values: one object for one meaning, plain data and back, static reach, and errors that say the way out."""

from __future__ import annotations

import copy
import gc
import pickle
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alpha_bench import cs, features, group, ts
from alpha_bench.engine.plan import make_plan
from alpha_bench.errors import AlphaBenchError, UnknownName, ValuesNeeded
from alpha_bench.expressions.binding import bind
from alpha_bench.expressions.expr import Expr, apply, expr_from_plain, field, walk
from alpha_bench.names import PLATFORM_NAMES, VOCABULARY, is_label_name
from alpha_bench.operators import OPERATORS, Kind
from alpha_bench.session.session import use
from alpha_bench.vocabulary.labels import delay_sessions, fwd_ret, horizon_sessions, label_from_name
from alpha_bench.vocabulary.panel_fields import data
from alpha_bench.vocabulary.parsing import parse_expression
from fakes.small_panels import WITH_ARGUMENTS, call, panel_of, random_fields


def expressions() -> st.SearchStrategy[Expr]:
    """Factors of any shape that the vocabulary can write."""
    leaves = st.sampled_from([data.close, data.volume, features.ret(20), apply("const", value=0.1)])

    def grow(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
        windows = st.integers(2, 300)
        return st.one_of(
            st.tuples(inner, inner).map(lambda p: p[0] + p[1]),
            st.tuples(inner, st.floats(-1e6, 1e6)).map(lambda p: p[0] * p[1]),
            st.tuples(inner, inner).map(lambda p: p[0] / p[1]),
            st.tuples(inner, inner).map(lambda p: p[0] ** p[1]),
            inner.map(lambda x: -x),
            inner.map(abs),
            inner.map(cs.rank),
            st.tuples(inner, windows).map(lambda p: ts.zscore(*p)),
            st.tuples(inner, windows).map(lambda p: p[0].lag(p[1])),
            st.tuples(inner, inner).map(lambda p: (p[0] > p[1]) & ~(p[1] <= 0)),
        )

    return st.recursive(leaves, grow, max_leaves=8)


@given(expr=expressions())
@settings(max_examples=200, deadline=None)
def test_reading_back_plain_data_gives_the_same_object(expr: Expr) -> None:
    assert expr_from_plain(expr.to_plain()) is expr


@given(left=expressions(), right=expressions())
@settings(max_examples=100, deadline=None)
def test_equality_is_equality_of_plain_data(left: Expr, right: Expr) -> None:
    things = [None, right]
    assert (left in things) == (left.to_plain() == right.to_plain()) == (left is right)


@given(left=expressions(), right=expressions())
@settings(max_examples=200, deadline=None)
def test_different_expressions_have_different_text(left: Expr, right: Expr) -> None:
    assert (str(left) == str(right)) == (left is right)


@pytest.mark.parametrize(
    "same",
    [
        (
            features.turnover(20),
            features.turnover(window=20),
            features.turnover("20"),
            features.turnover("20d"),
        ),
        (
            features.ret(20),
            features.ret(20.0),
            features.ret(np.int64(20)),
            apply("ret", field("close"), window=20),
        ),
        (data.close + 1, data.close + 1.0, data.close + np.float64(1)),
        (data.close * 0.0, data.close * -0.0),
        (apply("neg", 2) * data.close, -2 * data.close),
        (fwd_ret(10), fwd_ret("10d"), fwd_ret(10, delay=0), label_from_name("fwd_ret_10d")),
        (np.log(data.close), data.close.log()),
        (abs(data.close), data.close.abs(), np.abs(data.close)),
        (data.close, data["close"], field("close"), +data.close),
    ],
    ids=str,
)
def test_the_same_meaning_is_the_same_object(same: tuple[Expr, ...]) -> None:
    assert all(e is same[0] and e == same[0] and hash(e) == hash(same[0]) for e in same)


def test_one_and_one_point_five_are_not_the_same() -> None:
    assert data.close + 1 is not data.close + 1.5
    assert features.ret(1) is not features.ret(2)
    assert data.close - data.volume is not data.volume - data.close


def test_canonical_text() -> None:
    x = (2 - data.close) ** -1.5 * -data.volume / (3 - (features.ret(20) - 1))
    assert str(features.ret(20)) == "ret(close, window=20)"
    assert str(features.turnover(20)) == "ts.mean(volume / shares_outstanding, window=20)"
    assert str(x) == "(2 - close) ** (-1.5) * -volume / (3 - (ret(close, window=20) - 1))"
    assert str((data.close > 1) & ~(data.volume <= 2)) == "(close > 1) & ~(volume <= 2)"
    assert str(-(data.close**2)) == "-close ** 2"
    assert str((-data.close) ** 2) == "(-close) ** 2"
    assert str(fwd_ret(10)) == "fwd_ret(close, horizon=10, delay=0)"


def test_plain_data_writes_every_parameter() -> None:
    assert fwd_ret(10).to_plain() == {
        "op": "fwd_ret",
        "args": [{"field": "close"}],
        "params": {"horizon": 10, "delay": 0},
    }


def test_look_back_and_look_ahead_are_static() -> None:
    assert (features.ret(20).lookback, features.turnover(20).lookback, data.close.lookback) == (20, 19, 0)
    assert ts.mean(features.ret(20).lag(5), 10).lookback == 34
    assert features.mom_12_1().lookback == 252
    assert (fwd_ret(10, delay=1).lookahead, fwd_ret(10).lookback, features.ret(20).lookahead) == (11, 0, 0)


def test_a_label_stays_a_label_whatever_is_done_to_it() -> None:
    label = cs.demean(fwd_ret(10, delay=2)) * 2
    assert (label.kind, label.lookahead) == (Kind.LABEL, 12)
    assert (horizon_sessions(label), delay_sessions(label)) == (10, 2)
    assert (fwd_ret(5) > 0).kind is Kind.LABEL


def test_equal_parts_are_computed_once() -> None:
    x = features.ret(20)
    plan = make_plan((x + cs.rank(x), cs.rank(x) * 2))
    texts = [str(step) for step in plan.steps]
    assert texts.count("ret(close, window=20)") == texts.count("cs.rank(ret(close, window=20))") == 1
    assert (plan.lookback, plan.fields) == (20, ("close",))


def test_every_node_comes_after_its_arguments() -> None:
    order = list(walk((features.mom_12_1() / features.volatility(20), cs.rank(features.ret(1)))))
    place = {e: n for n, e in enumerate(order)}
    assert all(place[a] < place[e] for e in order for a in e.args)


def test_unused_nodes_are_forgotten() -> None:
    from alpha_bench.expressions import expr

    before = len(expr._nodes)
    x = ts.mean(data.close * 17.25, 277)
    assert len(expr._nodes) > before
    del x
    gc.collect()
    assert len(expr._nodes) <= before


def test_a_copy_is_the_same_object() -> None:
    assert copy.deepcopy([features.ret(20)])[0] is copy.copy(features.ret(20)) is features.ret(20)


REFUSED: list[tuple[str, Callable[[], object], str]] = [
    ("R01", lambda: features.ret(0), r"window is 0; it must be 1"),
    ("R01", lambda: features.ret("20w"), r"'20w'; it counts sessions.*lower-case d"),
    ("R01", lambda: features.ret("20D"), r"'20D'; it counts sessions"),
    ("R01", lambda: features.ret(True), r"window is True"),
    ("R01", lambda: features.ret(20.5), r"window is 20.5"),
    ("R03", lambda: features.ret(None), r"ret needs window"),
    ("R01", lambda: ts.std(data.close, 1), r"it must be 2"),
    ("R01", lambda: data.close + float("nan"), r"a finite number is needed"),
    ("R01", lambda: fwd_ret(0), r"horizon is 0"),
    ("R02", lambda: data.close.lag(-1), r"d is -1: it would read the future"),
    ("R02", lambda: ts.lag(data.close, "-1d"), r"it would read the future"),
    ("R02", lambda: features.ret(-5), r"it would read the future"),
    ("R02", lambda: ts.delta(data.close, -1), r"it would read the future"),
    ("R02", lambda: fwd_ret(10, delay=-1), r"it would read the future"),
    ("R03", lambda: apply("ret", data.close, windwo=3), r"no parameter 'windwo'.*did you mean window"),
    ("R03", lambda: apply("ret", data.close), r"ret needs window"),
    ("R04", lambda: not (data.close > 1), r"no truth value.*& \| ~"),
    ("R04", lambda: 1 < data.close < 2, r"no truth value"),
    ("R05", data.close.to_frame, r"no data is bound here"),
    ("R07", lambda: apply("cs.rnak", data.close), r"no operator 'cs.rnak'.*'cs.rank'"),
    ("R08", lambda: expr_from_plain({"ops": "ret"}), r"not an expression: \['ops'\]"),
    ("R08", lambda: expr_from_plain([1]), r"not an expression: list"),
    ("R09", lambda: data.close + "1", r"\+ takes expressions and numbers, got str"),
    ("R09", lambda: data.close + np.ones(3), r"got ndarray"),
    ("R09", lambda: np.ones(3) + data.close, r"got ndarray"),
    ("R09", lambda: np.arctan(data.close), r"numpy's arctan is not an operator"),
    ("R09", lambda: np.asarray(data.close), r"not an array.*to_frame"),
    ("R09", lambda: [*data.close], r"not a sequence"),
    ("R09", lambda: data.close[0], r"not an array"),
    ("R09", lambda: float(data.close), r"not a number"),
    ("R09", lambda: data.close & data.volume, r"& takes conditions; close is a factor"),
    ("R09", lambda: data.sector + 1, r"sector is a group"),
    ("R09", lambda: setattr(data.close, "op", "x"), r"expressions do not change"),
    ("R09", lambda: pickle.dumps(data.close), r"expressions are not pickled"),
    ("R09", Expr, r"not made by hand"),
    ("R11", lambda: data.close.rolling(20), r"ts.mean\(x, 20\)"),
    ("R11", lambda: data.close.shift(-1), r"no way to read tomorrow"),
    ("R11", lambda: data.close.bfill, r"filling backward reads the future"),
    ("R11", lambda: data.close.lgo, r"did you mean x.log"),
    ("R11", lambda: features.turnovr(20), r"did you mean features.turnover"),
    ("R11", lambda: ts.means, r"did you mean ts.mean"),
    ("R11", lambda: cs.ranks, r"did you mean cs.rank"),
    ("R11", lambda: group.neutralise, r"group has no 'neutralise'"),
    ("R11", lambda: label_from_name("fwd_ret_0d"), r"fwd_ret_<sessions>d"),
    ("R01", lambda: ts.quantile(data.close, 20, 1.5), r"q is 1\.5; it must be 0 to 1"),
    ("R01", lambda: ts.ewm(data.close, 0), r"halflife is 0; it must be 0\.01"),
    ("R01", lambda: ts.ewm(data.close, "3w"), r"'3w'; it counts sessions"),
    ("R01", lambda: ts.skew(data.close, 2), r"it must be 3"),
    ("R01", lambda: ts.kurt(data.close, 3), r"it must be 4"),
    ("R02", lambda: ts.backfill(data.close, -5), r"it would read the future"),
    ("R11", lambda: data.close.ffill, r"ts\.backfill\(x, 5\)"),
    ("R11", lambda: ts.Ref, r"ts has no 'Ref'.*here it is written ts\.lag\(x, 20\)"),
    ("R11", lambda: ts.ts_mean, r"here it is written ts\.mean\(x, 20\)"),
    ("R11", lambda: ts.IdxMax, r"here it is written 20 - ts\.argmax\(x, 20\)"),
    (
        "R37",
        lambda: parse_expression("correlation(close, volume, 10)"),
        r"here it is written ts\.corr\(x, y, 20\)",
    ),
    ("R40", lambda: ts.count(data.close > 5, 20), r"ts\.count of the condition close > 5.*ts\.sum"),
    ("R41", lambda: data.close.clip(3, -3), r"clip from 3 to -3"),
    ("R12", lambda: [x := data.close, [x := x + 1 for _ in range(300)]], r"at most 20000 and 200"),
    ("R12", lambda: [x := data.close, [x := x + x for _ in range(40)]], r"at most 20000 and 200"),
    ("R13", lambda: horizon_sessions(features.ret(20)), r"is not a label"),
    ("R13", lambda: apply("fwd_ret", fwd_ret(1), horizon=2), r"which is a label"),
]


@pytest.mark.parametrize(
    ("code", "write", "message"), REFUSED, ids=[f"{c}-{n}" for n, (c, _, _) in enumerate(REFUSED)]
)
def test_what_cannot_be_meant_is_refused_with_a_way_out(
    code: str, write: Callable[[], object], message: str
) -> None:
    with pytest.raises(AlphaBenchError, match=message) as caught:
        write()
    assert caught.value.code == code
    assert caught.value.fix


def test_values_needed_is_its_own_kind_of_error() -> None:
    with pytest.raises(ValuesNeeded, match="R05"):
        features.ret(20).to_frame()


def test_unknown_attributes_keep_hasattr_working() -> None:
    assert not hasattr(data.close, "rolling")
    assert not hasattr(features, "nothing")
    with pytest.raises(UnknownName, match="R11"):
        data.close.rolling


def test_bound_data_gives_values_and_refuses_fields_that_it_does_not_have() -> None:
    panel = panel_of(random_fields(1))
    bind(lambda: panel)
    try:
        assert data.close.to_frame().shape == panel.shape
        assert dir(data) == ["close", "volume"]
        with pytest.raises(AlphaBenchError, match=r"data has no 'volme'.*data\.volume"):
            data.volme
        html = features.ret(20)._repr_html_()
        broken = features.turnover(5)._repr_html_()
    finally:
        bind(None)
    assert "no field" in broken
    assert "ret(close, window=20)" in html
    assert "<table " in html
    assert "<svg" in html
    assert "look-back 20 sessions" in features.ret(20)._repr_html_()


def test_missing_fields_are_all_named_when_values_are_made() -> None:
    with pytest.raises(AlphaBenchError, match=r"no field 'opn', 'shares_outstanding'.*derive") as caught:
        panel_of(random_fields(1)).compute((data.opn, features.turnover(5)))
    assert caught.value.code == "R06"


@pytest.mark.parametrize("name", WITH_ARGUMENTS)
def test_every_operator_survives_plain_data_and_explains_itself(name: str) -> None:
    expr = call(name)
    assert expr_from_plain(expr.to_plain()) is expr
    assert (OPERATORS[name].symbol or {"neg": "-"}.get(name, f"{name}(")) in str(expr)
    assert OPERATORS[name].summary.endswith(".")


def test_completion_offers_what_is_there() -> None:
    for module in (features, ts, cs, group):
        name = module.__name__.rpartition(".")[2]
        assert sorted(VOCABULARY[name]) == sorted(module.__all__) == dir(module)


def test_label_names() -> None:
    assert all(map(is_label_name, ("fwd_ret_1d", "fwd_ret_10d")))
    assert not any(
        map(
            is_label_name,
            ("fwd_ret_0d", "fwd_ret_010d", "fwd_ret_10", "fwd_ret_10w", "xfwd_ret_1d", "fwd_ret_1d\n"),
        )
    )
    assert {"features", "data", "ts", "cs", "group", "walk_forward", "inputs", "Ridge"} <= PLATFORM_NAMES


def test_names_and_expressions_load_without_numpy() -> None:
    """A static check or a description never pays for numpy."""
    script = (
        "import sys; from alpha_bench.names import PLATFORM_NAMES; from alpha_bench import features, data, cs, ts;"
        "from alpha_bench.vocabulary.labels import fwd_ret; cs.rank(features.ret(20)).to_plain(), fwd_ret(10);"
        "sys.exit(any(m in sys.modules for m in ('numpy', 'pandas', 'pyarrow', 'numba')))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
    control = script.replace("cs.rank", "import_module('numpy'), cs.rank").replace(
        "import sys;", "import sys; from importlib import import_module;"
    )
    assert subprocess.run([sys.executable, "-c", control], check=False).returncode == 1


def test_a_condition_shows_for_how_many_assets_it_holds_and_a_label_its_last_known_sessions() -> None:
    use(panel_of({"close": np.arange(1.0, 31.0).reshape(10, 3) ** 2}))
    try:
        condition = (field("close") > 1)._repr_html_()
        label = apply("fwd_ret", field("close"), horizon=2)._repr_html_()
    finally:
        bind(None)
    assert "assets for which it holds: 2 on 2020-01-01, 3 on 2020-01-10, at most 3" in condition
    assert "2020-01-08</span></td>" in label
    assert "2020-01-10</span></td>" not in label


@pytest.mark.parametrize(("text", "column"), [("1 + ts.mean(close, n=5)", 5), ("ret(20) * close.lag()", 11)])
def test_a_wrong_call_in_a_formula_has_its_column(text: str, column: int) -> None:
    from alpha_bench.vocabulary import parse_expression

    with pytest.raises(AlphaBenchError, match="R03") as caught:
        parse_expression(text)
    assert caught.value.context["column"] == column
