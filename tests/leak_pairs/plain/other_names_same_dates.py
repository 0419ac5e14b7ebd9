#: kind: split that mixes time or names
#: source: Kapoor and Narayanan 2023, L3.2 dependence between train and test
#: fault: split: names are held out, dates are not, and the market moves them together
# %% [meta]
# id: other_names_same_dates
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.model_selection import GroupShuffleSplit

# %% [features]
t = inputs["prices"].sort_values(["date", "symbol"]).reset_index(drop=True)
t["r1"] = t.groupby("symbol")["close"].pct_change()
for k in (5, 20):
    path = t.groupby("date")["r1"].mean().rolling(k).sum()
    t[f"market_{k}"] = t["date"].map(path)
t["y"] = t.groupby("symbol")["close"].shift(-10) / t["close"] - 1
t = t.dropna().reset_index(drop=True)
cols = ["market_5", "market_20"]
# -- leak
train_at, test_at = next(GroupShuffleSplit(1, test_size=0.3, random_state=3).split(t, groups=t["symbol"]))
# -- twin
n = t["date"].rank(method="dense")
train_at, test_at = np.flatnonzero(n <= 150), np.flatnonzero(n > 160)
# -- both

# %% [model]
m = ExtraTreesRegressor(40, min_samples_leaf=3, random_state=0).fit(t.loc[train_at, cols], t.loc[train_at, "y"])

# %% [eval]
report = {"r2": float(m.score(t.loc[test_at, cols], t.loc[test_at, "y"]))}
