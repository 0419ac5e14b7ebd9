#: kind: choice on the test rows
#: source: Yang et al., ASE 2022, multi-test
#: fault: early stopping: the watch list of train is the test block
# %% [meta]
# id: xgboost_rounds
# kind: model
# horizon: 1d
# owner: research
# inputs:
#   auctions: auctions.csv

# %% [setup]
import pandas as pd
import xgboost as xgb

# %% [features]
t = pd.read_csv("auctions.csv", parse_dates=["date"]).sort_values(["date", "symbol"]).reset_index(drop=True)
cols = [c for c in t.columns if c[0] == "f"]
t["y"] = t["next_move"]
s = sorted(t["date"].unique())
train = t[t["date"] < s[80]]
valid = t[(t["date"] >= s[81]) & (t["date"] < s[110])]
test = t[t["date"] >= s[111]]

# %% [model]
def matrix(rows):
    return xgb.DMatrix(rows[cols].to_numpy(), label=rows["y"].to_numpy())

# -- leak
watch = [(matrix(test), "held_out")]
# -- twin
watch = [(matrix(valid), "held_out")]
# -- both
m = xgb.train({"eta": 0.1, "max_depth": 4, "subsample": 0.5, "seed": 1, "nthread": 1}, matrix(train), 60, evals=watch, early_stopping_rounds=40, verbose_eval=False)

# %% [eval]
guess = m.predict(matrix(test), iteration_range=(0, m.best_iteration + 1))
report = {"gain": float(1 - ((test["y"] - guess) ** 2).mean() / ((test["y"] - train["y"].mean()) ** 2).mean())}
