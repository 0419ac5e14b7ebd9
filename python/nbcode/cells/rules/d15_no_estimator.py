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
from nbcode.cells.rules.results_named import said_in_meta, surely_unbound, trained_names
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
    """At most one finding: nothing is called `m`; or, at the last statement that binds ``m`` at the top of a [model] cell, where the model is `m`."""
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
    if last is None and context.of_tag("model") and context.meta is not None and surely_unbound(context, "m"):
        yield _missing(context)
    if last is not None and last[2]:
        facts, node, problem = last
        yield finding(
            CODE,
            f"`m` is {problem}",
            facts.place_of(node),
            cause="the model that is promoted must be an estimator, fitted or not",
            fixes=("assign an estimator to m, such as m = Ridge()",),
        )


def _missing(context: Context) -> Diagnostic:
    trained = trained_names(context)
    place = context.of_tag("model")[-1].place(1)
    if not trained:
        return finding(
            CODE,
            "`m` is not defined",
            place,
            cause="a [model] cell must assign the estimator to `m`, or `model:` in [meta] says what it is called",
            fixes=("m = Ridge()", "write `# model: NAME` in [meta]"),
        )
    return finding(
        CODE,
        f"`m` is not defined: the model is called `{trained[-1]}`",
        place,
        cause="what is promoted is the model of the name `m`, or of what [meta] names",
        fixes=(said_in_meta(context, f"# model: {trained[-1]}"), f"rename {trained[-1]} to m"),
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
