"""A child is spared only where its answer is certain."""

from __future__ import annotations

import pytest

from nbcode.definition.evidence import surely_python


@pytest.mark.parametrize(
    "source",
    [
        'df = inputs["prices"]',
        'df = inputs["prices"].dropna().set_index("date")',
        'print(inputs["prices"].head())',
        'a, b = 1, inputs["prices"]',
        "close = data.close.to_frame()",
        "r = data.close.to_frame().pct_change(5)",
        'x: object = inputs["prices"]',
        'data = inputs["prices"].dropna()',  # the commonest name of a frame
        'df = inputs["prices"]\nmodel = Ridge().fit(df, df)\nm = model',
    ],
)
def test_an_unconditional_read_is_evidence(source: str) -> None:
    assert surely_python(["import pandas as pd", source], ["prices"])


@pytest.mark.parametrize(
    "source",
    [
        'df = inputs["other"]',  # an error of its own, with the nearest name
        'if flag:\n    df = inputs["prices"]',
        'def f():\n    return inputs["prices"]',
        'f = lambda: inputs["prices"]',
        'df = None if True else inputs["prices"]',
        'ok = False and inputs["prices"]',
        'xs = [inputs["prices"] for _ in ()]',
        'for i in ():\n    df = inputs["prices"]',
        'try:\n    df = inputs["prices"]\nexcept Exception:\n    df = None',
        'inputs = {"prices": 1}\ndf = inputs["prices"]',
        "data = X()\nd = data.close.to_frame()",
        "to = data.close.to_frame",
        'df = inputs["prices"]\nm = Ridge',
        'df = inputs["prices"]\nmodel = Ridge\nm = model',
        'df = inputs["prices"]\nmodel = Ridge()\nmodel = None\nm = model',
        'df = inputs["prices"]\nmodel = Pipe(lambda x: x)\nm = model',
        'df = inputs["prices"]\nm = None',
        'df = inputs["prices"]\nm = make_pipeline(FunctionTransformer(lambda x: x), Ridge())',
        'def half(x):\n    return x / 2\ndf = inputs["prices"]\nm = make_pipeline(FunctionTransformer(half), Ridge())',
        "this is not python",
        "",
    ],
)
def test_anything_less_is_not_evidence(source: str) -> None:
    assert not surely_python([source], ["prices"])
