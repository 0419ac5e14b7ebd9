# %%
%load_ext autoreload
%autoreload 2
# %% [setup]
import sqlite3
import numpy as np
import pandas as pd
from sklearn.ensemble import ExtraTreesRegressor, StackingRegressor
from sklearn.linear_model import LinearRegression, RidgeCV
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
pd.options.mode.chained_assignment = None
pd.set_option("display.max_columns", 50)
DB = "../data/market.sqlite"
# %% [features]
conn = sqlite3.connect(DB)
query = """
SELECT b.symbol, b.date, b.close, b.volume, r.sector
FROM bars AS b JOIN reference AS r ON r.symbol = b.symbol
WHERE b.date >= '2014-01-01'
ORDER BY b.symbol, b.date
"""
px = pd.read_sql(query, conn, parse_dates=["date"])
conn.close()
px.head()
# %% [features]
by = px.groupby("symbol", sort=False)
px["ret_1"] = by.close.pct_change()
px["ret_5"] = by.close.pct_change(5)
px["ret_21"] = by.close.pct_change(21)
px["dollar"] = np.log(px.close * px.volume)
px["sector_mom"] = px.groupby(["date", "sector"]).ret_21.transform("mean")
px["fwd"] = by.close.transform(lambda s: s.shift(-5) / s - 1)
px = px.dropna().sort_values(["date", "symbol"]).reset_index(drop=True)
FEATURES = ["ret_1", "ret_5", "ret_21", "dollar", "sector_mom"]
# %%
px[FEATURES].corr().style.background_gradient()
# %% [model]
past = px[px.date < "2016-07-01"]
future = px[px.date >= "2016-07-15"]
stack = StackingRegressor(
    estimators=[
        ("ridge", make_pipeline(StandardScaler(), RidgeCV())),
        ("trees", ExtraTreesRegressor(n_estimators=30, max_depth=4, random_state=42)),
    ],
    final_estimator=LinearRegression(),
    cv=KFold(3, shuffle=False),
)
stack.fit(past[FEATURES], past["fwd"])
# %% [eval]
future["score"] = stack.predict(future[FEATURES])
ic = future.groupby("date")[["score", "fwd"]].corr(method="spearman").unstack()["score"]["fwd"]
spread = future.groupby("date").apply(lambda d: d.nlargest(4, "score").fwd.mean() - d.nsmallest(4, "score").fwd.mean())
print("spread %.4f%%" % (100 * spread.mean()))
print(f"IC {ic.mean():.10f}")
