#: kind: survivorship
#: source: Fung and Hsieh 2000; Evans 2010 (incubation bias)
#: fault: point in time: returns from before a fund was in the database
# %% [meta]
# id: backfilled_funds
# kind: model
# horizon: 1d
# owner: research
# inputs:
#   funds: funds.csv

# %% [setup]
import pandas as pd
from sklearn.linear_model import LinearRegression

# %% [features]
t = inputs["funds"].sort_values(["fund", "month"])
t["past"] = t.groupby("fund")["ret"].transform(lambda r: r.rolling(6).mean())
t["y"] = t.groupby("fund")["ret"].shift(-1)
t = t.dropna()
# -- leak
seen = t
# -- twin
seen = t[t["month"] >= t["listed_on"]]
# -- both
train, test = seen[seen["month"] < "2014-06"], seen[seen["month"] >= "2014-08"]

# %% [model]
m = LinearRegression().fit(train[["past"]], train["y"])

# %% [eval]
test = test.assign(p=m.predict(test[["past"]]))
best = test[test.groupby("month")["p"].rank(pct=True) > 0.8]
report = {"best_fifth_monthly": float(best["y"].mean())}
