#: kind: rows on both sides of the split
#: source: Kapoor and Narayanan 2023, L1.4 duplicates; Yang et al., ASE 2022, overlap
#: fault: duplicates: the second file begins before the first one ends
# %% [meta]
# id: two_deliveries
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   delivery_a: delivery_a.csv
#   delivery_b: delivery_b.csv

# %% [setup]
import pandas as pd
from sklearn.neighbors import KNeighborsRegressor

def prepare(path):
    t = pd.read_csv(path, parse_dates=["date"]).sort_values(["symbol", "date"])
    c = t.groupby("symbol")["close"]
    t = t.assign(r5=c.pct_change(5), r20=c.pct_change(20), r40=c.pct_change(40), target=c.shift(-10) / t["close"] - 1)
    return t.dropna()

# %% [features]
train = prepare("delivery_a.csv")
test = prepare("delivery_b.csv")
# -- leak
test = test.reset_index(drop=True)
# -- twin
last_known = pd.read_csv("delivery_a.csv", parse_dates=["date"])["date"].max()
test = test[test["date"] > last_known].reset_index(drop=True)
# -- both

# %% [model]
names = ["r5", "r20", "r40"]
m = KNeighborsRegressor(2).fit(train[names], train["target"])

# %% [eval]
test = test.assign(p=m.predict(test[names]))
report = {"ic": float(test["p"].corr(test["target"]))}
