"""One fit as bytes, for another process that would fit the same: the artifact's own formats, and exact. Never a pickle."""

from __future__ import annotations

import base64
import json
import math
from typing import Any, NoReturn

import numpy as np

from alpha_bench.definitions import ModelDefinition, plain_parameter
from alpha_bench.errors import AlphaBenchError, SavedModelError
from alpha_bench.fitting.normal_equations import Linear
from alpha_bench.fitting.search_result import SearchResult
from alpha_bench.fitting.serialization.fitted_estimator import estimator_from_bytes, estimator_to_bytes
from alpha_bench.fitting.training import Fit
from alpha_bench.fitting.transforms import steps_from_plain, steps_to_plain

_SCHEMA_VERSION = 1


def fit_to_bytes(model: ModelDefinition, fit: Fit, *, key: str, predicted: str) -> bytes:
    """``fit`` of ``model``; ``key`` is what it depends on, ``predicted`` the digest of what it predicts where it was fitted.

    Raises:
        ValueError: a number of it is not finite.
        AlphaBenchError: R35 for an estimator that cannot be kept.
    """
    linear = fit.linear
    plain = {
        "schema_version": _SCHEMA_VERSION,
        "key": key,
        "predicted": predicted,
        "rows": fit.rows,
        "linear": None
        if linear is None
        else {"coef": [float(c) for c in linear.coef], "intercept": linear.intercept},
        "steps": steps_to_plain(fit.steps),
        "search": None if fit.search is None else fit.search.to_plain(),
        "estimator": None
        if linear is not None
        else base64.b64encode(estimator_to_bytes(model.estimator, fit.fitted)).decode("ascii"),
    }
    # Not canonical: RFC 8785 has no -0.0, and 1.0 there is 1.
    return json.dumps(plain, allow_nan=False, separators=(",", ":")).encode("ascii")


def fit_from_bytes(model: ModelDefinition, data: bytes, *, key: str) -> tuple[Fit, str]:
    """What :func:`fit_to_bytes` wrote for ``model`` under ``key``: the fit, and ``predicted``. Nothing in ``data`` is executed.

    Raises:
        SavedModelError: R35 for anything else: another key, another shape, a number that is not finite.
    """
    try:
        plain = json.loads(data, parse_constant=_no_number)
        if set(plain) != _FIELDS or plain["schema_version"] != _SCHEMA_VERSION or plain["key"] != key:
            raise ValueError("it is of another key, or another format")  # noqa: TRY301
        rows, predicted = plain["rows"], plain["predicted"]
        if type(rows) is not int or rows < 2 or not isinstance(predicted, str):
            raise ValueError("it says no number of rows")  # noqa: TRY301
        fit = Fit(
            rows=rows,
            linear=_linear(plain["linear"], len(model.features)),
            fitted=_fitted(model, plain),
            steps=steps_from_plain(plain["steps"], model.preprocess, len(model.features)),
            search=_search(model, plain["search"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise SavedModelError("R35", f"this is no kept fit: {error}", fix="fit the fold again") from error
    except AlphaBenchError as error:
        raise SavedModelError("R35", error.message, fix="fit the fold again") from error
    return fit, predicted


_FIELDS = frozenset(("schema_version", "key", "predicted", "rows", "linear", "steps", "search", "estimator"))


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no finite number")


def _linear(plain: Any, features: int) -> Linear | None:
    if plain is None:
        return None
    coef = np.array([float(c) for c in plain["coef"]])
    intercept = float(plain["intercept"])
    if coef.shape != (features,) or not (np.isfinite(coef).all() and math.isfinite(intercept)):
        raise ValueError(f"{features} finite coefficients are wanted")
    return Linear(coef=coef, intercept=intercept)


def _fitted(model: ModelDefinition, plain: Any) -> object:
    if (plain["linear"] is None) is (plain["estimator"] is None):
        raise ValueError("coefficients or an estimator are wanted")
    if plain["estimator"] is None:
        return None
    data = base64.b64decode(plain["estimator"], validate=True)
    return estimator_from_bytes(model.estimator, data, len(model.features))


def _search(model: ModelDefinition, plain: Any) -> SearchResult | None:
    if (plain is None) is not (model.search is None):
        raise ValueError("a search, or none, is wanted")
    if plain is None or model.search is None:
        return None
    found = SearchResult.from_plain(plain)
    wanted = [{n: plain_parameter(v, real=True) for n, v in c.items()} for c in model.search.candidates()]
    scores = [c.score for c in found.candidates if c.score is not None]
    if [dict(c.params) for c in found.candidates] != wanted or found.chosen not in wanted:
        raise ValueError("the candidates are not those of the definition")
    if found.score != model.search.score or not all(map(math.isfinite, scores)):
        raise ValueError("the scores are not those of the definition")
    return found
