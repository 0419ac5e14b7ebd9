"""A day's predictions as they are written by hand, in pandas: no check of the dates, the symbols or the history."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def predicted(model: Any, frame: pd.DataFrame, day: str) -> pd.DataFrame:
    """The columns date, symbol and prediction of one session."""
    close = frame[frame["date"] <= day].pivot(index="date", columns="symbol", values="close")
    returns = close.pct_change()
    features = [
        close.iloc[-1] / close.iloc[-6] - 1,
        close.iloc[-1] / close.iloc[-21] - 1,
        close.iloc[-1] / close.iloc[-61] - 1,
        returns.iloc[-20:].std(),
        (close.iloc[-1] / close.iloc[-21] - 1).rank(pct=True),
    ]
    values = model.predict(np.column_stack(features))
    return pd.DataFrame({"date": close.index[-1], "symbol": close.columns, "prediction": values})
