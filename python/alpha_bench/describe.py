"""The door of alpha_bench: definitions as plain data and back, their digest, sessions, evaluation, fitted models.

Importing this module imports neither numpy nor anything else that is large; each function loads what it needs.

Plain data of a definition, every field always written::

    {"schema_version": 1,
     "features": [<expression>, ...],            {"op", "args", "params"} | {"field": name} | {"const": number}
     "label": <expression>,
     "estimator": {"estimator": <import path>, "params": {...}},
     "evaluation": {"splitter": "walk_forward", "folds": 12, "embargo_sessions": 5,
                    "window": "expanding" | {"rolling": sessions}} | null}

Laws: ``build(describe(x)) == x``, and ``definition_digest(x) == definition_digest(describe(x))``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from alpha_bench.errors import AlphaBenchError, ValuesNeeded
from alpha_bench.names import PLATFORM_NAMES, is_label_name
from alpha_bench.session import Session

if TYPE_CHECKING:
    from alpha_bench.expr import Expr, ValueSource
    from alpha_bench.fitted import FittedModel
    from alpha_bench.kept import KeptEstimator
    from alpha_bench.models import EstimatorSpec, EvaluationDefinition, ModelDefinition
    from alpha_bench.panel import Panel
    from alpha_bench.report import Report

__all__ = [
    "PLATFORM_NAMES",
    "AlphaBenchError",
    "Session",
    "ValuesNeeded",
    "build",
    "build_yaml",
    "canonical",
    "definition_digest",
    "describe",
    "evaluate",
    "fit_final",
    "is_label_name",
    "load_fitted",
    "read_panel",
    "save_estimator",
    "warm_up",
    "write_sample",
]

SCHEMA_VERSION = 1
_FIELDS = frozenset({"schema_version", "features", "label", "estimator", "evaluation"})
_EVALUATION_FIELDS = frozenset({"splitter", "folds", "embargo_sessions", "window"})


def describe(obj: object) -> dict[str, object]:
    """Plain JSON data of an expression, an estimator, a model definition, or what ``walk_forward`` gives.

    Raises:
        AlphaBenchError: R34 for anything else.
    """
    from alpha_bench.expr import Expr
    from alpha_bench.models import EstimatorSpec, EvaluationDefinition, ModelDefinition

    obj = getattr(obj, "definition", obj)
    if isinstance(obj, Expr):
        return obj.to_plain()
    if isinstance(obj, EstimatorSpec):
        return _estimator_plain(obj)
    if isinstance(obj, ModelDefinition):
        return _model_plain(obj) | {"evaluation": None}
    if isinstance(obj, EvaluationDefinition):
        splitter = obj.splitter
        window: object = (
            "expanding" if splitter.window_sessions is None else {"rolling": splitter.window_sessions}
        )
        return _model_plain(obj.model) | {
            "evaluation": {
                "splitter": "walk_forward",
                "folds": splitter.folds,
                "embargo_sessions": splitter.embargo_sessions,
                "window": window,
            }
        }
    raise AlphaBenchError(
        "R34",
        f"a {type(obj).__name__} is not a definition",
        fix="m is what Ridge().fit(X=[...], y=...) gives, report is what walk_forward(m) gives",
    )


def _model_plain(model: ModelDefinition) -> dict[str, object]:
    return {
        "schema_version": SCHEMA_VERSION,
        "features": [f.to_plain() for f in model.features],
        "label": model.label.to_plain(),
        "estimator": _estimator_plain(model.estimator),
    }


def _estimator_plain(spec: EstimatorSpec) -> dict[str, object]:
    from alpha_bench.estimators import estimator_to_plain

    return estimator_to_plain(spec)


def build(plain: Mapping[str, object]) -> EvaluationDefinition | ModelDefinition:
    """The definition that ``plain`` describes.

    Raises:
        AlphaBenchError: with ``context["path"]``, the place in ``plain``; R34 for a missing or unknown field, else the code of
            the part that is wrong.
    """
    from alpha_bench.estimators import estimator_from_plain
    from alpha_bench.expr import expr_from_plain
    from alpha_bench.models import EvaluationDefinition, define_model

    _check_fields(plain, _FIELDS, "$")
    if plain["schema_version"] != SCHEMA_VERSION:
        raise _malformed(
            "$.schema_version",
            f"schema version {plain['schema_version']!r}",
            f"this is version {SCHEMA_VERSION}",
        )
    given = plain["features"]
    if not isinstance(given, list | tuple):
        raise _malformed("$.features", f"features is a {type(given).__name__}", "write a list of expressions")
    features = [_at(f"$.features[{i}]", expr_from_plain, f) for i, f in enumerate(given)]
    label = _at("$.label", expr_from_plain, plain["label"])
    spec = _at("$.estimator", estimator_from_plain, plain["estimator"])
    model: ModelDefinition = _at("$", lambda _: define_model(spec, features, label), None)
    if plain["evaluation"] is None:
        return model
    return EvaluationDefinition(model=model, splitter=_at("$.evaluation", _splitter, plain["evaluation"]))


def _splitter(plain: object) -> object:
    from alpha_bench.splits import parse_walk_forward

    _check_fields(plain, _EVALUATION_FIELDS, "$.evaluation")
    if plain["splitter"] != "walk_forward":
        raise _malformed("$.evaluation.splitter", f"splitter {plain['splitter']!r}", 'write "walk_forward"')
    return parse_walk_forward(plain["folds"], plain["embargo_sessions"], plain["window"])


def definition_digest(obj: object) -> str:
    """``sha256:<hex>`` over the RFC 8785 bytes of a definition's plain data, however it was written."""
    plain = describe(build(obj)) if isinstance(obj, Mapping) else describe(obj)
    return "sha256:" + hashlib.sha256(canonical(plain)).hexdigest()


