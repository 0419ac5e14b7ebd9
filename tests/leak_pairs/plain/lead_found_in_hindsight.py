#: kind: estimated over all of history
#: source: own experience: lead-lag by cross-correlation
#: fault: shift by a fitted number: the best lag of the cross-correlation may be negative
# %% [meta]
# id: lead_found_in_hindsight
# kind: model
# horizon: 1d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

# %% [features]
px = inputs["prices"]
r = px.pivot(index="date", columns="symbol", values="close").pct_change().dropna()
leader = r.mean(axis=1).rolling(3).mean()
own = r["S03"]
y = own.shift(-1)
# -- leak
lags = range(-4, 5)
# -- twin
lags = range(0, 9)
# -- both
strength = {k: abs(leader.shift(k).iloc[:150].corr(y.iloc[:150])) for k in lags}
lag = max(strength, key=strength.get)
t = pd.DataFrame({"leader": leader.shift(lag), "own": own, "y": y}).dropna()

# %% [model]
train, test = t.iloc[:150], t.iloc[152:]
m = LinearRegression().fit(train[["leader", "own"]], train["y"])

# %% [eval]
report = {"corr": float(np.corrcoef(m.predict(test[["leader", "own"]]), test["y"])[0, 1])}
