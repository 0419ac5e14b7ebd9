#: kind: choice on the test rows
#: source: Wolpert 1992, stacked generalization, fitted on the test rows
#: fault: stacking: the weights of the blend are fitted on the test labels
# %% [meta]
# id: blend_weights_on_test
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import numpy as np
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor

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
base = [Ridge(), KNeighborsRegressor(15), KNeighborsRegressor(3), *(ExtraTreesRegressor(5, max_depth=4, random_state=k) for k in range(8))]
base = [b.fit(train[cols], train["y"]) for b in base]
def stacked(rows):
    return np.column_stack([np.ones(len(rows)), *(b.predict(rows[cols]) for b in base)])
# -- leak
weights, *_ = np.linalg.lstsq(stacked(test), test["y"].to_numpy(), rcond=None)
# -- twin
weights, *_ = np.linalg.lstsq(stacked(valid), valid["y"].to_numpy(), rcond=None)
# -- both
m = base[0]

# %% [eval]
report = {"corr": float(np.corrcoef(stacked(test) @ weights, test["y"])[0, 1])}
