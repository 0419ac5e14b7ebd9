# %% [setup]
import pandas as pd
import numpy as np
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import RandomizedSearchCV, TimeSeriesSplit
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import OrdinalEncoder, OneHotEncoder, QuantileTransformer
np.random.seed(0)
# %% [setup]
class RankByDate(BaseEstimator, TransformerMixin):
    """Ranks of each column within a session, between 0 and 1."""

    def __init__(self, columns=None, centred=True):
        self.columns = columns
        self.centred = centred

    def fit(self, X, y=None):
        self.columns_ = list(self.columns or X.select_dtypes("number").columns)
        return self

    def transform(self, X):
        X = X.copy()
        ranked = X.groupby("session")[self.columns_].rank(pct=True)
        X[self.columns_] = ranked - 0.5 if self.centred else ranked
        return X
# %% [features]
prices = pd.read_csv("../data/prices.csv", parse_dates=["date"], dtype={"symbol": "category"})
names = pd.read_csv("../data/reference.csv", index_col="symbol")
prices["sector"] = prices.symbol.astype(str).map(names.sector)
prices["cap"] = prices.symbol.astype(str).map(names.market_cap_usd)
g = prices.groupby("symbol", observed=True)
prices = prices.assign(
    session=prices.date.dt.strftime("%Y%m%d").astype(int),
    mom=g.close.pct_change(60),
    rev=g.close.pct_change(5),
    gap=prices.open / g.close.shift() - 1,
    label=(g.close.shift(-5) > prices.close).astype(int),
).query("'2014' <= date < '2018'").sort_values(["date", "symbol"])
# %%
prices.label.value_counts(normalize=True)
# %% [model]
num = ["mom", "rev", "gap", "cap"]
pre = ColumnTransformer([
    ("num", Pipeline([("imp", SimpleImputer()), ("q", QuantileTransformer(n_quantiles=50, random_state=0))]), num),
    ("cat", OneHotEncoder(drop="first", sparse_output=False), ["sector"]),
])
pipe = Pipeline([("rank", RankByDate(columns=["mom", "rev"])), ("pre", pre), ("clf", LogisticRegression(max_iter=300))])
search = RandomizedSearchCV(pipe, {"clf__C": loguniform(1e-3, 1e1)}, n_iter=3, cv=TimeSeriesSplit(3), scoring="roc_auc", random_state=0)
train = prices[prices.date < "2016-07-01"]
test = prices[prices.date >= "2016-07-15"]
search.fit(train[["session", "sector", *num]], train.label)
best = clone(search.best_estimator_).fit(train[["session", "sector", *num]], train.label)
search.best_params_
# %% [eval]
proba = best.predict_proba(test[["session", "sector", *num]])[:, 1]
print(pd.crosstab(test.label, proba > 0.5))
print(f"AUC {roc_auc_score(test.label, proba):.10f}")
