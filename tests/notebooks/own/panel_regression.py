# %% [setup]
import numpy as np, pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
import seaborn as sns
from pathlib import Path
import json, urllib.parse
DATA_PATH = Path.cwd().parent / "data"
# %% [features]
PRICES = DATA_PATH / "prices.csv"
with open(PRICES) as f:
    header = f.readline().strip().split(",")
df = pd.read_csv(PRICES, parse_dates=["date"], names=header, skiprows=1).merge(pd.read_csv(DATA_PATH / "reference.csv"), how="left", on="symbol")
df["month"] = df.date.dt.to_period("M")
m = df.groupby(["symbol", "sector", "month"], as_index=False).agg(close=("close", "last"), vol=("close", lambda s: s.pct_change().std()), cap=("market_cap_usd", "first"))
m["mom"] = m.groupby("symbol").close.transform(lambda s: s.shift(1) / s.shift(7) - 1)
m["nxt"] = m.groupby("symbol").close.shift(-1) / m.close - 1
m["size"] = np.log(m.cap)
m = m.dropna()
# %%
sns.pairplot(m[["mom", "vol", "nxt"]])
# %% [model]
ols = smf.ols("nxt ~ mom + np.log(vol) + size + C(sector)", data=m[m.month < "2017-01"])
fit = ols.fit(cov_type="cluster", cov_kwds={"groups": m[m.month < "2017-01"].symbol.astype("category").cat.codes})
# %% [eval]
table = pd.concat([fit.params, fit.tvalues, fit.pvalues], axis=1, keys=["coef", "t", "p"]).round(6)
display(table)
print(f"R2 {fit.rsquared:.6f}")
print(f"t {fit.tvalues['mom']:.10f}")
