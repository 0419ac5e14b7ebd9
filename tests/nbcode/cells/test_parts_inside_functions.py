"""D16: classes and functions inside functions that a model cannot hold, said before any run; what can be kept is not said."""

from __future__ import annotations

import pytest

from nbcode.cells import analyse
from nbcode.notebook import parse_notebook

HEAD = "# %% [meta]\n# id: probe\n# kind: model\n# horizon: 10d\n# owner: me\n# model: est\n# report: {n: 1}\n# %% [features]\n"
OWN = "class Own{bases}:\n        def fit(self, X, y):\n            return self\n        def {method}(self, X):\n            return X\n"


def told(features: str, model: str) -> list[tuple[str, int | None, str]]:
    """Severity, line of the [features] cell and message of each D16."""
    reading = parse_notebook(f"{HEAD}{features}\n# %% [model]\n{model}\n".encode(), "n.py")
    assert reading.notebook is not None
    return [
        (str(d.severity), d.place.line if d.place else None, d.message)
        for d in analyse(reading.notebook).diagnostics
        if d.code == "NBC-D16"
    ]


def inside(returned: str, bases: str = "", method: str = "predict") -> str:
    return f"def make():\n    {OWN.format(bases=bases, method=method)}    {returned}"


CLASS = "the class `Own` is defined inside the function `make`"


@pytest.mark.parametrize(
    "function",
    [
        inside("return Own()"),
        inside("return Own"),
        inside("steps = [Own()]\n    whole = steps + [1]\n    return whole"),
        inside("return Own()", method="transform"),
    ],
)
def test_a_class_that_a_model_cell_gets_of_a_function_is_an_error(function: str) -> None:
    assert told(function, "est = make()") == [("error", 3, CLASS)]


@pytest.mark.parametrize("base", ["(BaseEstimator)", "(base.BaseEstimator)", "(Lasso)", "(nn.Module)"])
def test_a_class_with_a_base_of_models_is_an_error_also_where_it_is_not_given_away(base: str) -> None:
    imports = "import torch.nn as nn\nfrom sklearn import base\nfrom sklearn.base import BaseEstimator\nfrom sklearn.linear_model import Lasso\n"
    found = told(imports + inside("models.append(Own())", base, "other"), "make()")
    assert found == [("error", 7, CLASS)]


def test_a_class_that_reaches_the_model_cell_by_another_function_is_an_error() -> None:
    functions = f"{inside('return Own()')}\ndef build():\n    return make()"
    assert told(functions, "est = build()") == [("error", 3, CLASS)]


@pytest.mark.parametrize(
    ("function", "model"),
    [
        (inside("return Own()"), "est = Ridge()"),  # nothing of [model] calls it
        (inside("return Own().fit(1, 2) is None"), "est = Ridge()"),
        (inside("Own()"), "est = make()"),  # not given away
    ],
)
def test_a_class_that_the_model_need_not_hold_is_a_warning(function: str, model: str) -> None:
    assert told(function, model) == [("warning", 3, CLASS)]


@pytest.mark.parametrize(
    "function",
    [
        "class Own:\n    def fit(self, X, y):\n        def loss(b):\n            return b\n        return self\n    def predict(self, X):\n        return X",
        "def make():\n    class Row:\n        def total(self):\n            return 1\n    return Row()",
        "class Kinds:\n    class Own:\n        def predict(self, X):\n            return X\ndef make():\n    return Kinds.Own()",
        "def make():\n    def clip(x, n=3):\n        return x if n == 0 else clip(x, n - 1)\n    return clip",
        "def make():\n    def a(x):\n        return b(x)\n    def b(x):\n        return x\n    return a",
        "def make():\n    def a(x):\n        return b(x)\n    def b(x):\n        return a(x)\n    return a(1)",
    ],
)
def test_what_can_be_kept_and_what_no_model_holds_is_not_said(function: str) -> None:
    assert told(function, "est = make()") == []


def test_two_functions_inside_a_function_that_call_each_other_are_told() -> None:
    function = "def make():\n    def a(x):\n        return b(x)\n    def b(x):\n        return a(x) if x else x\n    return FunctionTransformer(a)"
    assert told(function, "est = make()") == [
        ("warning", 3, "`a` and `b`, inside the function `make`, call each other")
    ]
