#: kind: rows on both sides of the split
#: source: Yang et al., ASE 2022, overlap; imbalanced-learn, common pitfalls
#: fault: overlap: synthetic training rows are made of test rows
# %% [meta]
# id: smote_before_split
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors

def smote(X, y, k=5, seed=0):
    """Synthetic rows between each row of the minority and its neighbours."""
    rng = np.random.default_rng(seed)
    minority = X[y == 1]
    near = NearestNeighbors(n_neighbors=k + 1).fit(minority).kneighbors(minority, return_distance=False)
    parent = rng.integers(0, len(minority), (y == 0).sum() - len(minority))
    other = minority[near[parent, rng.integers(1, k + 1, len(parent))]]
    made = minority[parent] + rng.random((len(parent), 1)) * (other - minority[parent])
    return made, np.ones(len(made), int)

# %% [features]
px = pd.read_csv("prices.csv", parse_dates=["date"]).sort_values(["symbol", "date"])
close = px.groupby("symbol")["close"]
px["mom"] = close.pct_change(20)
px["rev"] = close.pct_change(5)
px["vol"] = close.pct_change().groupby(px["symbol"]).transform(lambda r: r.rolling(20).std())
px["fwd"] = close.shift(-10) / px["close"] - 1
px = px.dropna()
px["crash"] = (px["fwd"] < -0.07).astype(int)
names = ["mom", "rev", "vol"]
sessions = np.sort(px["date"].unique())
past = px["date"] < sessions[150]
test = px[px["date"] >= sessions[160]]

# %% [model]
X, y = px[names].to_numpy(), px["crash"].to_numpy()
# -- leak
new_X, new_y = smote(X, y)
# -- twin
new_X, new_y = smote(X[past], y[past])
# -- both
X_train, y_train = np.vstack([X[past], new_X]), np.concatenate([y[past], new_y])
m = RandomForestClassifier(60, min_samples_leaf=2, random_state=0).fit(X_train, y_train)

# %% [eval]
report = {"auc": float(roc_auc_score(test["crash"], m.predict_proba(test[names].to_numpy())[:, 1]))}
