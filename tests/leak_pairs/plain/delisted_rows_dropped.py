#: kind: evaluation rows
#: source: Shumway 1997, the delisting bias
#: fault: evaluation rows: names that are taken off within the label's days are not scored
# %% [meta]
# id: delisted_rows_dropped
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   delistings: delistings.csv

# %% [setup]
import pandas as pd
from sklearn.linear_model import Ridge

# %% [features]
t = pd.read_csv("delistings.csv").sort_values(["symbol", "date"]).reset_index(drop=True)
g = t.groupby("symbol")["close"]
t["r1"] = g.pct_change()
t["y"] = g.shift(-10) / t["close"] - 1
end = sorted(t["date"].unique())
t = t[t["date"] < end[-10]]
# -- leak
t = t.dropna(subset=["y"])
# -- twin
t["y"] = t["y"].fillna(-0.9)
# -- both
t = t.dropna()
train, test = t[t["date"] < end[130]], t[t["date"] >= end[140]]

# %% [model]
m = Ridge().fit(train[["r1"]], train["y"])

# %% [eval]
test = test.assign(p=m.predict(test[["r1"]]))
held = test[test.groupby("date")["p"].rank(pct=True) > 0.5]
report = {"mean_of_held": float(held["y"].mean())}
