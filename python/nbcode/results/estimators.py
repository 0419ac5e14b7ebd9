"""Whether `m` can be kept: D15 (not an estimator), D16 (holds what cannot be saved), D17 (already fitted)."""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Iterable, Iterator, Mapping

from alpha_bench.describe import search_settings
from nbcode.primitives import Diagnostic, Place, Severity
from nbcode.results.asked import MISSING
from nbcode.results.kinds import plain_of
from nbcode.results.nameless import LAMBDA

_DEPTH = 8
_REGRESSIONS = ("statsmodels.", "linearmodels.")
_BOOSTED = ("lightgbm.", "xgboost.", "catboost.")
_TRAINING_NAMES = (("X", "y"), ("X_all", "y_all"), ("X_train", "y_train"))


def estimator_problem(
    m: object,
    otherwise: str | None = None,
    called: str = "m",
    keeps: Callable[[types.FunctionType], bool] = lambda _: True,
) -> Diagnostic | None:
    """D15 or D16 for an ``m`` that cannot become the candidate's model, else None. ``otherwise`` is the name that a model
    has instead of `m`, ``called`` what [meta] calls this one; ``keeps`` says of a lambda, and of a function that another function
    made, whether its source can be kept."""
    if m is MISSING:
        return _missing(otherwise)
    if m is None:
        return _d15(
            f"`{called}` is None",
            f"the model is what `{called}` holds after the last tagged cell",
            f"assign the estimator to `{called}`",
        )
    if isinstance(m, type):
        return _d15(
            f"`{called}` is the class {m.__name__}",
            "a class holds no parameters",
            f"{called} = {m.__name__}()",
        )
    from nbcode.cells.model_kinds import why_not

    for path, member in _members(m, called, _DEPTH):
        if not _predicts(member) or why_not(_module(member).partition(".")[0], type(member).__name__):
            return _no_estimator(member, path, called)
    unsaved = next(_unsaveable(m, called, _DEPTH, set(), keeps), None)
    if unsaved is None:
        return None
    where, what = unsaved
    return Diagnostic(
        code="NBC-D16",
        message=f"`{where}` is {what}, which cannot be saved",
        cause="the model must load in a process that never ran the notebook, and its source cannot be kept alone: it was made by"
        " eval or a decorator, or it and another function call each other, or it is a class inside a function",
        fixes=(
            "define it by def or class at the top of a tagged cell",
            "use a transformer of an installed package",
        ),
        place=Place(tag="model"),
    )


def _missing(otherwise: str | None) -> Diagnostic:
    if otherwise is not None:
        return _d15(
            f"`m` is not defined: the model is called `{otherwise}`",
            "what is promoted is the model that [meta] names, by default `m`",
            f"write # model: {otherwise} in [meta]",
        )
    return _d15(
        "`m` is not defined",
        "[meta] does not say what the model is called",
        "write # model: NAME in [meta]",
    )


def _members(m: object, path: str, depth: int) -> Iterator[tuple[str, object]]:
    """The models of a list or a dict, with where they are; ``m`` itself where it is neither, or is empty, or predicts."""
    if depth and isinstance(m, Mapping | list | tuple) and m and not hasattr(m, "predict"):
        pairs = m.items() if isinstance(m, Mapping) else enumerate(m)
        for key, member in pairs:
            yield from _members(member, f"{path}[{key!r}]", depth - 1)
    else:
        yield path, m


def _predicts(m: object) -> bool:
    """Whether it is an estimator, a booster, a module of a network, or the results of a regression."""
    if isinstance(m, type | types.FunctionType):
        return False
    if _module(m).startswith(_REGRESSIONS):
        return hasattr(m, "params")
    return callable(getattr(m, "predict", None)) or _is_network(m)


def _is_network(m: object) -> bool:
    return any(f"{b.__module__}.{b.__name__}" == "torch.nn.modules.module.Module" for b in type(m).__mro__)


def _module(m: object) -> str:
    return type(m).__module__


def _no_estimator(m: object, path: str, called: str) -> Diagnostic:
    from nbcode.cells.model_kinds import is_unfitted_regression, why_not

    kind = type(m).__name__
    if is_unfitted_regression(_module(m).partition(".")[0], kind):
        return _d15(
            f"`{path}` is a {kind} that was not fitted",
            "a regression of statsmodels predicts by the results that its fit gives",
            "call .fit() on it and promote the results",
        )
    known = why_not(_module(m).partition(".")[0], kind)
    if known is not None:
        return _d15(f"`{path}` is a {kind}, which cannot be kept", *known)
    if kind == "LocalOutlierFactor":
        return _d15(
            f"`{path}` is a LocalOutlierFactor without novelty=True",
            "it scores the rows of its fit, and predicts no others",
            "write LocalOutlierFactor(novelty=True)",
        )
    if isinstance(m, Mapping | list | tuple):
        return _d15(
            f"`{path}` is a collection without a model",
            "a list of models predicts their mean, a dict each by its key",
            f"put fitted models into it, or assign one to `{called}`",
        )
    if path != called:
        return _d15(
            f"`{path}` is a {kind}, which does not predict",
            "a list or a dict of models holds nothing but models: a list predicts their mean, a dict each by its key",
            "keep the models in a list or dict of their own",
        )
    return _no_model(m, called)


def _no_model(m: object, called: str) -> Diagnostic:
    """Why what is ``called`` so, a single object, is no model."""
    plain = plain_of(m)
    if plain is not None and "estimator" in plain:
        shown = str(m)[:200]
        return _d15(
            f"`{called}` is {shown}, fitted to nothing",
            "a model has features and a label",
            f"{called} = {shown}.fit(X=[...], y=fwd_ret_10d)",
        )
    name = getattr(m, "__name__", None)
    if callable(m) and isinstance(name, str) and name.isidentifier():
        return _d15(
            f"`{called}` is {name} itself, not a call of it",
            "a function or a kind of estimator holds no parameters",
            f"{called} = {name}(...)",
        )
    return _d15(
        f"`{called}` is a {type(m).__name__}",
        "an estimator has fit and predict",
        f"assign the estimator to `{called}`",
    )


