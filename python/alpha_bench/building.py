"""Definitions from plain data; the inverse of ``to_plain``. Laws: ``build(x.to_plain()) == x``; every field has to be there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from alpha_bench.errors import AlphaBenchError
from alpha_bench.estimators import Estimator, estimator_from_plain
from alpha_bench.expr import expr_from_plain
from alpha_bench.models import SCHEMA_VERSION, EvaluationDefinition, ModelDefinition, define_model
from alpha_bench.splits import WalkForward, parse_walk_forward

_FIELDS = frozenset({"schema_version", "features", "label", "estimator", "evaluation"})
_ESTIMATOR_FIELDS = frozenset({"estimator", "params"})
_EVALUATION_FIELDS = frozenset({"splitter", "folds", "embargo_sessions", "window"})
_T = TypeVar("_T")


def build(plain: object) -> EvaluationDefinition | ModelDefinition:
    """The definition that ``plain`` describes.

    Raises:
        AlphaBenchError: with ``context["path"]``, the place in ``plain``; R34 for a missing or unknown field, else the code of
            the part that is wrong.
    """
    top = _fields(plain, _FIELDS, "$")
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
    model = _at("$", lambda _: define_model(spec, features, label), None)
    if top["evaluation"] is None:
        return model
    return EvaluationDefinition(model=model, splitter=_at("$.evaluation", _splitter, top["evaluation"]))


def _estimator(plain: object) -> Estimator:
    return estimator_from_plain(_fields(plain, _ESTIMATOR_FIELDS, "$.estimator"))


def _splitter(given: object) -> WalkForward:
    plain = _fields(given, _EVALUATION_FIELDS, "$.evaluation")
    if plain["splitter"] != "walk_forward":
        raise _malformed("$.evaluation.splitter", f"splitter {plain['splitter']!r}", 'write "walk_forward"')
    return parse_walk_forward(plain["folds"], plain["embargo_sessions"], plain["window"])


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
    return AlphaBenchError("R34", f"{path}: {what}", fix=fix, path=path)


def _at(path: str, make: Callable[[object], _T], value: object) -> _T:
    try:
        return make(value)
    except AlphaBenchError as error:
        error.context.setdefault("path", path)
        raise
