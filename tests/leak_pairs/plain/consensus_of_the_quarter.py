#: kind: known later than dated
#: source: Ljungqvist et al. 2009 on analyst histories
#: fault: point in time: a quarter's mean estimate holds estimates made later in it
# %% [meta]
# id: consensus_of_the_quarter
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   prices: prices.csv
#   estimates: estimates.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

# %% [features]
px = inputs["prices"][["date", "symbol", "close"]].assign(day=lambda f: pd.to_datetime(f["date"]))
px["quarter"] = px["day"].dt.year.astype(str) + "Q" + px["day"].dt.quarter.astype(str)
est = inputs["estimates"].assign(made_on=lambda f: pd.to_datetime(f["made_on"])).sort_values("made_on")
# -- leak
mean = est.groupby(["symbol", "quarter"])["eps"].mean().rename("consensus").reset_index()
t = px.merge(mean, on=["symbol", "quarter"])
# -- twin
est["consensus"] = est.groupby(["symbol", "quarter"])["eps"].transform(lambda e: e.expanding().mean())
t = pd.merge_asof(px.sort_values("day"), est[["made_on", "symbol", "consensus"]], left_on="day", right_on="made_on", by="symbol")
# -- both
t["cheap"] = t["consensus"] - 4 * np.log(t["close"] / 50)
t = t.sort_values(["symbol", "day"])
t["y"] = t.groupby("symbol")["close"].shift(-10) / t["close"] - 1
t = t.dropna()
d = np.sort(t["day"].unique())
train, test = t[t["day"] < d[150]], t[t["day"] >= d[160]]

# %% [model]
m = Ridge().fit(train[["cheap"]], train["y"])

# %% [eval]
report = {"corr": float(np.corrcoef(m.predict(test[["cheap"]]), test["y"])[0, 1])}
