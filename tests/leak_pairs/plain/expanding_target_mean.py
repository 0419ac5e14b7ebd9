#: kind: label among the features
#: source: ordered target statistics (Prokhorenkova et al. 2018) without the lag that a horizon needs
#: fault: target encoding: the expanding mean holds labels that end after the row
# %% [meta]
# id: expanding_target_mean
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

# %% [features]
t = pd.read_csv("prices.csv").sort_values(["symbol", "date"]).reset_index(drop=True)
t["y"] = t.groupby("symbol")["close"].shift(-10) / t["close"] - 1
t["day"] = pd.to_datetime(t["date"]).dt.dayofweek
# -- leak
known = t["y"]
# -- twin
known = t.groupby("symbol")["y"].shift(10)
# -- both
t["code"] = known.groupby(t["symbol"]).transform(lambda x: x.ewm(halflife=8, min_periods=5).mean())
t = t.dropna()
order = np.sort(t["date"].unique())
train, test = t[t["date"] < order[140]], t[t["date"] >= order[150]]

# %% [model]
m = Ridge(1e-3).fit(train[["code"]], train["y"])

# %% [eval]
report = {"corr": float(np.corrcoef(m.predict(test[["code"]]), test["y"])[0, 1])}
