"""Columns that are kept: computing all, reading all, and a day more; for fast operators and for slow ones."""

from __future__ import annotations

import tempfile
from pathlib import Path

from alpha_bench import data, features, open_cache, ts
from alpha_bench.engine.executor import compute
from alpha_bench.expressions.expr import Expr
from alpha_bench.panel.panel import Panel
from benchmarks.timing import heading, row, time_call
from benchmarks.twenty import random_panel, twenty

SESSIONS, ASSETS = 2500, 1000


def run(*, runs: int) -> None:
    whole = random_panel(SESSIONS, ASSETS)
    slow = [ts.median(features.ret(1), w) for w in (20, 60, 120, 250)] + [ts.rank(data.volume, 250)]
    _measure("the twenty features", list(twenty().values()), whole, runs)
    _measure("medians and ranks in time", slow, whole, runs)


def _measure(what: str, wanted: list[Expr], whole: Panel, runs: int) -> None:
    heading(f"kept columns: {what}, {SESSIONS:,} sessions x {ASSETS:,} assets")
    before = whole.truncate(SESSIONS - 1)
    alone = time_call(lambda: compute(wanted, whole), runs=runs)
    row("computed, nothing kept", alone)
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        row(
            "computed and kept",
            time_call(lambda: open_cache(before, place).compute(wanted), runs=1, warm_up=0),
        )
        row("the same again", time_call(lambda: open_cache(before, place).compute(wanted), runs=runs), alone)
        later = open_cache(whole, place)
        row("a day more", time_call(lambda: later.compute(wanted), runs=1, warm_up=0), alone)
        print(
            f"    {later.use}; {later.use.sessions_computed:,} sessions computed of {SESSIONS * len(wanted):,}"
        )
