"""Estimators by name: ``Ridge(alpha=2.0)`` is the value
``{"estimator": "sklearn.linear_model.Ridge", "params": {"alpha": 2.0, ...}}``. Nothing is imported and nothing is fitted.

The parameters of those named here are a static table, so that the usual notebook never pays for importing scikit-learn; the
tests hold the table against the libraries' own signatures.
"""

from __future__ import annotations

import inspect
from typing import NoReturn

from alpha_bench.definitions.estimator_objects import (
    Estimator,
    check_installed,
    estimator,
    estimator_from_plain,
    instantiate,
    library_class,
    make_estimator,
)
from alpha_bench.definitions.estimator_registry import ALLOWED, DEFAULTS
from alpha_bench.definitions.estimator_spec import (
    BAYESIAN_RIDGE,
    ELASTIC_NET,
    HIST_GB,
    HUBER,
    LASSO,
    LIGHTGBM,
    OLS_PATH,
    PLS_PATH,
    RANDOM_FOREST,
    RIDGE,
    XGBOOST,
)
from alpha_bench.errors import DefinitionError, UnknownName

__all__ = [
    "ALLOWED",
    "DEFAULTS",
    "KINDS",
    "OLS",
    "PLS",
    "BayesianRidge",
    "ElasticNet",
    "Estimator",
    "EstimatorKind",
    "HistGB",
    "Huber",
    "Lasso",
    "LightGBM",
    "RandomForest",
    "Ridge",
    "XGBoost",
    "estimator",
    "estimator_from_plain",
    "instantiate",
    "library_class",
    "make_estimator",
]


class EstimatorKind:
    """What ``Ridge`` is in a notebook: call it with scikit-learn's parameters to get an :class:`Estimator`."""

    def __init__(self, name: str, path: str, positional: tuple[str, ...], summary: str) -> None:
        self.__name__ = self.__qualname__ = name
        self.__doc__ = summary
        self.path = path
        self._positional = positional
        parameters = DEFAULTS[path]
        free, keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
        ordered = [*positional, *(p for p in parameters if p not in positional)]
        self.__signature__ = inspect.Signature(
            [
                inspect.Parameter(p, free if p in positional else keyword, default=parameters[p])
                for p in ordered
            ]
        )

    def __call__(self, *args: object, **params: object) -> Estimator:
        """Check the parameters and return the estimator as a value.

        Raises:
            AlphaBenchError: R25, R26, R27 for parameters; R60 where its library is not installed.
        """
        check_installed(self.path)
        if len(args) > len(self._positional):
            raise DefinitionError(
                "R25",
                f"{self.__name__} takes {len(self._positional)} unnamed argument(s), {len(args)} were given",
                fix=f"name them: {self.__name__}{self.__signature__}",
            )
        return make_estimator(self.path, dict(zip(self._positional, args, strict=False)) | params)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        shown = self.__name__
        raise UnknownName(
            "R11", f"{shown} is not called yet, so it has no {name}", fix=f"write {shown}().{name}", name=name
        )

    def __repr__(self) -> str:
        return f"{self.__name__}{self.__signature__}"


Ridge = EstimatorKind("Ridge", RIDGE, ("alpha",), "Least squares with an L2 penalty (scikit-learn's Ridge).")
Lasso = EstimatorKind("Lasso", LASSO, ("alpha",), "Least squares with an L1 penalty (scikit-learn's Lasso).")
ElasticNet = EstimatorKind(
    "ElasticNet",
    ELASTIC_NET,
    ("alpha",),
    "Least squares with L1 and L2 penalties (scikit-learn's ElasticNet).",
)
OLS = EstimatorKind("OLS", OLS_PATH, (), "Ordinary least squares (scikit-learn's LinearRegression).")
Huber = EstimatorKind(
    "Huber", HUBER, (), "A linear model that large errors pull on less (scikit-learn's HuberRegressor)."
)
BayesianRidge = EstimatorKind(
    "BayesianRidge",
    BAYESIAN_RIDGE,
    (),
    "Least squares whose L2 penalty is inferred from the training rows (scikit-learn's BayesianRidge).",
)
PLS = EstimatorKind(
    "PLS", PLS_PATH, ("n_components",), "Partial least squares (scikit-learn's PLSRegression)."
)
RandomForest = EstimatorKind(
    "RandomForest",
    RANDOM_FOREST,
    ("n_estimators",),
    "The mean of randomised trees (scikit-learn's RandomForestRegressor); random_state is needed.",
)
HistGB = EstimatorKind(
    "HistGB",
    HIST_GB,
    (),
    "Boosted trees on binned values (scikit-learn's HistGradientBoostingRegressor); random_state is needed.",
)
LightGBM = EstimatorKind(
    "LightGBM",
    LIGHTGBM,
    (),
    "Boosted trees (lightgbm's LGBMRegressor), deterministic on one thread; random_state is needed. Of alpha-bench[boost].",
)
XGBoost = EstimatorKind(
    "XGBoost",
    XGBOOST,
    (),
    "Boosted trees (xgboost's XGBRegressor), tree_method hist on one thread; random_state is needed. Of alpha-bench[boost].",
)

KINDS = {
    kind.__name__: kind
    for kind in (
        OLS,
        Ridge,
        Lasso,
        ElasticNet,
        Huber,
        BayesianRidge,
        PLS,
        LightGBM,
        XGBoost,
        RandomForest,
        HistGB,
    )
}
"""By name: those that the platform provides."""
