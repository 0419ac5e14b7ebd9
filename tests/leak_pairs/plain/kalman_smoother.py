#: kind: estimated over all of history
#: source: statsmodels docs, filtered and smoothed output
#: fault: two-sided estimate: the smoothed state of a day knows the days after it
# %% [meta]
# id: kalman_smoother
# kind: model
# horizon: 5d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import numpy as np
import pandas as pd
import statsmodels.api as sm
from sklearn.linear_model import Ridge

# %% [features]
wide = pd.read_csv("prices.csv").pivot(index="date", columns="symbol", values="close").iloc[:, :8]
gaps = {}
for name in wide:
    log = np.log(wide[name].to_numpy())
    model = sm.tsa.UnobservedComponents(log, level="llevel")
    fitted = model.smooth([4e-4, 2e-4])
    # -- leak
    state = fitted.smoothed_state[0]
    # -- twin
    state = fitted.filtered_state[0]
    # -- both
    gaps[name] = log - state
gap = pd.DataFrame(gaps, wide.index)
y = wide.shift(-5) / wide - 1
t = pd.concat({"gap": gap.stack(), "y": y.stack()}, axis=1).dropna().reset_index()
t = t[t["date"] > wide.index[20]]
train, test = t[t["date"] < wide.index[150]], t[t["date"] >= wide.index[156]]

# %% [model]
m = Ridge(1e-4).fit(train[["gap"]], train["y"])

# %% [eval]
report = {"corr": float(np.corrcoef(m.predict(test[["gap"]]), test["y"])[0, 1])}
