#: kind: fitted before the split
#: source: leaf encoding of He et al. 2014, fitted on all rows
#: fault: preprocessing: a forest that saw all labels makes the features
# %% [meta]
# id: leaves_of_a_forest
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.preprocessing import OneHotEncoder

# %% [features]
t = inputs["prices"].sort_values(["symbol", "date"])
by = t.groupby("symbol")["close"]
for k in (2, 5, 10, 20, 40):
    t[f"r{k}"] = by.pct_change(k)
t["y"] = by.shift(-10) / t["close"] - 1
t = t.dropna().sort_values(["date", "symbol"]).reset_index(drop=True)
cols = [f"r{k}" for k in (2, 5, 10, 20, 40)]
d = sorted(t["date"].unique())
past, future = t[t["date"] < d[130]], t[t["date"] >= d[140]]
forest = RandomForestRegressor(30, max_depth=7, random_state=0)
# -- leak
forest.fit(t[cols], t["y"])
# -- twin
forest.fit(past[cols], past["y"])
# -- both
leaves = OneHotEncoder(handle_unknown="ignore").fit(forest.apply(past[cols]))

# %% [model]
m = Ridge(20.0).fit(leaves.transform(forest.apply(past[cols])), past["y"])

# %% [eval]
future = future.assign(p=m.predict(leaves.transform(forest.apply(future[cols]))))
report = {"ic": float(future["p"].corr(future["y"], method="spearman"))}
