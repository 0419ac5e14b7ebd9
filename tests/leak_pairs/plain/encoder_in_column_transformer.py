#: kind: fitted before the split
#: source: scikit-learn docs, common pitfalls
#: fault: target encoding: the encoder was fitted on the labels of all rows
# %% [meta]
# id: encoder_in_column_transformer
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler, TargetEncoder

# %% [features]
t = pd.read_csv("prices.csv", parse_dates=["date"]).sort_values(["symbol", "date"])
c = t.groupby("symbol")["close"]
t["r20"] = c.pct_change(20)
t["y"] = c.shift(-10) / t["close"] - 1
t["cell"] = t["symbol"] + "/" + t["date"].dt.month.astype(str)
t = t.dropna().sort_values(["date", "symbol"])
order = np.unique(t["date"])
n_train, n_gap = (t["date"] < order[150]).sum(), (t["date"] < order[160]).sum()
prepare = ColumnTransformer([("cell", TargetEncoder(target_type="continuous", random_state=0), ["cell"]), ("num", StandardScaler(), ["r20"])])
# -- leak
Z = prepare.fit(t, t["y"]).transform(t)
# -- twin
Z = prepare.fit(t.iloc[:n_train], t["y"].iloc[:n_train]).transform(t)
# -- both

# %% [model]
y = t["y"].to_numpy()
m = Ridge().fit(Z[:n_train], y[:n_train])

# %% [eval]
report = {"r2": float(m.score(Z[n_gap:], y[n_gap:]))}
