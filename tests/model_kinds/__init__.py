"""Kinds of models that people fit: the table of what becomes of each."""

from model_kinds.regressions import LINEARMODELS, OWN, PARAMETERS, REFUSED, STATSMODELS, TOGETHER
from model_kinds.table import (
    CATBOOST,
    CLASSIFIERS,
    LIGHTGBM,
    OTHERS,
    PIPELINES,
    REGRESSORS,
    SEARCHES,
    TORCH,
    XGBOOST,
    Kind,
)

ALL: list[Kind] = [
    *REGRESSORS, *CLASSIFIERS, *OTHERS, *PIPELINES, *SEARCHES, *LIGHTGBM, *XGBOOST, *CATBOOST, *TORCH, *STATSMODELS, *LINEARMODELS,
    *PARAMETERS, *TOGETHER, *OWN, *REFUSED,
]  # fmt: skip
