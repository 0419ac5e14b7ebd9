#: kind: trade before the signal
#: source: volatility-managed portfolios (Moreira and Muir 2017) with realised volatility of the wrong days
#: fault: weights: the position is sized by the volatility of the days that it is held
# %% [meta]
# id: sized_by_the_week_ahead
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
t = pd.read_csv("prices.csv", parse_dates=["date"]).sort_values(["symbol", "date"])
g = t.groupby("symbol")["close"]
t["r1"], t["r20"] = g.pct_change(), g.pct_change(20)
t["y"] = g.shift(-10) / t["close"] - 1
# -- leak
t["vol"] = t.groupby("symbol")["r1"].transform(lambda r: r.clip(upper=0).rolling(10).std().shift(-10))
# -- twin
t["vol"] = t.groupby("symbol")["r1"].transform(lambda r: r.clip(upper=0).rolling(10).std())
# -- both
t = t.dropna()
s = sorted(t["date"].unique())
train, test = t[t["date"] < s[120]], t[t["date"] >= s[130]]

# %% [model]
m = Ridge().fit(train[["r20"]], train["y"])

# %% [eval]
size = m.predict(test[["r20"]]).clip(0.001) / (0.002 + test["vol"])
excess = test["y"] - test.groupby("date")["y"].transform("mean")
book = (size * excess).groupby(test["date"]).sum() / size.abs().groupby(test["date"]).sum()
report = {"ir": float(book.mean() / book.std())}
