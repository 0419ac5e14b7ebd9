#: kind: evaluation rows
#: source: Kapoor and Narayanan 2023, L3.3; p-hacking by exclusion, Simmons et al. 2011
#: fault: evaluation rows: days on which the model did badly are called outliers
# %% [meta]
# id: worst_days_left_out
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import pandas as pd
from sklearn.linear_model import Ridge

# %% [features]
t = pd.read_csv("prices.csv").sort_values(["symbol", "date"])
c = t.groupby("symbol")["close"]
t = t.assign(r5=c.pct_change(5), r20=c.pct_change(20), y=c.shift(-10) / t["close"] - 1).dropna()
s = sorted(t["date"].unique())
train, test = t[t["date"] < s[150]], t[t["date"] >= s[160]]

# %% [model]
m = Ridge().fit(train[["r5", "r20"]], train["y"])

# %% [eval]
test = test.assign(p=m.predict(test[["r5", "r20"]]))
ic = test.groupby("date")[["p", "y"]].apply(lambda d: d["p"].corr(d["y"]))
# -- leak
ic = ic[ic > ic.quantile(0.1)]
# -- twin
ic = ic[ic.notna()]
# -- both
report = {"ic": float(ic.mean())}
