"""The model ``m`` is no estimator: a class that was not called, a function, or nothing.

Why: the artifact is a fitted model that predicts. What is bound to ``m`` last in the [model] cells must be one, fitted or
not; a list or a dict of models; or the results of a regression. What is known not to be kept is said here, before any run, with the
nearest that is (docs/reference/models.md lists what is).

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
from nbcode.cells.model_kinds import is_unfitted_regression, why_not
from nbcode.cells.rules.calls import keyword, literal
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
_GIVES_ITSELF = frozenset({"fit", "fit_regularized", "iterative_fit", "set_params"})
_MOST_STEPS = 8
_EMPTY = "a collection without a model"
_LIBRARIES = ("sklearn.", "lightgbm.", "xgboost.", "catboost.")


def check(context: Context) -> Iterator[Diagnostic]:
    """At most one finding of what is no model or not there, or one for each that cannot be kept: at the last statement that binds the model's
    name at the top of a [model] cell."""
    name = _model_name(context)
    last: tuple[CellFacts, ast.stmt, str] | None = None
    for facts in context.of_tag("model"):
        for node in facts.tree.body if facts.tree is not None else ():
            if isinstance(node, ast.Assign) and any(
                isinstance(t, ast.Name) and t.id == name for t in node.targets
            ):
                problem = _problem(context, node.value)
                last = (facts, node, "" if problem == _EMPTY and _is_filled(context, name) else problem)
            elif isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
                last = (facts, node, "a function" if isinstance(node, ast.FunctionDef) else "a class")
    if last is None and name == "m" and _is_missing(context):
        yield _missing(context)
    if last is not None and last[2]:
        facts, node, problem = last
        yield finding(
            CODE,
            f"`{name}` is {problem}",
            facts.place_of(node),
            cause="the model that is promoted must be an estimator, fitted or not",
            fixes=(f"assign an estimator to {name}, such as {name} = Ridge()",),
        )
    elif last is not None and isinstance(last[1], ast.Assign):
        for value, what, why, fix in _unkept(context, last[1].value):
            yield finding(
                CODE,
                f"`{name}` is {what}, which cannot be kept",
                last[0].place_of(value),
                cause=why,
                fixes=(fix,),
            )


def _model_name(context: Context) -> str:
    """The name that [meta] says the model has, else `m`; empty where it is an expression or there is a signal instead."""
    if context.meta is None or (context.meta.model is None and context.meta.signal is None):
        return "m"
    said = "" if context.meta.model is None else context.meta.model.text.strip()
    return said if said.isidentifier() else ""


def _is_missing(context: Context) -> bool:
    meta = context.meta
    says_otherwise = meta is None or meta.model is not None or meta.kind == "signal"
    return not says_otherwise and bool(context.of_tag("model")) and surely_unbound(context, "m")


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


def _is_filled(context: Context, name: str) -> bool:
    """Whether tagged cells put something into ``name``, as in ``models[k] = Ridge().fit(X, y)``."""
    return any(
        event.name == name and event.kind == "mutate" for facts in context.tagged for event in facts.events
    )


def _problem(context: Context, value: ast.expr) -> str:
    """What else the value is; empty where it may be an estimator."""
    if isinstance(value, ast.Lambda):
        return "a function"
    if isinstance(value, ast.Constant):
        return "nothing" if value.value is None else f"the constant {value.value!r}"[:40]
    if isinstance(value, ast.Set) or (isinstance(value, ast.List | ast.Tuple) and not value.elts):
        return _EMPTY
    if isinstance(value, ast.Dict) and not value.keys:
        return _EMPTY
    if isinstance(value, ast.Name | ast.Attribute):
        dotted = context.dotted(value)
        name = dotted.rpartition(".")[2]
        if dotted in _ESTIMATORS or (dotted.startswith(_LIBRARIES) and name[:1].isupper()):
            return f"the class {name}: call it"
    return ""


def _unkept(context: Context, value: ast.expr) -> Iterator[tuple[ast.expr, str, str, str]]:
    """Calls in ``value`` that make something which is known not to be kept: the call, what it is, why, and the nearest way."""
    if isinstance(value, ast.List | ast.Tuple):
        for element in value.elts:
            yield from _unkept(context, element)
        return
    if isinstance(value, ast.Dict):
        for element in value.values:
            yield from _unkept(context, element)
        return
    made, fitted = _made(context, value, _MOST_STEPS)
    if made is None:
        return
    dotted = context.dotted(made.func)
    library, name = dotted.partition(".")[0], dotted.rpartition(".")[2]
    known = why_not(library, name)
    if known is not None:
        yield value, f"a {name} of {library}", *known
    elif is_unfitted_regression(library, name) and not fitted:
        yield (
            value,
            f"a {name} that is not fitted",
            "a regression predicts by the results that its fit gives",
            f"write {name}(...).fit()",
        )
    elif name == "LocalOutlierFactor" and literal(keyword(made, "novelty")) is not True:
        yield (
            value,
            "a LocalOutlierFactor without novelty=True",
            "it scores the rows of its fit, and predicts no others",
            "write LocalOutlierFactor(novelty=True)",
        )
    elif library == "lightgbm" and literal(keyword(made, "linear_tree")) is True:
        yield value, "a model of linear trees", "only trees of constants are kept", "leave linear_tree out"
    elif library == "xgboost" and literal(keyword(made, "multi_strategy")) == "multi_output_tree":
        yield (
            value,
            "a model of trees of several outputs",
            "one output a tree is kept",
            "leave multi_strategy out",
        )
    elif library == "xgboost" and literal(keyword(made, "enable_categorical")) is True:
        yield (
            value,
            "a model that decides by categories of XGBoost",
            "it is kept where it was fitted on numbers",
            "encode the categories as numbers, or fit LightGBM, whose categories are kept",
        )


def _made(context: Context, value: ast.expr, steps: int) -> tuple[ast.Call | None, bool]:
    """The call that made what ``value`` is, through names and ``.fit(...)``; and whether a fit was among them."""
    fitted = False
    while steps:
        steps -= 1
        if isinstance(value, ast.Name):
            bound = _assigned(context, value.id)
            if bound is None:
                return None, fitted
            value = bound
        elif (
            isinstance(value, ast.Call)
            and isinstance(value.func, ast.Attribute)
            and value.func.attr in _GIVES_ITSELF
            and isinstance(value.func.value, ast.Name | ast.Call)
            and value.func.value is not value
        ):
            fitted = fitted or value.func.attr != "set_params"
            value = value.func.value
        elif isinstance(value, ast.Call):
            return value, fitted
        else:
            return None, fitted
    return None, fitted


def _assigned(context: Context, name: str) -> ast.expr | None:
    """The value that a name is given by the only plain assignment of it at the top of a tagged cell."""
    found = [
        node.value
        for facts in context.tagged
        for node in (facts.tree.body if facts.tree is not None else ())
        if isinstance(node, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == name for t in node.targets)
    ]
    return found[0] if len(found) == 1 else None
