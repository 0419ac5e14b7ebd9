#: kind: order and alignment
#: source: own experience: .to_numpy() after dropna
#: fault: alignment: dropna on one side pairs each row with the label of twenty days before
# %% [meta]
# id: labels_paired_by_position
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   index: index.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

# %% [features]
s = pd.read_csv("index.csv", parse_dates=["date"]).set_index("date")["level"]
X = pd.DataFrame({"r5": s.pct_change(5), "r20": s.pct_change(20)}).dropna()
y = (s.shift(-10) / s - 1).dropna()
# -- leak
X, y = X.to_numpy()[: len(X) - 1], y.to_numpy()
X, y = X[: min(len(X), len(y))], y[: min(len(X), len(y))]
# -- twin
both = X.index.intersection(y.index)
X, y = X.loc[both].to_numpy(), y.loc[both].to_numpy()
# -- both
n = 400

# %% [model]
m = LinearRegression().fit(X[: n - 10], y[: n - 10])

# %% [eval]
report = {"corr": float(np.corrcoef(m.predict(X[n:]), y[n:])[0, 1])}
