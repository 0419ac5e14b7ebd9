"""The twenty features by pandas, on wide frames, with every shared part computed once."""

from __future__ import annotations

import pandas as pd


def compute(close: pd.DataFrame, volume: pd.DataFrame) -> dict[str, pd.DataFrame]:
    ret_1, ret_5 = close / close.shift(1) - 1, close / close.shift(5) - 1
    ret_20, ret_60 = close / close.shift(20) - 1, close / close.shift(60) - 1
    vol_20, vol_60 = ret_1.rolling(20).std(), ret_1.rolling(60).std()
    dollars = close * volume
    surge = volume / volume.rolling(20).mean()
    close_20, volume_60 = close.rolling(20), volume.rolling(60)

    def score(x: pd.DataFrame) -> pd.DataFrame:
        return x.sub(x.mean(axis=1), axis=0).div(x.std(axis=1), axis=0)

    return {
        "ret_5": ret_5,
        "ret_20": ret_20,
        "ret_60": ret_60,
        "mom": (close / close.shift(105) - 1).shift(21),
        "vol_20": vol_20,
        "vol_60": vol_60,
        "close_z": (close - close_20.mean()) / close_20.std(),
        "volume_z": (volume - volume_60.mean()) / volume_60.std(),
        "trend": close / close.rolling(50).mean() - 1,
        "from_high": close / close.rolling(126).max(),
        "low_share": close.rolling(60).min() / close,
        "dollars": dollars.rolling(20).mean(),
        "surge": surge,
        "rank_ret": ret_20.rank(axis=1, pct=True),
        "rank_vol": vol_20.rank(axis=1, pct=True),
        "z_ret": score(ret_60),
        "z_surge": score(surge),
        "rank_sharpe": (ret_60 / vol_60).rank(axis=1, pct=True),
        "excess": ret_5.sub(ret_5.mean(axis=1), axis=0),
        "illiquidity": (ret_1.abs() / dollars).rolling(20).mean(),
    }
