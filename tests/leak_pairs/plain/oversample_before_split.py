#: kind: rows on both sides of the split
#: source: Yang et al., ASE 2022, overlap; Vandewiele et al. 2021
#: fault: overlap: copies of one row fall on both sides of the split
# %% [meta]
# id: oversample_before_split
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import pandas as pd
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.utils import resample

def balance(rows):
    few, many = rows[rows["jump"] == 1], rows[rows["jump"] == 0]
    return pd.concat([many, resample(few, n_samples=len(many), random_state=0)])

# %% [features]
px = inputs["prices"].sort_values(["symbol", "date"])
close = px.groupby("symbol")["close"]
px["r1"], px["r10"], px["r30"] = close.pct_change(1), close.pct_change(10), close.pct_change(30)
px["fwd"] = close.shift(-10) / px["close"] - 1
px = px.dropna().sort_values(["date", "symbol"])
px["jump"] = (px["fwd"] > 0.06).astype(int)
names = ["r1", "r10", "r30"]

# %% [model]
# -- leak
train, test = train_test_split(balance(px), test_size=0.3, random_state=0)
# -- twin
train, test = train_test_split(px, test_size=0.3, shuffle=False)
last = test["date"].drop_duplicates().iloc[11]
test = test[test["date"] > last]
train = balance(train)
# -- both
m = ExtraTreesClassifier(60, random_state=0).fit(train[names], train["jump"])

# %% [eval]
report = {"auc": float(roc_auc_score(test["jump"], m.predict_proba(test[names])[:, 1]))}
