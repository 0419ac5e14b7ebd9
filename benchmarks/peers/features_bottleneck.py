"""The twenty features by numpy and bottleneck, on arrays of sessions by assets, with every shared part computed once."""

from __future__ import annotations

import bottleneck as bn
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def _shift(x: Floats, d: int) -> Floats:
    out = np.empty_like(x)
    out[:d] = np.nan
    out[d:] = x[:-d]
    return out


def _ret(x: Floats, d: int) -> Floats:
    out = np.empty_like(x)
    out[:d] = np.nan
    np.divide(x[d:], x[:-d], out=out[d:])
    out[d:] -= 1
    return out


def _rank(x: Floats) -> Floats:
    return bn.nanrankdata(x, axis=1) / (~np.isnan(x)).sum(axis=1, keepdims=True)


def _score(x: Floats) -> Floats:
    return (x - bn.nanmean(x, axis=1)[:, None]) / bn.nanstd(x, axis=1, ddof=1)[:, None]


def compute(close: Floats, volume: Floats) -> dict[str, Floats]:
    mean, std = bn.move_mean, bn.move_std
    ret_1, ret_5, ret_20, ret_60 = (_ret(close, d) for d in (1, 5, 20, 60))
    vol_20, vol_60 = std(ret_1, 20, axis=0, ddof=1), std(ret_1, 60, axis=0, ddof=1)
    dollars = close * volume
    surge = volume / mean(volume, 20, axis=0)
    return {
        "ret_5": ret_5,
        "ret_20": ret_20,
        "ret_60": ret_60,
        "mom": _shift(_ret(close, 105), 21),
        "vol_20": vol_20,
        "vol_60": vol_60,
        "close_z": (close - mean(close, 20, axis=0)) / std(close, 20, axis=0, ddof=1),
        "volume_z": (volume - mean(volume, 60, axis=0)) / std(volume, 60, axis=0, ddof=1),
        "trend": close / mean(close, 50, axis=0) - 1,
        "from_high": close / bn.move_max(close, 126, axis=0),
        "low_share": bn.move_min(close, 60, axis=0) / close,
        "dollars": mean(dollars, 20, axis=0),
        "surge": surge,
        "rank_ret": _rank(ret_20),
        "rank_vol": _rank(vol_20),
        "z_ret": _score(ret_60),
        "z_surge": _score(surge),
        "rank_sharpe": _rank(ret_60 / vol_60),
        "excess": ret_5 - bn.nanmean(ret_5, axis=1)[:, None],
        "illiquidity": mean(np.abs(ret_1) / dollars, 20, axis=0),
    }
