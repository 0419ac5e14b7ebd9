"""A fitted model of seven names on forty sessions, and the plain long frame that it was fitted on."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from alpha_bench import Panel, Ridge, cs, data, features, fwd_ret
from alpha_bench.definitions.model import ModelDefinition
from alpha_bench.fitting.fitted_model import FittedModel, fit_final

SESSIONS, NAMES, LOOKBACK = 40, 7, 10


@cache
def rows() -> pd.DataFrame:
    """A long frame by date and symbol, symbols the numbers 3, 14, ... as texts."""
    rng = np.random.default_rng(0)
    days = pd.bdate_range("2024-01-02", periods=SESSIONS)
    names = [str(3 + 11 * n) for n in range(NAMES)]
    frame = pd.DataFrame([(d, s) for d in days for s in names], columns=["date", "symbol"])
    frame["close"] = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, (SESSIONS, NAMES)), axis=0).reshape(-1))
    frame["volume"] = rng.integers(1_000, 9_000, len(frame)).astype(float)
    return frame


@cache
def model() -> FittedModel:
    made: ModelDefinition = Ridge().fit(
        X=[cs.rank(features.ret(LOOKBACK)), features.ret(3)], y=fwd_ret(2), universe=data.volume > 2_000
    )
    return fit_final(made, Panel.from_frame(rows()))
