# %% [setup]
import numpy as np
import pandas as pd
from functools import partial, reduce
from dataclasses import dataclass, field
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import HuberRegressor, Lasso
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import RobustScaler
# %% [setup]
@dataclass(frozen=True)
class Config:
    horizons: tuple = (1, 5, 10)
    split: str = "2016-01-01"
    windows: list = field(default_factory=lambda: [3, 10, 40])

cfg = Config()
# %% [features]
raw = pd.read_parquet("../data/prices.parquet", columns=["symbol", "date", "close", "volume"])
close = raw.pivot_table(index="date", columns="symbol", values="close")
ewm = {f"ewm_{w}": close / close.ewm(span=w).mean() - 1 for w in cfg.windows}
merged = reduce(partial(pd.merge, on=["date", "symbol"]), [f.stack().rename(k).reset_index() for k, f in ewm.items()])
for h in cfg.horizons:
    merged = merged.merge((close.shift(-h) / close - 1).stack().rename(f"fwd_{h}").reset_index(), on=["date", "symbol"], how="left")
merged = merged.set_index(["date", "symbol"])
cols = list(ewm)
# %%
merged.isna().sum()
# %% [model]
registry = {
    1: lambda: Pipeline([("s", RobustScaler()), ("m", HuberRegressor(max_iter=500))]),
    5: lambda: GradientBoostingRegressor(n_estimators=40, max_depth=2, random_state=3),
    10: lambda: Lasso(alpha=1e-5),
}
fitted, scores = {}, {}
for h, make in registry.items():
    d = merged[cols + [f"fwd_{h}"]].dropna()
    tr, te = d.loc[: cfg.split], d.loc["2016-02":]
    fitted[f"h{h}"] = make().fit(tr[cols], tr[f"fwd_{h}"])
    te = te.assign(p=fitted[f"h{h}"].predict(te[cols]))
    scores[f"h{h}"] = te.groupby(level="date").apply(lambda g, h=h: g.p.corr(g[f"fwd_{h}"], method="spearman"))
# %% [eval]
summary = pd.DataFrame(scores).agg(["mean", "std", "count"]).T.assign(icir=lambda d: d["mean"] / d["std"])
summary.round(4)
# %% [eval]
for name, row in summary.iterrows():
    print(f"{name:>4}: IC {row['mean']:+.4f}  ICIR {row.icir:+.2f}")
print(f"IC {summary['mean'].mean():.10f}")
