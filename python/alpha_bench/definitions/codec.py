"""Definitions from plain data; the inverse of ``to_plain``. Laws: ``build(x.to_plain()) == x``; every field has to be there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from alpha_bench.definitions.estimator_objects import Estimator, estimator_from_plain
from alpha_bench.definitions.model import (
    SCHEMA_VERSION,
    EvaluationDefinition,
    ModelDefinition,
    check_weights,
    define_model,
)
from alpha_bench.definitions.preprocessing import step_from_plain
from alpha_bench.definitions.search import estimator_search_from_plain
from alpha_bench.definitions.universe import check_universe
from alpha_bench.errors import AlphaBenchError, DefinitionError
from alpha_bench.expressions import expr_from_plain
from alpha_bench.model_selection import (
    SPLITTERS,
    AnySplitter,
    completed,
    plain_fields,
    splitter_from_plain,
    whole_number,
)

_FIELDS = frozenset(
    {
        "schema_version",
        "features",
        "label",
        "universe",
        "weights",
        "preprocess",
        "estimator",
        "search",
        "evaluation",
    }
)
_ESTIMATOR_FIELDS = frozenset({"estimator", "params"})
_T = TypeVar("_T")


def build(plain: object) -> EvaluationDefinition | ModelDefinition:
    """The definition that ``plain`` describes.

    Raises:
        AlphaBenchError: with ``context["path"]``, the place in ``plain``; R34 for a missing or unknown field, else the code of
            the part that is wrong.
    """
    top = _fields(_current(plain), _FIELDS, "$")
    if top["schema_version"] != SCHEMA_VERSION:
        raise _malformed(
            "$.schema_version",
            f"schema version {top['schema_version']!r}",
            f"this is version {SCHEMA_VERSION}",
        )
    given = top["features"]
    if not isinstance(given, list | tuple):
        raise _malformed("$.features", f"features is a {type(given).__name__}", "write a list of expressions")
    features = [_at(f"$.features[{i}]", expr_from_plain, f) for i, f in enumerate(given)]
    label = _at("$.label", expr_from_plain, top["label"])
    spec = _at("$.estimator", _estimator, top["estimator"])
    universe = _at(
        "$.universe", lambda x: None if x is None else check_universe(expr_from_plain(x)), top["universe"]
    )
    weights = _at(
        "$.weights", lambda x: None if x is None else check_weights(expr_from_plain(x)), top["weights"]
    )
    steps = top["preprocess"]
    if not isinstance(steps, list | tuple):
        raise _malformed("$.preprocess", f"preprocess is a {type(steps).__name__}", "write a list of steps")
    search = _at(
        "$.search", lambda x: None if x is None else estimator_search_from_plain(spec, x), top["search"]
    )
    how = {
        "universe": universe,
        "weights": weights,
        "preprocess": [_at(f"$.preprocess[{i}]", step_from_plain, step) for i, step in enumerate(steps)],
    }
    model = _at("$", lambda _: define_model(spec, features, label, search=search, **how), None)
    if top["evaluation"] is None:
        return model
    return _at("$.evaluation", lambda given: _evaluation(model, given), top["evaluation"])


def variant_of(plain: object) -> tuple[str, str, int, int]:
    """Which variant the evaluation that ``plain`` describes is, its label as it is written, how many trials it declares, and how many candidates
    its search has. Raises AlphaBenchError R34 where it describes none."""
    found = build(plain)
    if not isinstance(found, EvaluationDefinition):
        raise DefinitionError("R34", "this definition is evaluated by nothing", fix="walk_forward(m)")
    return found.variant, str(found.model.label), found.trials, found.total_trials // found.trials


def _current(plain: object) -> object:
    """``plain`` in the current schema: version 1 had no universe, weights, preprocessing and search, and one way of splitting,
    tried once."""
    if not isinstance(plain, Mapping) or plain.get("schema_version") != 1:
        return plain
    evaluation = plain.get("evaluation")
    if isinstance(evaluation, Mapping):
        evaluation = {**evaluation, "trials": 1}
    absent: dict[str, object] = {"universe": None, "weights": None, "preprocess": [], "search": None}
    return {**plain, **absent, "schema_version": 2, "evaluation": evaluation}


def _estimator(plain: object) -> Estimator:
    return estimator_from_plain(_fields(plain, _ESTIMATOR_FIELDS, "$.estimator"))


def _evaluation(model: ModelDefinition, given: object) -> EvaluationDefinition:
    name = given.get("splitter") if isinstance(given, Mapping) else None
    if not isinstance(name, str) or name not in SPLITTERS:
        raise _malformed(
            "$.evaluation.splitter", f"splitter {name!r}", f"write one of {', '.join(SPLITTERS)}"
        )
    plain = _fields(completed(given), plain_fields(name) | {"trials"}, "$.evaluation")
    splitter: AnySplitter = splitter_from_plain({k: v for k, v in plain.items() if k != "trials"})
    return EvaluationDefinition(
        model=model, splitter=splitter, trials=whole_number(plain["trials"], "trials", least=1)
    )


def _fields(plain: object, fields: frozenset[str], path: str) -> Mapping[str, object]:
    if not isinstance(plain, Mapping):
        raise _malformed(
            path, f"{type(plain).__name__} where a mapping is needed", f"write {', '.join(sorted(fields))}"
        )
    if set(plain) != fields:
        wrong = sorted(str(k) for k in set(plain) ^ fields)
        raise _malformed(
            path,
            f"unknown or missing field(s) {', '.join(wrong)}",
            f"write exactly {', '.join(sorted(fields))}",
        )
    return plain


def _malformed(path: str, what: str, fix: str) -> AlphaBenchError:
    return DefinitionError("R34", f"{path}: {what}", fix=fix, path=path)


def _at(path: str, make: Callable[[object], _T], value: object) -> _T:
    try:
        return make(value)
    except AlphaBenchError as error:
        error.context.setdefault("path", path)
        raise
