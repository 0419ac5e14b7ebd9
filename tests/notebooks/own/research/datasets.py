"""Where the data is, and how it is read."""
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
DATA = HERE.parent.parent / "data"


def load_prices(start="2014-01-01"):
    frame = pd.read_parquet(DATA / "prices.parquet")
    return frame[frame["date"] >= start].set_index(["date", "symbol"]).sort_index()
