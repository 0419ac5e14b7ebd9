"""Operators across assets and within groups on 2500 sessions of 3000 assets, beside pandas and numpy in the same process."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from alpha_bench.kernels import COMPILED
from benchmarks.timing import Timing, heading, row, time_call

Floats = NDArray[np.float64]
SESSIONS, ASSETS, GROUPS = 2500, 3000, 11
FEW = 50  # sessions that a peer which loops over them is timed on; its time is multiplied


def run(*, runs: int) -> None:
    heading(f"Across assets, {SESSIONS} sessions x {ASSETS} assets, 1 % missing")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(SESSIONS, ASSETS))
    x[rng.random(x.shape) < 0.01] = np.nan
    sectors = rng.integers(0, GROUPS, ASSETS).astype(float)
    groups = np.tile(sectors, (SESSIONS, 1))
    exposures = [rng.normal(size=x.shape) for _ in range(3)]
    out = np.empty_like(x)
    for name, params, peer in peers(x, sectors):
        operands = (x, groups) if name.startswith("group.") else (x,)
        row(f"pandas {name}", theirs := time_call(peer, runs=1))
        ours = partial(COMPILED[name], *operands, out=out, **params)
        row(f"alpha_bench {name}", time_call(ours, runs=runs), theirs)
    lstsq = time_call(lambda: residuals(x[:FEW], sectors, [e[:FEW] for e in exposures]), runs=1)
    theirs = Timing(seconds=tuple(s * SESSIONS / FEW for s in lstsq.seconds))
    row(f"numpy.linalg.lstsq, 3 exposures and {GROUPS} groups", theirs)
    counts = {"exposures": 3, "groups": 1, "weights": 0}
    ours = time_call(lambda: COMPILED["cs.neutralize"](x, *exposures, groups, out=out, **counts), runs=runs)
    row("alpha_bench neutralize", ours, theirs)


def peers(x: Floats, sectors: Floats) -> list[tuple[str, dict[str, Any], Callable[[], object]]]:
    frame = pd.DataFrame(x)
    by = frame.T.groupby(sectors)
    return [
        ("cs.rank", {}, lambda: frame.rank(axis=1, pct=True)),
        ("cs.zscore", {}, lambda: frame.sub(frame.mean(axis=1), axis=0).div(frame.std(axis=1), axis=0)),
        ("cs.demean", {}, lambda: frame.sub(frame.mean(axis=1), axis=0)),
        ("cs.scale", {}, lambda: frame.div(frame.abs().sum(axis=1), axis=0)),
        (
            "cs.winsorize",
            {"limit": 0.01, "by": "quantile"},
            lambda: frame.clip(frame.quantile(0.01, axis=1), frame.quantile(0.99, axis=1), axis=0),
        ),
        (
            "cs.gaussianize",
            {},
            lambda: ndtri((frame.rank(axis=1) - 0.5).div(frame.count(axis=1), axis=0).to_numpy()),
        ),
        ("cs.quantile", {"bins": 5}, lambda: frame.apply(lambda v: pd.qcut(v, 5, labels=False), axis=1)),
        ("cs.top", {"n": 500}, lambda: frame.rank(axis=1, ascending=False, method="min") <= 500),
        ("group.demean", {}, lambda: frame.T - by.transform("mean")),
        ("group.zscore", {}, lambda: (frame.T - by.transform("mean")) / by.transform("std")),
        ("group.rank", {}, lambda: by.rank(pct=True)),
    ]


def residuals(x: Floats, sectors: Floats, exposures: list[Floats]) -> None:
    dummies = (sectors[:, None] == np.arange(GROUPS)).astype(float)
    for t, y in enumerate(x):
        known = np.isfinite(y)
        design = np.column_stack([dummies[known], *(e[t, known] for e in exposures)])
        y[known] - design @ np.linalg.lstsq(design, y[known], rcond=None)[0]
