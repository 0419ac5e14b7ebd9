#: kind: split that mixes time or names
#: source: river docs, delayed progressive validation
#: fault: order of learning: each day is learnt before it is predicted
# %% [meta]
# id: learns_before_it_predicts
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.linear_model import SGDRegressor

# %% [features]
t = pd.read_csv("prices.csv").sort_values(["symbol", "date"])
t["y"] = t.groupby("symbol")["close"].transform(lambda p: p.shift(-10) / p - 1)
for k in (1, 5, 20):
    t[f"r{k}"] = t.groupby("symbol")["close"].pct_change(k).groupby(t["date"]).rank(pct=True) - 0.5
t = t.dropna()
days = [d for _, d in t.groupby("date")]
cols = ["r1", "r5", "r20"]

# %% [model]
m = SGDRegressor(learning_rate="constant", eta0=0.05, alpha=0, random_state=0)
daily = []
for i in range(10, len(days), 4):
    # -- leak
    m.partial_fit(days[i][cols], days[i]["y"])
    # -- twin
    m.partial_fit(days[i - 10][cols], days[i - 10]["y"])
    # -- both
    if i > 40:
        daily.append(np.corrcoef(m.predict(days[i][cols]), days[i]["y"])[0, 1])

# %% [eval]
report = {"ic": float(np.nanmean(daily))}