def canonical(plain: object) -> bytes:
    """The RFC 8785 bytes of plain JSON data."""
    import rfc8785

    return rfc8785.dumps(plain)  # type: ignore[arg-type]


def build_yaml(text: str) -> EvaluationDefinition | ModelDefinition:
    """The definition that a YAML document writes. Raises AlphaBenchError (R37) with line and column."""
    from alpha_bench.yaml_form import definition_from_yaml

    return definition_from_yaml(text)


def evaluate(definition: object, panel: ValueSource) -> Report:
    """Walk-forward and figures; see :func:`alpha_bench.evaluation.evaluate`."""
    from alpha_bench import evaluation

    return evaluation.evaluate(definition, panel)


def fit_final(definition: object, panel: ValueSource) -> FittedModel:
    """The model fitted on every row whose label is known; see :func:`alpha_bench.fitted.fit_final`."""
    from alpha_bench import fitted

    return fitted.fit_final(definition, panel)


def load_fitted(directory: Path) -> FittedModel | KeptEstimator:
    """The model that :meth:`FittedModel.save` or :func:`save_estimator` wrote; see :func:`alpha_bench.fitted.load_fitted`."""
    from alpha_bench import fitted, kept

    return kept.load_estimator(directory) if kept.holds_estimator(directory) else fitted.load_fitted(directory)


def save_estimator(estimator: object, directory: Path) -> None:
    """Keep an estimator that was fitted elsewhere; see :func:`alpha_bench.kept.save_estimator`."""
    from alpha_bench import kept

    kept.save_estimator(estimator, directory)


def read_panel(prices: Path, reference: Path | None, derive: Mapping[str, str]) -> Panel:
    """A panel from long files; see :func:`alpha_bench.panel.read_panel`."""
    from alpha_bench import panel

    return panel.read_panel(prices, reference, derive)


def warm_up(progress: Callable[[str], None] | None = None) -> None:
    """Compile the kernels once, into ``NUMBA_CACHE_DIR`` or beside their source; see :func:`alpha_bench.kernels.warm_up`."""
    from alpha_bench import kernels

    kernels.warm_up(progress)


def write_sample(directory: Path) -> Path:
    """The deterministic sample panel; see :func:`alpha_bench.sample.write_sample`."""
    from alpha_bench import sample

    return sample.write_sample(directory)


def _check_fields(plain: object, fields: frozenset[str], path: str) -> None:
    if not isinstance(plain, Mapping):
        raise _malformed(
            path, f"{path} is a {type(plain).__name__}", f"write a mapping with {', '.join(sorted(fields))}"
        )
    if set(plain) != fields:
        wrong = sorted(str(k) for k in set(plain) ^ fields)
        raise _malformed(
            path,
            f"unknown or missing field(s) {', '.join(wrong)}",
            f"write exactly {', '.join(sorted(fields))}",
        )


def _malformed(path: str, what: str, fix: str) -> AlphaBenchError:
    return AlphaBenchError("R34", f"{path}: {what}", fix=fix, path=path)


def _at(path, make, value):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - any maker
    try:
        return make(value)
    except AlphaBenchError as error:
        error.context.setdefault("path", path)
        raise
