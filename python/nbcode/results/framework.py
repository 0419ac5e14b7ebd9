"""Which evaluation is meant by ``package.module:name``: the value itself, or the one that evaluates the model of that name."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from nbcode.primitives import Diagnostic, NbcodeError, nearest
from nbcode.results.kinds import kind_of, model_mismatch, plain_of


def evaluation_named(module: str, name: str) -> Any:
    """Import ``module`` and give the definition of the evaluation that it calls ``name``; of a model, of the one evaluation of it there.

    Raises:
        NbcodeError: NBC-B24 where it has no such name, NBC-B25 where that is no model, NBC-B23 where nothing, or more than one thing,
            evaluates the model.
    """
    values = vars(import_module(module))
    if name not in values:
        raise NbcodeError([_no_name(module, name, values)])
    found = values[name]
    kind = kind_of(found)
    if kind is None:
        raise NbcodeError([_no_model(module, name, found, values)])
    if kind == "evaluation":
        return _definition(found)
    others = {n: v for n, v in values.items() if not n.startswith("_") and kind_of(v) == "evaluation"}
    fitting = {n: v for n, v in others.items() if model_mismatch(found, v) is None}
    different = {str(plain_of(v)): n for n, v in reversed(fitting.items())}
    if len(different) != 1:
        raise NbcodeError([_evaluated_by(module, name, sorted(different.values()))])
    return _definition(next(iter(fitting.values())))


def _definition(found: object) -> object:
    return getattr(found, "definition", found)


def _models_in(values: dict[str, object]) -> list[str]:
    return [n for n, value in values.items() if not n.startswith("_") and kind_of(value) is not None]


def _no_name(module: str, name: str, values: dict[str, object]) -> Diagnostic:
    models = _models_in(values)
    near = nearest(name, models) or nearest(name, [n for n in values if not n.startswith("_")])
    fixes = [f"did you mean {module}:{near}?"] if near else []
    return Diagnostic(
        code="NBC-B24",
        message=f"the module {module} has no {name}",
        cause=f"its models and evaluations are {', '.join(models)}"
        if models
        else "it has no model of alpha_bench",
        fixes=fixes
        or [
            f"name one: {module}:{models[0]}"
            if models
            else f"{name} = walk_forward(model, folds=12, embargo='5d')"
        ],
    )


def _no_model(module: str, name: str, found: object, values: dict[str, object]) -> Diagnostic:
    models = _models_in(values)
    called = " Call it in the module, and name what it gives" if callable(found) else ""
    return Diagnostic(
        code="NBC-B25",
        message=f"{module}:{name} is a {type(found).__name__} and no model of alpha_bench",
        cause="what is promoted is what `Ridge().fit(X=[...], y=...)` gives, or an evaluation of it such as `walk_forward(model)`."
        + called,
        fixes=(f"name one: {', '.join(f'{module}:{n}' for n in models)}",)
        if models
        else ("promote a model of another library as a notebook: `nbcode init --example plain-python`",),
    )


def _evaluated_by(module: str, name: str, evaluations: list[str]) -> Diagnostic:
    several = len(evaluations) > 1
    return Diagnostic(
        code="NBC-B23",
        message=f"{len(evaluations)} evaluations of {module}:{name} differ"
        if several
        else f"nothing evaluates {module}:{name}",
        cause="a candidate is recorded with the figures of one evaluation",
        fixes=(f"name it: {', '.join(f'{module}:{one}' for one in evaluations)}",)
        if several
        else (f'add to the module: report = walk_forward({name}, folds=12, embargo="5d")',),
    )
