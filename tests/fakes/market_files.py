"""A small market on disk: long prices in a parquet file, and a table for plain Python cells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

SESSIONS, ASSETS = 160, 9


def write_prices(directory: Path, seed: int = 7) -> Path:
    """``prices.parquet``: date, symbol, close, volume, shares_outstanding."""
    rng = np.random.default_rng(seed)
    dates = pd.bdate_range("2022-01-03", periods=SESSIONS)
    symbols = [f"S{i}" for i in range(ASSETS)]
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (SESSIONS, ASSETS)), axis=0))
    frame = pd.DataFrame(
        {
            "date": np.repeat(dates.to_numpy().astype("datetime64[ms]"), ASSETS),
            "symbol": symbols * SESSIONS,
            "close": close.ravel(),
            "volume": rng.integers(1_000, 90_000, SESSIONS * ASSETS).astype(float),
            "shares_outstanding": 1e6,
        }
    )
    path = directory / "prices.parquet"
    frame.to_parquet(path, index=False)
    return path


def write_table(directory: Path) -> Path:
    """``table.csv``: a, b and y = 2a - b + noise."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"a": rng.normal(size=50), "b": rng.normal(size=50)})
    frame["y"] = 2 * frame["a"] - frame["b"] + rng.normal(0, 0.01, 50)
    path = directory / "table.csv"
    frame.to_csv(path, index=False)
    return path
