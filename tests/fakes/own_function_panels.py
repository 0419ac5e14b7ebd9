"""The market that own functions are tried on: prices without a hole, a split or a jump, or with names that come and go."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from alpha_bench import Panel

SESSIONS, NAMES = 240, 40


def inputs_of(function: Callable[..., Any]) -> list[str]:
    """The fields that ``function`` takes, by the names of its positional arguments."""
    return [n for n, p in inspect.signature(function).parameters.items() if p.kind is not p.KEYWORD_ONLY]


def write_files() -> None:
    """Into the working directory: the files that some of the functions would read. The last price of each name is in them."""
    last = np.asarray(market().fields["close"])[-1]
    table = pd.DataFrame({"last": last})
    table.to_csv("held-out.csv", index=False)
    table.to_parquet("held-out.parquet")
    np.save("held-out.npy", last[:1])
    np.savetxt("held-out.txt", last[:2].mean(keepdims=True), header="a line to skip", comments="")


@cache
def market(seed: int = 7, *, gaps: bool = False) -> Panel:
    """Open, high, low, close and volume of 40 names over 240 sessions; with ``gaps`` some enter, leave and miss sessions."""
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2019-01-01", periods=SESSIONS)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (SESSIONS, NAMES)), axis=0))
    opened = close * np.exp(rng.normal(0, 0.005, close.shape))
    high, low = (
        np.maximum(opened, close) * (1 + rng.random(close.shape) / 100),
        np.minimum(opened, close) * (1 - rng.random(close.shape) / 100),
    )
    volume = rng.lognormal(11, 0.3, close.shape).round()
    fields = {"open": opened, "high": high, "low": low, "close": close, "volume": volume}
    if gaps:
        hole = rng.random(close.shape) < 0.01
        hole[SESSIONS // 2 :, :3] = hole[: SESSIONS // 3, 3:6] = True
        fields = {n: np.where(hole, np.nan, v) for n, v in fields.items()}
    names = [f"S{j:03d}" for j in range(NAMES)]
    return Panel.of({n: pd.DataFrame(v, index=days, columns=names) for n, v in fields.items()})
