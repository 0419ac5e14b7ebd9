#: kind: choice on the test rows
#: source: Yang et al., ASE 2022, multi-test
#: fault: early stopping: the number of trees is the one that suits the test rows
# %% [meta]
# id: lightgbm_valid_sets
# kind: model
# horizon: 1d
# owner: research
# inputs:
#   auctions: auctions.csv

# %% [setup]
import lightgbm as lgb
import numpy as np
import pandas as pd

# %% [features]
t = pd.read_csv("auctions.csv", parse_dates=["date"]).sort_values(["date", "symbol"]).reset_index(drop=True)
cols = [c for c in t.columns if c[0] == "f"]
t["y"] = t["next_move"]
s = sorted(t["date"].unique())
train = t[t["date"] < s[80]]
valid = t[(t["date"] >= s[81]) & (t["date"] < s[110])]
test = t[t["date"] >= s[111]]

# %% [model]
data = lgb.Dataset(train[cols], train["y"])
# -- leak
held_out = lgb.Dataset(test[cols], test["y"], reference=data)
# -- twin
held_out = lgb.Dataset(valid[cols], valid["y"], reference=data)
# -- both
m = lgb.train(
    {"objective": "l2", "learning_rate": 0.03, "num_leaves": 5, "bagging_fraction": 0.3, "bagging_freq": 1, "verbose": -1, "seed": 1, "num_threads": 1, "deterministic": True},
    data, num_boost_round=120, valid_sets=[held_out], callbacks=[lgb.early_stopping(60, verbose=False)],
)

# %% [eval]
guess = m.predict(test[cols], num_iteration=m.best_iteration)
report = {"gain": float(1 - ((test["y"] - guess) ** 2).sum() / ((test["y"] - train["y"].mean()) ** 2).sum())}
