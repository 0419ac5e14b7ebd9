#: kind: split that mixes time or names
#: source: scikit-learn#19072, TimeSeriesSplit and panels
#: fault: split: a time split on a table sorted by name trains on the test dates
# %% [meta]
# id: table_sorted_by_symbol
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import TimeSeriesSplit, cross_val_score

# %% [features]
t = pd.read_csv("prices.csv").sort_values(["symbol", "date"])
t["r1"] = t.groupby("symbol")["close"].pct_change()
t["market"] = t.groupby("date")["r1"].transform("mean")
t["breadth"] = t.groupby("date")["r1"].transform(lambda r: (r > 0).mean())
daily = t.groupby("date")["market"].first().rolling(20).mean().rename("trend")
t = t.merge(daily.reset_index(), on="date")
t["y"] = t.groupby("symbol")["close"].shift(-10) / t["close"] - 1
cols = ["market", "breadth", "trend"]
# -- leak
t = t.dropna().sort_values(["symbol", "date"])
# -- twin
t = t.dropna().sort_values(["date", "symbol"])
# -- both

# %% [model]
cv = TimeSeriesSplit(4, gap=10 * t["symbol"].nunique())
m = RandomForestRegressor(30, min_samples_leaf=5, random_state=0)
r2 = cross_val_score(m, t[cols], t["y"], cv=cv)
m.fit(t[cols], t["y"])

# %% [eval]
report = {"r2": float(r2.mean())}
