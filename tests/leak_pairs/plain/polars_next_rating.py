#: kind: joins and stamps
#: source: polars docs, join_asof strategy
#: fault: join: the rating that comes next is joined, not the one that was given
# %% [meta]
# id: polars_next_rating
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   prices: prices.csv
#   ratings: ratings.csv

# %% [setup]
import numpy as np
import polars as pl
from sklearn.linear_model import Ridge

# %% [features]
px = pl.read_csv("prices.csv", try_parse_dates=True).sort("date")
rt = pl.read_csv("ratings.csv", try_parse_dates=True).sort("given_on")
# -- leak
t = px.join_asof(rt, left_on="date", right_on="given_on", by="symbol", strategy="forward")
# -- twin
t = px.join_asof(rt, left_on="date", right_on="given_on", by="symbol", strategy="backward")
# -- both
t = t.sort("symbol", "date").with_columns(
    y=pl.col("close").shift(-10).over("symbol") / pl.col("close") - 1,
    r5=pl.col("close").pct_change(5).over("symbol"),
)
t = t.drop_nulls().sort("date", "symbol")
days = t["date"].unique().sort()
train, test = t.filter(pl.col("date") < days[150]), t.filter(pl.col("date") >= days[160])

# %% [model]
m = Ridge().fit(train.select("score", "r5").to_numpy(), train["y"].to_numpy())

# %% [eval]
p = m.predict(test.select("score", "r5").to_numpy())
report = {"ic": float(np.corrcoef(p, test["y"].to_numpy())[0, 1])}
