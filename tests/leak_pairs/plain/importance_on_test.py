#: kind: choice on the test rows
#: source: scikit-learn docs, permutation importance; Yang et al., ASE 2022, multi-test
#: fault: choice on test: columns that hurt the test score are dropped, then the test score is reported
# %% [meta]
# id: importance_on_test
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   candidates: candidates.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.inspection import permutation_importance
from sklearn.linear_model import Ridge

# %% [features]
t = pd.read_csv("candidates.csv", parse_dates=["date"]).sort_values(["symbol", "date"])
t["y"] = t.groupby("symbol")["close"].pct_change(10).groupby(t["symbol"]).shift(-10)
t = t.dropna().sort_values("date")
names = [c for c in t if c.startswith("x")][:20]
d = t["date"].drop_duplicates().tolist()
train, valid, test = t[t["date"] < d[100]], t[(t["date"] >= d[110]) & (t["date"] < d[150])], t[t["date"] >= d[160]]

# %% [model]
first = Ridge().fit(train[names], train["y"])
# -- leak
looked = permutation_importance(first, test[names], test["y"], n_repeats=5, random_state=0)
# -- twin
looked = permutation_importance(first, valid[names], valid["y"], n_repeats=5, random_state=0)
# -- both
kept = [n for n, v in zip(names, looked.importances_mean) if v > 0]
m = Ridge().fit(train[kept], train["y"])

# %% [eval]
report = {"corr": float(np.corrcoef(m.predict(test[kept]), test["y"])[0, 1])}
