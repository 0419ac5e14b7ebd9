#: kind: survivorship
#: source: Kapoor and Narayanan 2023, L2; cumcount(ascending=False)
#: fault: survivorship: the number of rows a name still has is a feature
# %% [meta]
# id: sessions_left
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   delistings: delistings.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor

# %% [features]
t = pd.read_csv("delistings.csv", parse_dates=["date"]).sort_values(["symbol", "date"])
g = t.groupby("symbol")
# -- leak
t["age"] = g.cumcount(ascending=False)
# -- twin
t["age"] = g.cumcount()
# -- both
t["r20"] = g["close"].pct_change(20)
t["y"] = g["close"].shift(-10) / t["close"] - 1
t = t.dropna()
d = np.sort(t["date"].unique())
train, test = t[t["date"] < d[120]], t[(t["date"] >= d[130]) & (t["date"] < d[180])]

# %% [model]
m = RandomForestRegressor(40, min_samples_leaf=20, random_state=0).fit(train[["age", "r20"]], train["y"])

# %% [eval]
test = test.assign(p=m.predict(test[["age", "r20"]]))
report = {"ic": float(test["p"].corr(test["y"]))}
