#: kind: choice on the test rows
#: source: Cawley and Talbot 2010; scikit-learn, nested versus non-nested cross-validation
#: fault: multi-test: the best of two dozen scores of the search is the figure
# %% [meta]
# id: best_score_of_a_search
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   candidates: candidates.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.model_selection import RandomizedSearchCV
from sklearn.tree import DecisionTreeRegressor

# %% [features]
t = inputs["candidates"].sort_values(["symbol", "date"])
t["y"] = t.groupby("symbol")["close"].shift(-10) / t["close"] - 1
t = t.dropna().sort_values(["date", "symbol"]).reset_index(drop=True)
names = [c for c in t if c.startswith("x")][:12]
s = t["date"].rank(method="dense").to_numpy()
search_rows, test = t[s <= 180], t[s > 190]
folds = [(np.flatnonzero(s <= e - 10), np.flatnonzero((s > e) & (s <= e + 40))) for e in (100, 140)]

# %% [model]
space = {"max_depth": [2, 3, 4, 5, 6, 8], "min_samples_leaf": [1, 5, 20, 60], "max_features": [0.2, 0.5, 1.0], "random_state": range(9)}
spearman = lambda est, X, y: pd.Series(est.predict(X)).corr(pd.Series(np.asarray(y)), method="spearman")
search = RandomizedSearchCV(DecisionTreeRegressor(), space, n_iter=24, cv=folds, scoring=spearman, random_state=0)
search.fit(search_rows[names], search_rows["y"])
m = search.best_estimator_

# %% [eval]
# -- leak
report = {"ic": float(search.best_score_)}
# -- twin
report = {"ic": float(spearman(m, test[names], test["y"]))}
# -- both
