#: kind: choice on the test rows
#: source: Yang et al., ASE 2022, multi-test and overlap
#: fault: evaluation: warm start adds trees on the test rows before the score
# %% [meta]
# id: refit_on_test_before_scoring
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import numpy as np
from sklearn.ensemble import RandomForestRegressor

# %% [features]
t = inputs["prices"].sort_values(["symbol", "date"])
g = t.groupby("symbol")["close"]
for k in (1, 3, 5, 10, 20, 40):
    t[f"r{k}"] = g.pct_change(k)
t["y"] = g.shift(-10) / t["close"] - 1
t = t.dropna().sort_values(["date", "symbol"]).reset_index(drop=True)
cols = [c for c in t.columns if c[0] == "r"]
s = sorted(t["date"].unique())
train = t[t["date"] < s[100]]
valid = t[(t["date"] >= s[110]) & (t["date"] < s[150])]
test = t[t["date"] >= s[160]]

# %% [model]
m = RandomForestRegressor(20, max_depth=6, warm_start=True, random_state=0).fit(train[cols], train["y"])
m.set_params(n_estimators=30)
# -- leak
recent = test
# -- twin
recent = valid
# -- both
m.fit(recent[cols], recent["y"])

# %% [eval]
report = {"corr": float(np.corrcoef(m.predict(test[cols]), test["y"])[0, 1])}
