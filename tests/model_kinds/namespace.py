"""What the rows of the table are written in: data of 80 rows, the libraries by their usual names, and a notebook's own definitions."""

from __future__ import annotations

import linecache
import types
import warnings
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd

CELLS = (
    "import numpy as np\nfrom functools import partial\nfrom sklearn.base import BaseEstimator, TransformerMixin\nfrom sklearn.linear_model import Ridge\nfrom sklearn.preprocessing import FunctionTransformer\nWIDTH = 1.5",
    '''
class Winsorizer(BaseEstimator, TransformerMixin):
    """Clips each column at quantiles of its fit."""

    def __init__(self, q=0.05):
        self.q = q

    def fit(self, X, y=None):
        self.low_, self.high_ = X.quantile(self.q), X.quantile(1 - self.q)
        return self

    def transform(self, X):
        return X.clip(self.low_, self.high_, axis=1)

def scaled(x):
    return x * WIDTH

def clipped(x, limit):
    return x.clip(-limit, limit)

def clipper(limit):
    def clip(x, share=1.0):
        return clipped(x, limit * share)
    return FunctionTransformer(clip)

def ic(y, p):
    return np.corrcoef(y, p)[0, 1]

class Halves:
    def split(self, X, y=None, groups=None):
        yield np.arange(40), np.arange(40, 80)

    def get_n_splits(self, X=None, y=None, groups=None):
        return 1
''',
    '''
class Momentum:
    """Neither an estimator of scikit-learn nor one that looks like it."""

    def fit(self, X, y):
        self.weights = np.linalg.lstsq(X.to_numpy(), np.asarray(y), rcond=None)[0]
        return self

    def predict(self, X):
        return scaled(np.asarray(X) @ self.weights)

class MeanOf(BaseEstimator):
    def __init__(self, models):
        self.models = models

    def fit(self, X, y):
        self.fitted_ = {i: m.fit(X, y) for i, m in enumerate(self.models)}
        return self

    def predict(self, X):
        return np.mean([m.predict(X) for m in self.fitted_.values()], axis=0)
''',
)
"""Tagged cells, as a notebook has them."""
if find_spec("torch"):
    CELLS += (
        "import torch\nfrom torch import nn",
        """
class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.width = width
        self.body = nn.Sequential(nn.Linear(3, width), nn.BatchNorm1d(width), nn.Dropout(0.1))
        self.head = nn.Linear(width, 1)

    def forward(self, x):
        return self.head(torch.relu(self.body(x)))
""",
    )

_SKLEARN = (
    "calibration cluster compose covariance cross_decomposition decomposition discriminant_analysis dummy ensemble feature_selection "
    "gaussian_process gaussian_process.kernels impute isotonic kernel_approximation kernel_ridge linear_model manifold metrics mixture "
    "model_selection multiclass multioutput naive_bayes neighbors neural_network pipeline preprocessing semi_supervised svm tree"
).split()
_OPTIONAL = {
    "catboost": "catboost",
    "lgb": "lightgbm",
    "sm": "statsmodels.api",
    "smf": "statsmodels.formula.api",
    "xgb": "xgboost",
}
_NAMES = {
    "catboost": ("catboost", "CatBoostClassifier CatBoostRanker CatBoostRegressor"),
    "statsmodels": ("statsmodels.regression.rolling", "RollingOLS"),
    "statsmodels.tsa": ("statsmodels.tsa.api", "AutoReg VAR"),
    "statsmodels.misc": ("statsmodels.miscmodels.ordinal_model", "OrderedModel"),
    "linearmodels": ("linearmodels", "FamaMacBeth PanelOLS PooledOLS RandomEffects"),
}


def as_cell(source: str, mode: str = "exec") -> types.CodeType:
    """``source`` as a kernel compiles a cell: its lines are found by the name of its file."""
    name = f"<cell {source}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    return compile(source, name, mode)


@cache
def namespace() -> dict[str, Any]:
    """Everything that a row may name; what is not installed is not in it."""
    names: dict[str, Any] = {"__name__": "__main__", **_data()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import_module("sklearn.experimental.enable_halving_search_cv")
        import_module("sklearn.experimental.enable_iterative_imputer")
        for part in _SKLEARN:
            module = import_module(f"sklearn.{part}")
            exported = getattr(module, "__all__", dir(module))
            names |= {n: getattr(module, n) for n in exported if not n.startswith("_")}
        for name, path in _OPTIONAL.items():
            if find_spec(path.partition(".")[0]):
                names[name] = import_module(path)
        for root, (path, exported) in _NAMES.items():
            if find_spec(root.partition(".")[0]):
                names |= {n: getattr(import_module(path), n) for n in exported.split()}
        stats = import_module("scipy.stats")
        names |= {n: getattr(stats, n) for n in ("loguniform", "randint", "uniform")}
        for cell in CELLS:
            exec(as_cell(cell), names)  # the notebook's own definitions, written above
    return names


def _data() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(80, 3)), columns=["a", "b", "d"])
    y = (X["a"] - 0.5 * X["b"] + 0.1 * rng.normal(size=80)).rename("y")
    c = (y > 0).astype(int)
    words = rng.choice(["u", "v", "w"], 80)
    c2, n = (rng.random(80) > 0.5).astype(int), rng.poisson(2, 80)
    XC = X.copy()
    XC.insert(0, "const", 1.0)
    panel = pd.MultiIndex.from_product([range(8), pd.date_range("2020-01-01", periods=10)])
    K, W = X.assign(s=pd.Categorical(words)), X.assign(w=rng.integers(0, 5, 80))
    k3 = rng.integers(0, 3, 80)
    return {
        "np": np, "pd": pd, "X": X, "A": X.to_numpy(), "y": y, "c": c, "c2": c2, "n": n, "k3": k3,
        "k": pd.Series(np.where(y > 0.5, "up", np.where(y < -0.5, "down", "flat"))),
        "P": X.abs(), "B": (X > 0).astype(int), "yp": y.abs() + 0.1, "Y2": np.c_[y, -y], "C2": np.c_[c, 1 - c],
        "S": X.assign(s=words), "K": K, "yk": y + 2 * (words == "u"), "W": W, "yw": y + 2 * (W["w"] % 2),
        "XC": XC, "F": X.assign(y=y, c2=c2, n=n, s=words), "XP": XC.set_axis(panel), "YP": y.set_axis(panel),
        "ordered": pd.Series(pd.Categorical(k3, ordered=True)),
    }  # fmt: skip
