"""The twenty features that the benchmarks compute: rolling statistics, cross-sections of them, and compositions that share parts."""

from __future__ import annotations

import numpy as np

from alpha_bench import cs, features, ts
from alpha_bench.expressions.expr import Expr
from alpha_bench.panel.panel import Panel
from alpha_bench.vocabulary.panel_fields import data


def twenty() -> dict[str, Expr]:
    ret_1, ret_20, ret_60 = features.ret(1), features.ret(20), features.ret(60)
    vol_20, vol_60 = ts.std(ret_1, 20), ts.std(ret_1, 60)
    dollars = data.close * data.volume
    surge = data.volume / ts.mean(data.volume, 20)
    return {
        "ret_5": features.ret(5),
        "ret_20": ret_20,
        "ret_60": ret_60,
        "mom": features.ret(105).lag(21),
        "vol_20": vol_20,
        "vol_60": vol_60,
        "close_z": ts.zscore(data.close, 20),
        "volume_z": ts.zscore(data.volume, 60),
        "trend": data.close / ts.mean(data.close, 50) - 1,
        "from_high": data.close / ts.max(data.close, 126),
        "low_share": ts.min(data.close, 60) / data.close,
        "dollars": ts.mean(dollars, 20),
        "surge": surge,
        "rank_ret": cs.rank(ret_20),
        "rank_vol": cs.rank(vol_20),
        "z_ret": cs.zscore(ret_60),
        "z_surge": cs.zscore(surge),
        "rank_sharpe": cs.rank(ret_60 / vol_60),
        "excess": cs.demean(features.ret(5)),
        "illiquidity": ts.mean(abs(ret_1) / dollars, 20),
    }


def random_panel(sessions: int, assets: int, seed: int = 0) -> Panel:
    """Prices as random walks and log-normal volumes; 0.3 % of the prices are missing."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, (sessions, assets)), axis=0))
    close[rng.random(close.shape) < 0.003] = np.nan
    volume = rng.lognormal(10, 1, (sessions, assets))
    return Panel.from_arrays(
        np.datetime64("2000-01-03") + np.arange(sessions),
        [f"A{n:05d}" for n in range(assets)],
        {"close": close, "volume": volume},
    )
