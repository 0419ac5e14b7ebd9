# %% [setup]
import os
import random
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.model_selection import cross_val_predict
from sklearn.model_selection._split import _BaseKFold
from sklearn.utils.validation import check_is_fitted

def seed_everything(seed=42):
    random.seed(seed); np.random.seed(seed)
    os.environ["PYTHONHASHSEED"] = str(seed)

seed_everything()
# %% [setup]
class PurgedGroupTimeSeriesSplit(_BaseKFold):
    def __init__(self, n_splits=4, *, gap=5):
        super().__init__(n_splits, shuffle=False, random_state=None)
        self.gap = gap

    def split(self, X, y=None, groups=None):
        days = np.unique(groups)
        edges = np.linspace(0, len(days), self.n_splits + 2, dtype=int)[1:]
        for lo, hi in zip(edges[:-1], edges[1:]):
            yield np.flatnonzero(groups < days[max(lo - self.gap, 0)]), np.flatnonzero((groups >= days[lo]) & (groups <= days[hi - 1]))

class RankRegressor(RegressorMixin, BaseEstimator):
    """Least squares on normal scores, shrunk by lam."""
    def __init__(self, lam=1.0):
        self.lam = lam

    def fit(self, X, y):
        A = np.column_stack([np.ones(len(X)), np.asarray(X, float)])
        target = pd.Series(np.asarray(y)).rank(pct=True).to_numpy() - 0.5
        self.beta_ = np.linalg.solve(A.T @ A + self.lam * np.eye(A.shape[1]), A.T @ target)
        return self

    def predict(self, X):
        check_is_fitted(self)
        return self.beta_[0] + np.asarray(X, float) @ self.beta_[1:]
# %% [features]
for dirname, _, filenames in os.walk("../data/by_symbol"):
    files = [os.path.join(dirname, f) for f in sorted(filenames)]
df = pd.concat([pd.read_csv(f).assign(sym=os.path.basename(f)[:-4]) for f in files])
df["era"] = pd.factorize(df["date"], sort=True)[0]
df["f_gap"] = df["open"] / df.groupby("sym")["close"].shift() - 1
df["f_rev"] = -df.groupby("sym")["close"].pct_change(3)
df["f_range"] = (df["high"] - df["low"]) / df["close"]
df["target"] = df.groupby("sym")["open"].shift(-4) / df.groupby("sym")["open"].shift(-1) - 1
df = df.dropna().sort_values(["era", "sym"]).reset_index(drop=True)
feature_cols = [c for c in df.columns if c.startswith("f_")]
# %%
df.groupby("era").size().plot()
# %% [model]
cv, fold_corr = PurgedGroupTimeSeriesSplit(4), []
for tr, va in cv.split(df, groups=df.era.to_numpy()):
    fold_model = RankRegressor(lam=5.0).fit(df.loc[tr, feature_cols], df.loc[tr, "target"])
    df.loc[va, "prediction"] = fold_model.predict(df.loc[va, feature_cols])
final = RankRegressor(lam=5.0).fit(df[feature_cols], df["target"])
# %% [eval]
def score(d): return np.corrcoef(d["target"], d["prediction"].rank(pct=True, method="first"))[0, 1]
per_era = df.dropna().groupby("era")[["target", "prediction"]].apply(score)
print(f"sharpe {per_era.mean() / per_era.std():.4f}")
print(f"corr {per_era.mean():.10f}")
