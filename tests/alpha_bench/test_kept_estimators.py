"""What people build with scikit-learn is saved, read back, and predicts the same; the same model is the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_selector
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.impute import KNNImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, SplineTransformer, StandardScaler

from alpha_bench.definitions.named_estimators import ALLOWED
from alpha_bench.errors import AlphaBenchError
from alpha_bench.fitting.serialization._skops import from_skops, to_skops
from alpha_bench.fitting.serialization.trusted_types import CLASSES

RANDOM = np.random.default_rng(0)
N = pd.DataFrame(RANDOM.normal(size=(80, 2)), columns=["x1", "x2"])
X = N.assign(sector=RANDOM.choice(["a", "b"], 80))
Y = N["x1"] + RANDOM.normal(size=80)
UP = np.where(Y > 0, "up", "down")
COLUMNS = [
    ("n", StandardScaler(), make_column_selector(dtype_include="number")),
    ("c", OneHotEncoder(), ["sector"]),
]

MODELS: dict[str, Callable[[], Any]] = {
    "columns": lambda: make_pipeline(ColumnTransformer(COLUMNS), Ridge()).fit(X, Y),
    "search": lambda: GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=TimeSeriesSplit(2), scoring="r2").fit(N, Y),
    "search of a pipeline": lambda: GridSearchCV(
        make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": [0.1, 1.0]}, cv=2
    ).fit(N, Y),
    "steps": lambda: make_pipeline(
        KNNImputer(), FeatureUnion([("s", SplineTransformer())]), SelectKBest(f_regression, k=2), Ridge()
    ).fit(N, Y),
    "a function of numpy": lambda: make_pipeline(FunctionTransformer(np.tanh), Ridge()).fit(N, Y),
    "a transformed target": lambda: TransformedTargetRegressor(Ridge(), func=np.arcsinh, inverse_func=np.sinh).fit(N, Y),
    "categories": lambda: HistGradientBoostingRegressor(
        max_iter=2, random_state=0, categorical_features=["sector"]
    ).fit(X.assign(sector=X["sector"].astype("category")), Y),
    "a forest of classes": lambda: RandomForestClassifier(2, random_state=0).fit(N, UP),
    "boosted classes": lambda: HistGradientBoostingClassifier(max_iter=2, random_state=0).fit(N, UP),
    "calibrated": lambda: CalibratedClassifierCV(LogisticRegression(), cv=2).fit(N, UP),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_what_people_fit_is_saved_and_predicts_the_same(name: str) -> None:
    fitted = MODELS[name]()
    data = to_skops(fitted)
    again = from_skops(data)
    given = (
        X.assign(sector=X["sector"].astype("category"))
        if name == "categories"
        else X
        if name == "columns"
        else N
    )
    np.testing.assert_array_equal(again.predict(given), fitted.predict(given))
    if hasattr(fitted, "predict_proba"):
        np.testing.assert_array_equal(again.predict_proba(given), fitted.predict_proba(given))
    assert to_skops(again) == data


def test_a_function_outside_the_list_is_not_saved() -> None:
    with pytest.raises(AlphaBenchError, match=r"fromfile .* is not a type that a model may hold"):
        to_skops(FunctionTransformer(np.fromfile))


def test_the_lists_name_nothing_twice() -> None:
    assert {
        m: names & ALLOWED.get(m, frozenset())
        for m, names in CLASSES.items()
        if names & ALLOWED.get(m, frozenset())
    } == {}