def fitted_note(called: str = "m") -> Diagnostic:
    """D17 as a note: a fitted estimator in plain Python cells is kept as it is, and what that means."""
    return Diagnostic(
        code="NBC-D17",
        severity=Severity.NOTE,
        message=f"`{called}` is kept as the cells fitted it",
        cause="the figures are what the cells computed: folds are not made again, and whether tested rows had been learnt from is told by the "
        "look-ahead of the run alone",
        fixes=("write the model with features, Ridge() and walk_forward to have the folds made for you",),
        place=Place(tag="model"),
    )


def fitted_by_run_note(called: str = "m") -> Diagnostic:
    """D17 as a note: the cells left ``m`` unfitted, and the run fitted it on the training data they used."""
    return Diagnostic(
        code="NBC-D17",
        severity=Severity.NOTE,
        message=f"`{called}` was left unfitted and is fitted on the cells' own X and y",
        cause="a candidate predicts, so its model is fitted once on all of the data that the cells gave to it",
        fixes=(f"{called} = {called}.fit(X, y) in the [model] cell to say it yourself",),
        place=Place(tag="model"),
    )


def unfitted_warning(cause: str, called: str = "m") -> Diagnostic:
    """D15 as a warning: an estimator that was never fitted is kept, and cannot predict."""
    return Diagnostic(
        code="NBC-D15",
        severity=Severity.WARNING,
        message=f"`{called}` is not fitted, so the candidate cannot predict",
        cause=cause,
        fixes=(
            f"{called} = {called}.fit(X, y) in the [model] cell",
            f"name the training data `X` and `y`: the run then fits `{called}` on them",
        ),
        place=Place(tag="model"),
    )


def training_data(
    namespace: Mapping[str, object], sources: Iterable[str], called: str = "m"
) -> tuple[object, object] | None:
    """What an unfitted model is meant to be fitted on: the X and y that the cells gave to a call together with what is ``called``
    so, such as ``cross_val_score(m, X, y)``, else the names ``X`` and ``y``."""
    for x, y in (*_given_with(called, sources), *_TRAINING_NAMES):
        if namespace.get(x) is not None and namespace.get(y) is not None:
            return namespace[x], namespace[y]
    return None


def _given_with(called: str, sources: Iterable[str]) -> Iterator[tuple[str, str]]:
    for source in sources:
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and ast.unparse(node.args[0]) == called:
                named = {k.arg: k.value for k in node.keywords}
                given = [*node.args[1:3], *(named[k] for k in ("X", "y") if k in named)]
                match given:
                    case [ast.Name(id=x), ast.Name(id=y), *_]:
                        yield x, y


def _unsaveable(
    value: object, where: str, depth: int, seen: set[int], keeps: Callable[[types.FunctionType], bool]
) -> Iterator[tuple[str, str]]:
    """Paths to functions and objects whose code lives in the notebook."""
    if depth == 0 or id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, types.FunctionType):
        if value.__name__ == LAMBDA and not keeps(value):
            yield where, "a lambda"
        elif "<locals>" in value.__qualname__ and not keeps(value):
            yield where, f"the function {value.__name__} of another function"
        return
    kind = value if isinstance(value, type) else type(value)
    if "<locals>" in kind.__qualname__:
        yield where, f"of the class {kind.__name__} of a function"
        return
    if kind.__module__.startswith(_BOOSTED):
        return  # their own text holds the trees; a function among the parameters was of the fit
    if isinstance(value, Mapping):
        parts: Iterable[tuple[str, object]] = ((f"{where}[{key!r}]", v) for key, v in value.items())
    elif isinstance(value, list | tuple):
        parts = ((f"{where}[{i}]", v) for i, v in enumerate(value[:1000]))
    elif callable(getattr(value, "get_params", None)) or hasattr(value, "fit"):
        left_behind = search_settings()
        parts = (
            (f"{where}.{key}", v)
            for key, v in getattr(value, "__dict__", {}).items()
            if key not in left_behind
        )
    else:
        return
    for path, part in parts:
        yield from _unsaveable(part, path, depth - 1, seen, keeps)


def _d15(message: str, cause: str, fix: str) -> Diagnostic:
    return Diagnostic(code="NBC-D15", message=message, cause=cause, fixes=(fix,), place=Place(tag="model"))


def own_code_note(names: Iterable[str]) -> Diagnostic:
    """D17 as a note: the model holds classes or functions of the notebook, and what that means for whoever loads it."""
    return Diagnostic(
        code="NBC-D17",
        severity=Severity.NOTE,
        message=f"the model holds code of this notebook: {', '.join(names)}",
        cause="its source is kept in model/code.py (modules of the project beside it), and runs only where its digest is given when the model is loaded",
        fixes=("use transformers of installed packages where others are to load it without a question",),
        place=Place(tag="model"),
    )


def parameters_only_warning(what: str, called: str = "m") -> Diagnostic:
    """D15 as a warning: results that are kept and do not predict."""
    return Diagnostic(
        code="NBC-D15",
        severity=Severity.WARNING,
        message=f"`{called}` is a {what}: its parameters are kept, and the candidate cannot predict",
        cause="it has no prediction of a row that could be shown to be its own (rolling regressions, time series, stateful formulas)",
        fixes=("promote the regression whose predictions you need, or its predictions as a signal",),
        place=Place(tag="model"),
    )
