#: kind: known later than dated
#: source: Johnson and So 2018; So 2015 on the timing of announcements
#: fault: point in time: the date on which results came is used before it was known
# %% [meta]
# id: calendar_of_actual_dates
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   announced_prices: announced_prices.csv
#   announcements: announcements.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor

# %% [features]
px = pd.read_csv("announced_prices.csv", parse_dates=["date"])
cal = pd.read_csv("announcements.csv", parse_dates=["expected", "announced"])
# -- leak
cal["due"] = cal["announced"]
# -- twin
cal["due"] = cal["expected"]
# -- both
near = pd.merge_asof(
    px.sort_values("date"), cal[["symbol", "due", "expected"]].sort_values("due"),
    left_on="date", right_on="due", by="symbol", direction="forward", allow_exact_matches=False,
)
near["days_to"] = (near["due"] - near["date"]).dt.days
near["moved"] = (near["due"] - near["expected"]).dt.days
near = near.sort_values(["symbol", "date"])
near["y"] = near.groupby("symbol")["close"].shift(-10) / near["close"] - 1
near = near.dropna()
d = np.sort(near["date"].unique())
train, test = near[near["date"] < d[120]], near[near["date"] >= d[130]]
cols = ["days_to", "moved"]

# %% [model]
m = HistGradientBoostingRegressor(max_iter=15, max_depth=4, random_state=0).fit(train[cols], train["y"])

# %% [eval]
report = {"corr": float(np.corrcoef(m.predict(test[cols]), test["y"])[0, 1])}
