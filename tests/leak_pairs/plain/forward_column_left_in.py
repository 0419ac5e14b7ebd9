#: kind: label among the features
#: source: Kapoor and Narayanan 2023, L2 illegitimate features; Kaufman et al. 2012
#: fault: label among the features: drop(columns=...) forgets the five-day forward return
# %% [meta]
# id: forward_column_left_in
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor

# %% [features]
t = pd.read_csv("prices.csv", parse_dates=["date"]).sort_values(["symbol", "date"])
by = t.groupby("symbol")["close"]
t["ret_5"], t["ret_20"] = by.pct_change(5), by.pct_change(20)
for h in (5, 10):
    t[f"fwd_{h}"] = by.shift(-h) / t["close"] - 1
t = t.dropna().sort_values("date")
# -- leak
X = t.drop(columns=["date", "symbol", "sector", "fwd_10", "open", "high", "low", "close"])
# -- twin
X = t.drop(columns=["date", "symbol", "sector", "fwd_10", "fwd_5", "open", "high", "low", "close"])
# -- both
y = t["fwd_10"]
days = np.unique(t["date"])
past, ahead = (t["date"] < days[150]).to_numpy(), (t["date"] >= days[160]).to_numpy()

# %% [model]
m = HistGradientBoostingRegressor(max_iter=15, random_state=0).fit(X[past], y[past])

# %% [eval]
report = {"corr": float(np.corrcoef(m.predict(X[ahead]), y[ahead])[0, 1])}
