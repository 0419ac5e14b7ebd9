#: kind: evaluation rows
#: source: Kapoor and Narayanan 2023, L3.3 sampling bias in the test set
#: fault: evaluation rows: the test rows were balanced by their outcome
# %% [meta]
# id: balanced_test
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_score

def even(rows, seed=0):
    n = rows["fall"].sum()
    return rows.groupby("fall", group_keys=False).sample(n=n, random_state=seed)

# %% [features]
t = inputs["prices"].sort_values(["symbol", "date"])
c = t.groupby("symbol")["close"]
t["r20"], t["r5"] = c.pct_change(20), c.pct_change(5)
t["fwd"] = c.shift(-10) / t["close"] - 1
t = t.dropna()
t["fall"] = (t["fwd"] < -0.06).astype(int)
s = sorted(t["date"].unique())
train, test = even(t[t["date"] < s[150]]), t[t["date"] >= s[160]]
# -- leak
test = even(test)
# -- twin
test = test.sort_values("date")
# -- both

# %% [model]
m = LogisticRegression(max_iter=500).fit(train[["r20", "r5"]] * 10, train["fall"])

# %% [eval]
report = {"precision": float(precision_score(test["fall"], m.predict(test[["r20", "r5"]] * 10)))}
