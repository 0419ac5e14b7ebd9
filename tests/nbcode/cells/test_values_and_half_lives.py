"""D38: values where only an expression can be; and the half-life that other parameters of an exponential mean come to."""

from __future__ import annotations

import math
import re

import pytest

from nbcode.cells import analyse
from nbcode.notebook import parse_notebook
from nbcode.primitives import Diagnostic

HEAD = "# %% [meta]\n# id: probe\n# kind: model\n# horizon: 10d\n# owner: me\n# %% [features]\nmom = features.ret(20)\n"
FIT = "m = Ridge().fit(X=[{}], y=fwd_ret_10d)"


def findings(source: str, model: str = FIT.format("mom")) -> list[Diagnostic]:
    text = f"{HEAD}{source}\n# %% [model]\n{model}\n"
    reading = parse_notebook(text.encode(), "n.py")
    assert reading.notebook is not None
    return [d for d in analyse(reading.notebook).diagnostics if d.code[-3:] in {"D32", "D33", "D38"}]


VALUES = [
    ("", FIT.format("mom.to_frame()"), "mom"),
    ("", FIT.format("mom, data.close.to_series()"), "data.close"),
    ("", "m = Ridge().fit(X={'a': mom.to_frame(), 'b': mom}, y=fwd_ret_10d)", "mom"),
    ("", "m = Ridge().fit([mom], fwd_ret_10d.to_frame())", "fwd_ret_10d"),
    ("", "m = Ridge().fit(X=[mom], y=fwd_ret_10d, universe=cs.top(mom, 5).to_frame())", "cs.top(mom, 5)"),
    ("f = (mom * 2).to_frame()", FIT.format("f"), "mom * 2"),
    ("f = mom.to_polars()\nx = cs.rank(f)", FIT.format("mom"), "mom"),
    ("x = ts.corr(mom, data.close.to_frame(), 20)", FIT.format("mom"), "data.close"),
    ("x = where(mom.to_frame(), mom > 0)", FIT.format("mom"), "mom"),
    ("x = mom - data.close.to_frame()", FIT.format("mom"), "data.close"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "model", "instead"), VALUES)
def test_values_where_an_expression_is_needed_are_told_with_the_expression(
    source: str, model: str, instead: str
) -> None:
    (found,) = findings(source, model)
    assert (found.code, found.fix_titles) == ("NBC-D38", (f"write {instead}",))


@pytest.mark.parametrize(
    ("source", "model"),
    [
        ("f = mom.to_frame()\nf.head()\nprint(f.mean())", FIT.format("mom")),
        ("f = mom.to_frame()\ny = fwd_ret_10d.to_frame()", "m = Ridge().fit(X=f, y=y)"),
        ("f = mom.to_frame()\nf = mom", FIT.format("f")),
        ("f = mom.to_frame().rank(axis=1)\ng = f - f.mean()", FIT.format("mom")),
        ("def f(mom):\n    return mom.to_frame()", FIT.format("mom")),
    ],
)
def test_values_that_are_looked_at_or_fitted_as_frames_are_not_told(source: str, model: str) -> None:
    assert findings(source, model) == []


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("x = ts.ewm(data.close, span=20)", "ts.ewm(data.close, halflife=6.9257)"),
        ("x = ts.ewm(data.close, alpha=0.5)", "ts.ewm(data.close, halflife=1.0)"),
        ("x = ts.ewm(data.close, com=9.5, window=60)", "ts.ewm(data.close, halflife=6.9257, window=60)"),
        ("x = data.close.ewm(span=20).mean()", "ts.ewm(data.close, halflife=6.9257)"),
        ("x = data.close.ewm(span=20, adjust=False).mean()", "ts.ewm(data.close, halflife=6.9257)"),
        ("x = data.close.ewm(9.5).mean()", "ts.ewm(data.close, halflife=6.9257)"),
    ],
)  # fmt: skip
def test_an_exponential_mean_by_another_parameter_is_written_by_its_half_life(
    source: str, written: str
) -> None:
    (found,) = findings(source)
    assert found.fix_titles[0] == f"write {written}"
    assert findings(f"x = {written}") == []
    halflife = float(re.findall(r"halflife=([0-9.]+)", written)[0])
    decay = 0.5 if "alpha" in source else 1 - 2 / 21
    assert 0.5 ** (1 / halflife) == pytest.approx(decay, rel=1e-5)
    assert math.isclose(halflife, round(halflife, 4))


def test_a_span_by_name_is_told_with_what_the_two_are_to_each_other() -> None:
    (found,) = findings("SPAN = 20\nx = data.close.ewm(span=SPAN).mean()")
    assert "halflife=log(2) / log((s + 1) / (s - 1))" in found.fix_titles[0]


@pytest.mark.parametrize(
    ("call", "fix"),
    [("Ridge(lambda_=1)", "Ridge(alpha=1)"), ("LightGBM(n_trees=9)", "LightGBM(n_estimators=9)"), ("HistGB(eta=0.1)", "HistGB(learning_rate=0.1)")],
)  # fmt: skip
def test_a_parameter_that_another_library_has_is_written_as_here(call: str, fix: str) -> None:
    (found,) = findings("", f"m = {call}.fit(X=[mom], y=fwd_ret_10d)")
    assert (found.code, found.fix_titles[0]) == ("NBC-D32", f"write {fix}")
    assert findings("", f"m = {fix}.fit(X=[mom], y=fwd_ret_10d)") == []
