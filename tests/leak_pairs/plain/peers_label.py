#: kind: label among the features
#: source: Kapoor and Narayanan 2023, L2; leave-one-out encoding
#: fault: target encoding: the mean label of the sector's other names on the same date
# %% [meta]
# id: peers_label
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import pandas as pd
from sklearn.linear_model import LinearRegression

# %% [features]
t = inputs["prices"].sort_values(["symbol", "date"])
t["y"] = t.groupby("symbol")["close"].transform(lambda p: p.shift(-10) / p - 1)
t["r10"] = t.groupby("symbol")["close"].pct_change(10)
cell = t.groupby(["date", "sector"])
# -- leak
t["peers"] = (cell["y"].transform("sum") - t["y"]) / (cell["y"].transform("count") - 1)
# -- twin
t["peers"] = (cell["r10"].transform("sum") - t["r10"]) / (cell["r10"].transform("count") - 1)
# -- both
t = t.dropna()
s = t["date"].drop_duplicates().sort_values().tolist()
train, test = t[t["date"] < s[150]], t[t["date"] >= s[160]]

# %% [model]
m = LinearRegression().fit(train[["peers", "r10"]], train["y"])

# %% [eval]
report = {"r2": float(m.score(test[["peers", "r10"]], test["y"]))}
