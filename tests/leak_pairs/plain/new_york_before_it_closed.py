#: kind: joins and stamps
#: source: Lo and MacKinlay 1990 on nonsynchronous closes
#: fault: stamp: New York's close is used at Tokyo's close of the same date, fifteen hours earlier
# %% [meta]
# id: new_york_before_it_closed
# kind: model
# horizon: 1d
# owner: research
# inputs:
#   closes_utc: closes_utc.csv

# %% [setup]
import pandas as pd
from sklearn.linear_model import LinearRegression

# %% [features]
raw = pd.read_csv("closes_utc.csv", parse_dates=["date", "closed_at"])
tokyo = raw[raw["market"] == "tokyo"].sort_values("closed_at").reset_index(drop=True)
york = raw[raw["market"] == "new_york"].rename(columns={"ret": "york"}).sort_values("closed_at")
# -- leak
t = tokyo.merge(york[["date", "york"]], on="date")
# -- twin
t = pd.merge_asof(tokyo, york[["closed_at", "york"]], on="closed_at")
# -- both
t["y"] = t["ret"].shift(-1)
t = t.dropna().reset_index(drop=True)

# %% [model]
m = LinearRegression().fit(t.loc[:298, ["york", "ret"]], t.loc[:298, "y"])

# %% [eval]
test = t.loc[300:]
report = {"r2": float(m.score(test[["york", "ret"]], test["y"]))}
