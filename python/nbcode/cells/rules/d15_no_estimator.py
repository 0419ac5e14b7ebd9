"""The model ``m`` is no estimator: a class that was not called, a function, or nothing.

Why: the artifact is a fitted model that predicts. What is bound to ``m`` last in the [model] cells must be one, fitted or
not.

Bad::

    m = Ridge

Good::

    m = Ridge(alpha=1.0)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.cells.facts import CellFacts
from nbcode.primitives import Diagnostic

CODE = "D15"
TITLE = "the model is no estimator"

_ESTIMATORS = frozenset(
    {
        *("Ridge", "Lasso", "ElasticNet", "OLS", "Huber", "BayesianRidge", "PLS"),
        *("LightGBM", "XGBoost", "RandomForest", "HistGB"),
        *("estimator", "grid_search", "random_search"),
    }
)
_LIBRARIES = ("sklearn.", "lightgbm.", "xgboost.", "catboost.")


def check(context: Context) -> Iterator[Diagnostic]:
    """At most one finding: at the last statement that binds ``m`` at the top of a [model] cell, where the model is `m`."""
    if context.meta is not None and (context.meta.model is not None or context.meta.signal is not None):
        return
    last: tuple[CellFacts, ast.stmt, str] | None = None
    for facts in context.of_tag("model"):
        for node in facts.tree.body if facts.tree is not None else ():
            if isinstance(node, ast.Assign) and any(
                isinstance(t, ast.Name) and t.id == "m" for t in node.targets
            ):
                last = (facts, node, _problem(context, node.value))
            elif isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == "m":
                last = (facts, node, "a function" if isinstance(node, ast.FunctionDef) else "a class")
    if last is not None and last[2]:
        facts, node, problem = last
        yield finding(
            CODE,
            f"`m` is {problem}",
            facts.place_of(node),
            cause="the model that is promoted must be an estimator, fitted or not",
            fixes=("assign an estimator to m, such as m = Ridge()",),
        )


def _problem(context: Context, value: ast.expr) -> str:
    """What else the value is; empty where it may be an estimator."""
    if isinstance(value, ast.Lambda):
        return "a function"
    if isinstance(value, ast.Constant):
        return "nothing" if value.value is None else f"the constant {value.value!r}"[:40]
    if isinstance(value, ast.List | ast.Tuple | ast.Dict | ast.Set):
        return "a collection"
    if isinstance(value, ast.Name | ast.Attribute):
        dotted = context.dotted(value)
        name = dotted.rpartition(".")[2]
        if dotted in _ESTIMATORS or (dotted.startswith(_LIBRARIES) and name[:1].isupper()):
            return f"the class {name}: call it"
    return ""
