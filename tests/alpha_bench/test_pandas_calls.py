"""Calls of pandas' methods: what is offered instead gives the same values; where nothing does, nothing is offered."""

from __future__ import annotations

import ast

import numpy as np
import pandas as pd
import pytest

import alpha_bench as ab
from alpha_bench.expressions.pandas_calls import MethodCall, written_for

SAME = {
    "shift(1)": "ts.lag(data.close, 1)",
    "shift()": "ts.lag(data.close, 1)",
    "shift(periods=3)": "ts.lag(data.close, 3)",
    "diff(2)": "ts.delta(data.close, 2)",
    "pct_change(20)": "features.ret(20)",
    "pct_change(5, fill_method=None)": "features.ret(5)",
    "rolling(20).mean()": "ts.mean(data.close, 20)",
    "rolling(window=5).std(ddof=1)": "ts.std(data.close, 5)",
    "rolling(5).sum()": "ts.sum(data.close, 5)",
    "rolling(5).var()": "ts.var(data.close, 5)",
    "rolling(5).min()": "ts.min(data.close, 5)",
    "rolling(5).max()": "ts.max(data.close, 5)",
    "rolling(5).median()": "ts.median(data.close, 5)",
    "rolling(5).skew()": "ts.skew(data.close, 5)",
    "rolling(5).kurt()": "ts.kurt(data.close, 5)",
    "rolling(5).count()": "ts.count(data.close, 5)",
    "rolling(5).rank(pct=True)": "ts.rank(data.close, 5)",
    "rolling(5).quantile(0.25)": "ts.quantile(data.close, 5, 0.25)",
    "rolling(5).corr(data.open)": "ts.corr(data.close, data.open, 5)",
    "rolling(5).cov(other=data.open)": "ts.cov(data.close, data.open, 5)",
    "ewm(halflife=2).mean()": "ts.ewm(data.close, halflife=2)",
    "ewm(span=5).mean()": "ts.ewm(data.close, halflife=1.7095)",
    "ewm(2).mean()": "ts.ewm(data.close, halflife=1.7095)",
    "ewm(com=2, adjust=True).mean()": "ts.ewm(data.close, halflife=1.7095)",
    "ewm(alpha=0.5, min_periods=3).mean()": "ts.ewm(data.close, halflife=1)",
    "mean(axis=1)": "cs.mean(data.close)",
    "std(axis='columns')": "cs.std(data.close)",
    "rank(axis=1, pct=True)": "cs.rank(data.close)",
    "isna()": "data.close.missing()",
    "notnull()": "data.close.known()",
    "sub(data.open)": "(data.close - data.open)",
    "div(data.open + 1)": "(data.close / (data.open + 1))",
    "gt(100)": "(data.close > 100)",
}
NONE = [
    "shift(-5)",
    "shift(0)",
    "shift(1, freq='D')",
    "pct_change(-1)",
    "rolling(20)",
    "rolling('20D').mean()",
    "rolling(20, center=True).mean()",
    "rolling(20).std(ddof=0)",
    "rolling(20).apply(f)",
    "rolling(20).rank()",
    "ewm(span=20).std()",
    "ewm(span=SPAN).mean()",
    "ewm(span=1).mean()",
    "ewm(span=20, com=3).mean()",
    "ewm(span=20, times=t).mean()",
    "ewm(20, True).mean()",
    "ewm(halflife=2).std()",
    "expanding().mean()",
    "mean()",
    "rank()",
    "rank(axis=1)",
    "resample('W')",
]


def calls_of(text: str) -> list[MethodCall]:
    found: list[MethodCall] = []
    node = ast.parse(f"x.{text}", mode="eval").body
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        keywords = {str(k.arg): ast.unparse(k.value) for k in node.keywords}
        found.insert(
            0, MethodCall(name=node.func.attr, args=tuple(map(ast.unparse, node.args)), keywords=keywords)
        )
        node = node.func.value
    return found


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(3)
    days = pd.bdate_range("2020-01-01", periods=60, name="date")
    made = {f: pd.DataFrame(90 + rng.random((60, 4)) * 20, days, list("ABCD")) for f in ("close", "open")}
    made["close"].iloc[10, 1] = np.nan
    return made


@pytest.mark.parametrize("text", SAME)
def test_what_is_offered_gives_the_values_that_pandas_gives(text: str, frames: dict[str, pd.DataFrame]):
    found = written_for("data.close", calls_of(text))
    assert found == (SAME[text], len(calls_of(text)))
    long = pd.concat({f: frame.stack(future_stack=True) for f, frame in frames.items()}, axis=1)
    ab.use(ab.Panel.of(long.rename_axis(["date", "symbol"]).reset_index()))
    names = {"data": ab.data, "ts": ab.ts, "cs": ab.cs, "features": ab.features}
    ours = eval(found[0], names).to_frame().astype(float)
    x = frames["close"]

    class data:  # noqa: N801 - as the cells call it
        open = frames["open"]

    theirs = eval(f"x.{text}", {"x": x, "data": data})
    if isinstance(theirs, pd.Series):
        theirs = pd.DataFrame(dict.fromkeys(x, theirs))
    theirs = theirs.astype(float)
    both = ours.notna().to_numpy() & theirs.notna().to_numpy()
    assert both.mean() > 0.6
    np.testing.assert_allclose(
        ours.to_numpy()[both], theirs.to_numpy()[both], rtol=1e-3 if "ewm" in text else 1e-9
    )


@pytest.mark.parametrize("text", NONE)
def test_nothing_is_offered_where_nothing_gives_the_same(text: str):
    assert written_for("data.close", calls_of(text)) is None


def test_the_receiver_is_kept_as_it_is_written():
    assert written_for("a - b", calls_of("shift(k)")) == ("ts.lag(a - b, k)", 1)
    assert written_for("a - b", calls_of("isna()")) == ("(a - b).missing()", 1)
    assert written_for("data.open", calls_of("pct_change(20)")) == ("features.ret(20, data.open)", 1)
    assert written_for("x", calls_of("fillna(0)")) == ("x", 1)
    assert written_for("x", calls_of("rolling(20).mean().shift(1)")) == ("ts.mean(x, 20)", 2)
