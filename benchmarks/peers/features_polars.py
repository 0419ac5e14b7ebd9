"""The twenty features by polars: time series over a wide frame, one column an asset; cross-sections over its transpose."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ALL = pl.all()


def _across(x: pl.DataFrame, how: pl.Expr) -> pl.DataFrame:
    """Apply ``how`` to each session: columns of the transpose."""
    turned = pl.from_numpy(x.to_numpy().T).select(how)
    return pl.from_numpy(turned.to_numpy().T, schema=x.columns)


def compute(close: pl.DataFrame, volume: pl.DataFrame) -> dict[str, pl.DataFrame]:
    known = ALL.fill_nan(None)
    rank = known.rank() / known.count()
    score = (known - known.mean()) / known.std()
    ret_1, ret_5, ret_20, ret_60 = (close.select(ALL / ALL.shift(d) - 1) for d in (1, 5, 20, 60))
    vol_20, vol_60 = (ret_1.select(ALL.rolling_std(w)) for w in (20, 60))
    dollars, surge = close * volume, volume.select(ALL / ALL.rolling_mean(20))
    return {
        "ret_5": ret_5,
        "ret_20": ret_20,
        "ret_60": ret_60,
        "mom": close.select((ALL / ALL.shift(105) - 1).shift(21)),
        "vol_20": vol_20,
        "vol_60": vol_60,
        "close_z": close.select((ALL - ALL.rolling_mean(20)) / ALL.rolling_std(20)),
        "volume_z": volume.select((ALL - ALL.rolling_mean(60)) / ALL.rolling_std(60)),
        "trend": close.select(ALL / ALL.rolling_mean(50) - 1),
        "from_high": close.select(ALL / ALL.rolling_max(126)),
        "low_share": close.select(ALL.rolling_min(60) / ALL),
        "dollars": dollars.select(ALL.rolling_mean(20)),
        "surge": surge,
        "rank_ret": _across(ret_20, rank),
        "rank_vol": _across(vol_20, rank),
        "z_ret": _across(ret_60, score),
        "z_surge": _across(surge, score),
        "rank_sharpe": _across(ret_60 / vol_60, rank),
        "excess": _across(ret_5, known - known.mean()),
        "illiquidity": (ret_1.select(ALL.abs()) / dollars).select(ALL.rolling_mean(20)),
    }
