"""Every rolling operator of two windows, beside pandas and bottleneck on the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import bottleneck
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alpha_bench.kernels import COMPILED
from alpha_bench.runtime.threads import cores
from benchmarks.timing import Timing, heading, time_call

Floats = NDArray[np.float64]
SESSIONS, ASSETS = 2500, 500
PAIRS = ("beta", "corr", "cov", "resid_on")
RUNS = 2  # of a peer: some take seconds


def ours(name: str, x: Floats, y: Floats, window: int) -> Callable[[], Floats]:
    params = {"limit": window} if name == "backfill" else {"window": window}
    params |= {"ewm": {"halflife": window / 10}, "quantile": {"q": 0.3}}.get(name, {})
    return partial(
        COMPILED[f"ts.{name}"], *((x, y) if name in PAIRS else (x,)), out=np.empty_like(x), **params
    )


def in_pandas(x: Floats, y: Floats, window: int) -> Mapping[str, Callable[[], pd.DataFrame]]:
    frame, other = pd.DataFrame(x), pd.DataFrame(y)
    rolling = frame.rolling(window)
    one = "sum mean var std skew kurt min max median count".split()
    return {
        **{name: getattr(rolling, name) for name in one},
        "quantile": lambda: rolling.quantile(0.3),
        "rank": lambda: rolling.rank(pct=True),
        "corr": lambda: rolling.corr(other),
        "cov": lambda: rolling.cov(other),
        "backfill": lambda: frame.ffill(limit=window),
    }


def in_bottleneck(x: Floats, window: int) -> Mapping[str, Callable[[], Floats]]:
    names = "sum mean var std min max argmin argmax median rank".split()
    more = {"var": {"ddof": 1}, "std": {"ddof": 1}}
    return {n: partial(getattr(bottleneck, f"move_{n}"), x, window, axis=0, **more.get(n, {})) for n in names}


def against(peer: Callable[[], object] | None, mine: Timing) -> str:
    if peer is None:
        return f"{'':>22s}"
    theirs = time_call(peer, runs=RUNS, warm_up=0)
    return f"{theirs.median * 1e3:11.1f} ({theirs.median / mine.median:6.1f}x)"


def run(*, runs: int, sessions: int = SESSIONS, assets: int = ASSETS) -> None:
    rng = np.random.default_rng(0)
    x, y = (np.ascontiguousarray(rng.normal(size=(sessions, assets))) for _ in range(2))
    for window in (20, 252):
        heading(
            f"rolling operators, window {window}, {sessions:,} x {assets:,}, ms; ours on {cores()} threads, peers as they come"
        )
        print(f"  {'':14s}{'alpha_bench':>12s}{'pandas':>22s}{'bottleneck':>22s}")
        pandas_has, bottleneck_has = in_pandas(x, y, window), in_bottleneck(x, window)
        for name in sorted(n.removeprefix("ts.") for n in COMPILED if n.startswith("ts.")):
            mine = time_call(ours(name, x, y, window), runs=runs)
            print(
                f"  {name:14s}{mine.median * 1e3:12.1f}{against(pandas_has.get(name), mine):>22s}"
                f"{against(bottleneck_has.get(name), mine):>22s}",
                flush=True,
            )
