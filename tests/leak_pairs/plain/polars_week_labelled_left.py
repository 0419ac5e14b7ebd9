#: kind: joins and stamps
#: source: polars docs, group_by_dynamic label; pandas#11123
#: fault: stamp: a week's return stands at the week's first day
# %% [meta]
# id: polars_week_labelled_left
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import numpy as np
import polars as pl
from sklearn.linear_model import LinearRegression

# %% [features]
px = pl.read_csv("prices.csv", try_parse_dates=True).sort("symbol", "date")
week = px.group_by_dynamic("date", every="2w", group_by="symbol", label="left").agg(
    swing=pl.col("close").last() / pl.col("close").first() - 1
)
# -- leak
week = week.sort("date")
# -- twin
week = week.with_columns(pl.col("date").dt.offset_by("2w")).sort("date")
# -- both
t = px.sort("date").join_asof(week, on="date", by="symbol").sort("symbol", "date")
t = t.with_columns(y=pl.col("close").shift(-10).over("symbol") / pl.col("close") - 1).drop_nulls().sort("date")
cut = t["date"].unique().sort()
train, test = t.filter(pl.col("date") < cut[150]), t.filter(pl.col("date") > cut[160])

# %% [model]
m = LinearRegression().fit(train.select("swing").to_numpy(), train["y"].to_numpy())

# %% [eval]
report = {"r2": float(m.score(test.select("swing").to_numpy(), test["y"].to_numpy()))}
