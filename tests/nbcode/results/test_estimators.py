"""What may be `m`: D15, D16, D17."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from nbcode.results.estimators import MISSING, estimator_problem, training_data
from nbcode.results.fitted import is_fitted


def top_level_function(x: object) -> object:
    return x


@pytest.mark.parametrize(
    ("m", "said"),
    [
        (MISSING, "`m` is not defined"),
        (None, "`m` is None"),
        (Ridge, "`m` is the class Ridge"),
        (top_level_function, "`m` is top_level_function itself, not a call of it"),
        (3, "`m` is a int"),
        (StandardScaler(), "`m` is a StandardScaler, which cannot be kept"),
    ],
)
def test_what_is_no_estimator_is_d15(m: object, said: str) -> None:
    problem = estimator_problem(m)
    assert problem is not None
    assert (problem.code, problem.message) == ("NBC-D15", said)
    assert problem.fixes


def local_step() -> object:
    def step(x: object) -> object:
        return x

    return step


@pytest.mark.parametrize(
    "function",
    [lambda x: x, local_step(), eval("lambda x: x")],
)
def test_a_function_whose_source_is_not_kept_is_d16_inside_a_pipeline(function: object) -> None:
    m = make_pipeline(StandardScaler(), FunctionTransformer(function), Ridge())
    assert estimator_problem(m) is None
    problem = estimator_problem(m, keeps=lambda _: False)
    assert problem is not None
    assert problem.code == "NBC-D16"
    assert "m.steps[1][1].func" in problem.message


def test_an_importable_function_inside_a_pipeline_is_fine() -> None:
    assert estimator_problem(make_pipeline(FunctionTransformer(np.log1p), Ridge())) is None


def test_a_class_of_the_notebook_is_d16() -> None:
    class Mine(Ridge):
        pass

    problem = estimator_problem(Mine())
    assert problem is not None
    assert problem.code == "NBC-D16"


def test_fitted_is_what_scikit_learn_says() -> None:
    X, y = np.arange(6.0).reshape(3, 2), np.arange(3.0)
    for m in (Ridge(), make_pipeline(StandardScaler(), Ridge())):
        assert not is_fitted(m, {}, ())
        assert is_fitted(m.fit(X, y), {}, ())


class Plain:
    def __init__(self, width: float = 1.0) -> None:
        self.width = width

    def fit(self, X: object, y: object) -> Plain:
        self.weights = (X, y)
        return self

    def predict(self, X: object) -> object:
        return X


def test_fitted_is_also_what_a_class_of_the_notebook_has_learnt_and_what_has_no_fit() -> None:
    X, y = np.arange(6.0).reshape(3, 2), np.arange(3.0)
    assert not is_fitted(Plain(), {}, ())
    assert is_fitted(Plain().fit(X, y), {}, ())
    assert is_fitted([Ridge().fit(X, y), {"a": Plain().fit(X, y)}], {}, ())
    assert not is_fitted([Ridge().fit(X, y), Ridge()], {}, ())
    assert is_fitted(lightgbm.train({"verbosity": -1}, lightgbm.Dataset(X, y), 1), {}, ())


class Level(BaseEstimator):  # type: ignore[misc]
    """Keeps what it learns in its own parameter."""

    def __init__(self, level: float = 1.0) -> None:
        self.level = level

    def fit(self, X: object, y: object = None) -> Level:
        self.level = float(np.mean(X))
        return self

    def predict(self, X: object) -> object:
        return np.full(len(X), self.level)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "fitted"),
    [
        ("m = Level().fit(X[:2], y[:2])", True),
        ("m = Level()\nm.fit(X[:2], y[:2])", True),
        ("for rows in folds:\n    m = Level()\n    m.fit(X[rows])", True),
        ("def fitted(model):\n    return model.fit(X)\nm = fitted(Level())", True),
        ("m = clone(base).fit(X)", True),
        ("scores = cross_val_score(m, X, y)", False),
        ("for rows in folds:\n    scores.append(score(clone(m).fit(X[rows])))", False),
        ("scaler = StandardScaler().fit(X)\nscores = cross_val_score(m, X, y)", False),
        ("other.fit(X)\nscores = cross_val_score(m, X, y)", False),
        ("class Level:\n    def fit(self, X):\n        self.inner.fit(X)\nm = Level()", False),
    ],
)
def test_a_class_that_learns_its_own_parameters_is_fitted_where_a_cell_fits_it(
    source: str, fitted: bool
) -> None:
    m = Level()
    namespace = {"m": m, "Level": Level, "StandardScaler": StandardScaler, "other": Ridge(), "base": Level()}
    assert is_fitted(m, namespace, [source]) is fitted


def test_so_is_a_pipeline_that_ends_with_one() -> None:
    m = make_pipeline(StandardScaler(), Level())
    assert is_fitted(m, {"m": m}, ["m.fit(X[:2])"])
    assert not is_fitted(m, {"m": m}, ["scores = cross_val_score(m, X, y)"])
    ridge = make_pipeline(StandardScaler(), Ridge())
    assert not is_fitted(ridge, {"m": ridge}, ["m.fit(X)"]), "scikit-learn's own tell by themselves"


@pytest.mark.parametrize(
    ("sources", "names", "expected"),
    [
        (
            ["scores = cross_val_score(m, feats, target, cv=5)"],
            {"feats": 1, "target": 2, "X": 3, "y": 4},
            (1, 2),
        ),
        (["scores = cross_validate(m, X=feats, y=target)"], {"feats": 1, "target": 2}, (1, 2)),
        (["m = Ridge()"], {"X": 3, "y": 4}, (3, 4)),
        (["m = Ridge()"], {"X_train": 3, "y_train": 4}, (3, 4)),
        (["%%time\nbroken("], {"X": 3, "y": 4}, (3, 4)),
        (["score(m, gone, target)"], {"target": 2}, None),
        ([], {"X": 3}, None),
    ],
)
def test_training_data_is_what_the_cells_gave_together_with_m(
    sources: list[str], names: dict[str, object], expected: object
) -> None:
    assert training_data(names, sources) == expected
