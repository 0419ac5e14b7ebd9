#: kind: fitted before the split
#: source: Yang et al., ASE 2022, preprocessing; imputation with the target in the matrix
#: fault: preprocessing: gaps are filled from the target of the same row
# %% [meta]
# id: imputer_sees_target
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   holes: holes.csv

# %% [setup]
import pandas as pd
from sklearn.impute import KNNImputer
from sklearn.linear_model import Ridge

# %% [features]
t = inputs["holes"].sort_values(["symbol", "date"])
c = t.groupby("symbol")["close"]
t["mom"] = c.pct_change(20)
t["target"] = c.shift(-10) / t["close"] - 1
t = t.dropna(subset=["mom", "target"]).sort_values(["date", "symbol"]).reset_index(drop=True)
names = ["mom", "quality", "value"]
days = sorted(t["date"].unique())
is_train, is_test = t["date"] < days[140], t["date"] >= days[150]
# -- leak
both = names + ["target"]
t[names] = KNNImputer(n_neighbors=4).fit_transform(t[both] / t[both].std())[:, :3]
# -- twin
imputer = KNNImputer(n_neighbors=4).fit(t.loc[is_train, names])
t[names] = imputer.transform(t[names])
# -- both

# %% [model]
m = Ridge().fit(t.loc[is_train, names], t.loc[is_train, "target"])

# %% [eval]
test = t[is_test].assign(p=m.predict(t.loc[is_test, names]))
report = {"ic": float(test.groupby("date")[["p", "target"]].apply(lambda d: d["p"].corr(d["target"])).mean())}
