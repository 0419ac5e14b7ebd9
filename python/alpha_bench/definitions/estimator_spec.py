"""Estimators that are named, not built: an import path and every parameter, as plain data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

Parameter: TypeAlias = "bool | int | float | str | tuple[Parameter, ...] | EstimatorSpec | None"

RIDGE = "sklearn.linear_model.Ridge"
LASSO = "sklearn.linear_model.Lasso"
ELASTIC_NET = "sklearn.linear_model.ElasticNet"
OLS_PATH = "sklearn.linear_model.LinearRegression"
LINEAR = frozenset({RIDGE, LASSO, ELASTIC_NET, OLS_PATH})
"""Solved by this package itself, and written without importing scikit-learn."""
REAL = frozenset({"alpha", "l1_ratio", "tol"})
"""Their parameters that are real numbers: ``alpha=1`` and ``alpha=1.0`` are the same."""

HUBER = "sklearn.linear_model.HuberRegressor"
BAYESIAN_RIDGE = "sklearn.linear_model.BayesianRidge"
PLS_PATH = "sklearn.cross_decomposition.PLSRegression"
RANDOM_FOREST = "sklearn.ensemble.RandomForestRegressor"
HIST_GB = "sklearn.ensemble.HistGradientBoostingRegressor"
LIGHTGBM = "lightgbm.LGBMRegressor"
XGBOOST = "xgboost.XGBRegressor"
BOOSTED = frozenset({LIGHTGBM, XGBOOST})
"""Of libraries that are optional (``alpha-bench[boost]``)."""
_REAL = {
    HUBER: ("alpha", "epsilon", "tol"),
    BAYESIAN_RIDGE: ("alpha_1", "alpha_2", "alpha_init", "lambda_1", "lambda_2", "lambda_init", "tol"),
    PLS_PATH: ("tol",),
    HIST_GB: ("l2_regularization", "learning_rate", "quantile", "tol"),
    LIGHTGBM: (
        "colsample_bytree", "learning_rate", "min_child_weight", "min_split_gain", "reg_alpha", "reg_lambda", "subsample",
    ),
    XGBOOST: (
        "base_score", "colsample_bylevel", "colsample_bynode", "colsample_bytree", "gamma", "learning_rate",
        "max_delta_step", "min_child_weight", "reg_alpha", "reg_lambda", "scale_pos_weight", "subsample",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class EstimatorSpec:
    """An estimator that is named, not built: its import path and all of its parameters, sorted by name."""

    path: str
    params: tuple[tuple[str, Parameter], ...]

    @property
    def name(self) -> str:
        """The class name: ``Ridge`` for ``sklearn.linear_model.Ridge``."""
        return self.path.rpartition(".")[2]

    @property
    def is_linear(self) -> bool:
        """Whether this package solves it itself, from Gram matrices."""
        params = self.values()
        if self.path == RIDGE:
            return params["solver"] in {"auto", "cholesky", "svd"} and params["positive"] is False
        if self.path in {LASSO, ELASTIC_NET}:
            return params["selection"] == "cyclic" and not (params["positive"] or params["warm_start"])
        return self.path == OLS_PATH and params["positive"] is False

    def values(self) -> dict[str, Parameter]:
        """The parameters by name."""
        return dict(self.params)

    def to_plain(self) -> dict[str, object]:
        """``{"estimator": path, "params": {...}}`` with every parameter."""
        return {
            "estimator": self.path,
            "params": {k: plain_parameter(v, real=is_real(self.path, k)) for k, v in self.params},
        }


def is_real(path: str, name: str) -> bool:
    """Whether a parameter is a real number, so that ``1`` and ``1.0`` are the same value of it."""
    return name in (REAL if path in LINEAR else _REAL.get(path, ()))


def is_real_within(spec: EstimatorSpec, name: str) -> bool:
    """:func:`is_real` of a parameter of ``spec``, or (``step__parameter``) of an estimator inside it."""
    outer, _, inner = name.partition("__")
    if not inner:
        return is_real(spec.path, name)
    params = spec.values()
    steps = params.get("steps", params.get("estimators"))
    pairs = [p for p in steps if isinstance(p, tuple)] if isinstance(steps, tuple) else []
    held = params.get(outer, next((p[1] for p in pairs if p[0] == outer), None))
    return isinstance(held, EstimatorSpec) and is_real_within(held, inner)


def plain_parameter(value: Parameter, *, real: bool = False) -> object:
    """JSON data of a parameter: lists for tuples, and a mark on floats that JSON would take for whole numbers."""
    if isinstance(value, EstimatorSpec):
        return value.to_plain()
    if isinstance(value, tuple):
        return [plain_parameter(v) for v in value]
    if isinstance(value, float) and not real and (not math.isfinite(value) or value.is_integer()):
        # JSON has one kind of number; max_features=1 and 1.0 mean different things to scikit-learn.
        return {"float": repr(value)}
    return value
