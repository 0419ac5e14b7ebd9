#: kind: estimated over all of history
#: source: seasonal means as in statsmodels seasonal_decompose
#: fault: whole-sample statistic: the seasonal mean of a cell holds the days it is used on
# %% [meta]
# id: season_of_all_years
# kind: model
# horizon: 1d
# owner: research
# inputs:
#   index: index.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

# %% [features]
s = pd.read_csv("index.csv", parse_dates=["date"])
s["y"] = s["level"].shift(-1) / s["level"] - 1
s["cell"] = s["date"].dt.month * 10 + s["date"].dt.dayofweek
s = s.dropna().reset_index(drop=True)
season = np.zeros(len(s))
for i, cell in enumerate(s["cell"]):
    same = (s["cell"] == cell).to_numpy(copy=True)
    # -- leak
    same[:20] = False
    # -- twin
    same[i:] = False
    # -- both
    season[i] = s["y"].to_numpy()[same].mean() if same.any() else 0.0
x = season.reshape(-1, 1)

# %% [model]
m = LinearRegression().fit(x[:450], s["y"][:450])

# %% [eval]
report = {"corr": float(np.corrcoef(m.predict(x[452:]), s["y"][452:])[0, 1])}
