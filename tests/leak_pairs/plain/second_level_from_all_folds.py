#: kind: fitted before the split
#: source: Wolpert 1992, out-of-fold stacking used on time series
#: fault: stacking: first-level predictions of test rows come from models that saw later labels
# %% [meta]
# id: second_level_from_all_folds
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import KFold, cross_val_predict

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
first = RandomForestRegressor(10, min_samples_leaf=5, random_state=0)
# -- leak
every = cross_val_predict(first, t[cols], t["y"], cv=KFold(5, shuffle=True, random_state=0))
level = {"train": every[train.index], "test": every[test.index]}
# -- twin
half = train["date"] < s[50]
first.fit(train[cols][half], train["y"][half])
train = train[train["date"] >= s[60]]
level = {"train": first.predict(train[cols]), "test": first.predict(test[cols])}
# -- both
m = LinearRegression().fit(level["train"].reshape(-1, 1), train["y"])

# %% [eval]
report = {"corr": float(np.corrcoef(m.predict(level["test"].reshape(-1, 1)), test["y"])[0, 1])}
