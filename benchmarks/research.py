"""Twenty features to walk-forward IC on the us3000 panel, beside pandas + scikit-learn and polars + scikit-learn.

The peers are written as a quant in a hurry but with care writes them: features by whole frames, one matrix of rows, scikit-learn's
own splitter, scaler and ridge, and the daily correlations without a loop over assets.
"""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray
from sklearn.linear_model import Ridge as SklearnRidge
from sklearn.model_selection import TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.peers import features_pandas, features_polars
from benchmarks.timing import ROOT, heading, record, row, time_call
from benchmarks.twenty import twenty

PRICES = ROOT.parent / "shared" / "data" / "us3000_daily_2008_2017.parquet"
Floats = NDArray[np.float64]


def walked(features: Mapping[str, Floats], close: Floats) -> float:
    """Mean daily IC of a standardised ridge in twelve expanding folds, ten sessions ahead, fifteen sessions apart."""
    sessions = len(close)
    label = np.full(close.shape, np.nan)
    label[:-10] = close[10:] / close[:-10] - 1
    matrix = np.stack([*features.values()], axis=-1)
    complete = np.isfinite(matrix).all(axis=-1)
    known = complete & np.isfinite(label)
    ics = []
    for train, test in TimeSeriesSplit(12, gap=15).split(np.empty(sessions)):
        model = make_pipeline(StandardScaler(), SklearnRidge()).fit(
            matrix[train][known[train]], label[train][known[train]]
        )
        prediction = np.full((len(test), close.shape[1]), np.nan)
        prediction[complete[test]] = model.predict(matrix[test][complete[test]])
        ics.append(correlations(prediction, label[test]))
    return float(np.nanmean(np.concatenate(ics)))


def correlations(prediction: Floats, label: Floats) -> Floats:
    """Pearson's, row by row, over the columns where both are known."""
    both = np.isfinite(prediction) & np.isfinite(label)
    p, y = np.where(both, prediction, np.nan), np.where(both, label, np.nan)
    p -= np.nanmean(p, axis=1, keepdims=True)
    y -= np.nanmean(y, axis=1, keepdims=True)
    return np.nansum(p * y, axis=1) / np.sqrt(np.nansum(p * p, axis=1) * np.nansum(y * y, axis=1))


def run(*, runs: int, prices: Path = PRICES) -> None:
    heading(
        "20 features -> standardised ridge, 12 folds -> daily IC, us3000 panel (2,485 sessions x 3,000 names)"
    )
    if not prices.exists():
        print(f"  left out: {prices.name} is not beside the checkout")
        return
    from alpha_bench import Ridge, evaluate, read_panel, standardize, walk_forward
    from alpha_bench.vocabulary.labels import fwd_ret

    panel = read_panel(prices, None, {})
    model = Ridge().fit(X=twenty(), y=fwd_ret(10), preprocess=[standardize()])
    definition = walk_forward(model, folds=12, embargo="5d")
    figures: dict[str, float] = {}

    def told(name: str, work: Callable[[], float]) -> Callable[[], None]:
        return lambda: figures.update({name: work()})

    ours = time_call(
        told("alpha_bench", lambda: float(evaluate(definition, panel).figures["ic_mean"])), runs=runs
    )
    row("alpha_bench, warm", ours)
    close, volume = (np.array(panel.fields[f]) for f in ("close", "volume"))
    names = list(map(str, panel.assets))
    frames = [pd.DataFrame(x, index=panel.dates, columns=names) for x in (close, volume)]
    wide = [pl.from_numpy(x, schema=names) for x in (close, volume)]

    def with_pandas() -> float:
        return walked({n: f.to_numpy() for n, f in features_pandas.compute(*frames).items()}, close)

    def with_polars() -> float:
        return walked({n: f.to_numpy() for n, f in features_polars.compute(*wide).items()}, close)

    for name, work in (("pandas + scikit-learn", with_pandas), ("polars + scikit-learn", with_polars)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            row(name, peer := time_call(told(name, work), runs=1, warm_up=0))
        print(f"    {'alpha_bench is faster by':56s}{peer.median / ours.median:9.1f}x")
        gc.collect()
    for name, value in figures.items():
        record(f"IC by {name}", value)
    print("  mean IC: " + "   ".join(f"{name} {value:.12f}" for name, value in figures.items()))
