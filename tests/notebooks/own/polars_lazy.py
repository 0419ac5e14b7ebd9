# %%
# A first look: polars reads the file lazily, so nothing is loaded yet.
import polars as pl
pl.Config.set_tbl_rows(5)
# %% [setup]
from __future__ import annotations
from pathlib import Path
import numpy as np
import polars as pl
from sklearn.linear_model import RidgeCV

DATA_DIR = Path("..") / "data"
WINDOWS = (5, 20, 60)
# %% [setup]
def direction(name: str) -> int:
    match name.split("_"):
        case ["rev", w] if (n := int(w)) <= 5:
            return -n // n
        case ["mom" | "vol", _]:
            return 1
        case _:
            raise ValueError(f"unknown feature {name!r}")
# %% [features]
lazy = (
    pl.scan_parquet(DATA_DIR / "prices.parquet")
    .sort("symbol", "date")
    .with_columns(ret=pl.col("close").pct_change().over("symbol"))
    .with_columns(
        *[(pl.col("close") / pl.col("close").shift(w) - 1).over("symbol").alias(f"mom_{w}") for w in WINDOWS[1:]],
        *[pl.col("ret").rolling_std(w).over("symbol").alias(f"vol_{w}") for w in WINDOWS[1:]],
        (pl.col("close") / pl.col("close").shift(5) - 1).over("symbol").alias("rev_5"),
        (pl.col("close").shift(-5) / pl.col("close") - 1).over("symbol").alias("target"),
    )
    .drop_nulls()
)
frame = lazy.with_columns(year=pl.col("date").dt.year()).collect()
cols = [c for c in frame.columns if c.startswith(("mom_", "vol_", "rev_"))]
# %%
frame.describe()
# %% [model]
train, test = frame.filter(pl.col("year") < 2016), frame.filter(pl.col("year") >= 2016)
sign = np.array([direction(c) for c in cols])
X, y = train.select(cols).to_numpy() * sign, train["target"].to_numpy()
reg = RidgeCV(alphas=np.logspace(-3, 3, 7)).fit(X, y)
# %% [eval]
scored = test.with_columns(pred=pl.Series(reg.predict(test.select(cols).to_numpy() * sign)))
daily = scored.group_by("date", maintain_order=True).agg(ic=pl.corr("pred", "target", method="spearman"))
print(f"{reg.alpha_=}, {(n := len(daily)):,} days")
print(f"IC {daily['ic'].drop_nans().mean():.10f}")
