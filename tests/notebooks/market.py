"""The made-up market that the notebooks of this folder read: one panel, written in every form that research notebooks open."""

from __future__ import annotations

import sqlite3
import string
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

SECTORS = ("Energy", "Financials", "Health Care", "Industrials", "Technology")
FIELDS = ["open", "high", "low", "close", "volume"]


def panel(names: int = 16) -> pd.DataFrame:
    """Daily bars of ``names`` symbols from 2013-02-08 to 2018-02-07: columns ``symbol date open high low close volume``, by symbol and date.

    Prices follow a common factor and a weak reversal of five sessions, so that models find something. The same in every call.
    """
    rng = np.random.default_rng(20180207)
    dates = pd.bdate_range("2013-02-08", "2018-02-07", name="date")
    market = rng.normal(0.0003, 0.008, len(dates))
    frames = []
    for symbol in (3 * letter for letter in string.ascii_uppercase[:names]):
        noise = rng.normal(0, 0.012, len(dates))
        returns = rng.uniform(0.6, 1.4) * market + noise
        returns[5:] -= 0.05 * np.lib.stride_tricks.sliding_window_view(noise, 5).sum(axis=1)[:-1]
        close = rng.uniform(20, 200) * np.exp(returns.cumsum())
        opened = close * np.exp(rng.normal(0, 0.004, len(dates)))
        spread = np.exp(np.abs(rng.normal(0, 0.004, len(dates))))
        bars = {
            "symbol": symbol,
            "date": dates,
            "open": opened,
            "high": np.maximum(opened, close) * spread,
            "low": np.minimum(opened, close) / spread,
            "close": close,
            "volume": rng.lognormal(14, 0.5, len(dates)).astype(np.int64),
        }
        frames.append(pd.DataFrame(bars).round(dict.fromkeys(FIELDS[:4], 4)))
    return pd.concat(frames, ignore_index=True)


def reference(symbols: list[str]) -> pd.DataFrame:
    """A row a symbol: ``symbol``, ``sector``, ``market_cap_usd``."""
    caps = np.random.default_rng(7).lognormal(23, 1, len(symbols)).round()
    sectors = [SECTORS[place % len(SECTORS)] for place in range(len(symbols))]
    return pd.DataFrame({"symbol": symbols, "sector": sectors, "market_cap_usd": caps})


def write_market(folder: Path) -> Path:
    """Write the panel below ``folder``: CSV, parquet, HDF5, SQLite, npz, a CSV a symbol and a JSON of settings; return ``folder``."""
    folder.mkdir(parents=True)
    bars = panel()
    symbols = sorted(bars["symbol"].unique())
    about = reference(symbols)
    bars.to_csv(folder / "prices.csv", index=False)
    bars.to_parquet(folder / "prices.parquet")
    about.to_csv(folder / "reference.csv", index=False)
    for_hdf = bars.assign(symbol=bars["symbol"].astype(object)).set_index(["date", "symbol"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for_hdf.to_hdf(folder / "assets.h5", key="prices", mode="w")
    with sqlite3.connect(folder / "market.sqlite") as connection:
        bars.assign(date=bars["date"].dt.strftime("%Y-%m-%d")).to_sql("bars", connection, index=False)
        about.to_sql("reference", connection, index=False)
    connection.close()
    wide = {field: bars.pivot(index="date", columns="symbol", values=field).to_numpy() for field in FIELDS}
    dates = bars["date"].unique().to_numpy().astype("datetime64[D]")
    np.savez(folder / "panel.npz", dates=dates, symbols=np.array(symbols), **wide)
    (folder / "by_symbol").mkdir()
    for symbol, rows in bars.groupby("symbol"):
        rows.drop(columns="symbol").to_csv(folder / "by_symbol" / f"{symbol}.csv", index=False)
    return folder
