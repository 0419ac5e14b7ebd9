"""Three features to walk-forward IC on the us3000 panel, beside pandas + scikit-learn written as a quant writes it."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge as SklearnRidge
from sklearn.model_selection import TimeSeriesSplit

from benchmarks.timing import ROOT, heading, row, time_call

PRICES = ROOT.parent / "shared" / "data" / "us3000_daily_2008_2017.parquet"


def with_pandas(close: pd.DataFrame, volume: pd.DataFrame) -> float:
    """Mean daily IC of the same model by pandas and scikit-learn, which warns of the scale of a feature in dollars."""
    warnings.simplefilter("ignore")
    features = {
        "ret_20": close / close.shift(20) - 1,
        "ret_60": close / close.shift(60) - 1,
        "dollar_volume": (close * volume).rolling(20).mean(),
    }
    label = close.shift(-10) / close - 1
    long = pd.concat({k: f.stack(future_stack=True) for k, f in {**features, "y": label}.items()}, axis=1)
    names = list(features)
    dates = long.index.get_level_values(0)
    sessions = close.index
    ics = []
    for train, test in TimeSeriesSplit(12, gap=15).split(sessions):
        known = long.loc[dates.isin(sessions[train])].dropna()
        block = long.loc[dates.isin(sessions[test])].dropna()
        model = SklearnRidge().fit(known[names], known["y"])
        scored = pd.DataFrame({"p": model.predict(block[names]), "y": block["y"]})
        ics.append(scored.groupby(level=0).apply(lambda d: d["p"].corr(d["y"])))
    return float(pd.concat(ics).mean())


def run(*, runs: int, prices: Path = PRICES) -> None:
    heading("3 features -> 12-fold ridge -> IC, us3000 panel (2,485 sessions x 3,000 names)")
    if not prices.exists():
        print(f"  left out: {prices.name} is not beside the checkout")
        return
    from alpha_bench import Ridge, evaluate, features, read_panel, ts, walk_forward
    from alpha_bench.labels import fwd_ret

    panel = read_panel(prices, None, {})
    model = Ridge().fit(
        X=[features.ret(20), features.ret(60), ts.mean(features.dollar_volume(), 20)], y=fwd_ret(10)
    )
    definition = walk_forward(model, folds=12, embargo="5d")
    close, volume = (
        pd.DataFrame(np.array(panel.fields[f]), index=panel.dates, columns=panel.assets)
        for f in ("close", "volume")
    )
    figures: dict[str, float] = {}
    peer = time_call(lambda: figures.update(peer=with_pandas(close, volume)), runs=1, warm_up=0)
    ours = time_call(lambda: figures.update(ours=evaluate(definition, panel).figures["ic_mean"]), runs=runs)
    row("pandas + scikit-learn", peer)
    row("alpha_bench", ours, peer)
    print(f"  IC: pandas {figures['peer']:.12f}   alpha_bench {figures['ours']:.12f}")
