#: kind: label among the features
#: source: Kapoor and Narayanan 2023, L2 and L3.1
#: fault: label among the features: the label of yesterday reaches nine sessions ahead
# %% [meta]
# id: yesterdays_label
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import pandas as pd
from sklearn.linear_model import Ridge

H = 10
# %% [features]
t = inputs["prices"].sort_values(["symbol", "date"])
t["target"] = t.groupby("symbol")["close"].transform(lambda p: p.shift(-H) / p - 1)
# -- leak
t["last_label"] = t.groupby("symbol")["target"].shift(1)
# -- twin
t["last_label"] = t.groupby("symbol")["target"].shift(H)
# -- both
t["range"] = t["high"] / t["low"] - 1
t = t.dropna()
s = sorted(t["date"].unique())
train, test = t[t["date"] < s[150]], t[t["date"] >= s[160]]

# %% [model]
m = Ridge(1e-3).fit(train[["last_label", "range"]], train["target"])

# %% [eval]
test = test.assign(p=m.predict(test[["last_label", "range"]]))
report = {"ic": float(test.groupby("date")[["p", "target"]].corr().iloc[0::2, 1].mean())}
