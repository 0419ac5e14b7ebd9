"""How time grows with sessions, on one thread and on two; the slope of log time over log sessions: 1 is linear."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from benchmarks.timing import heading, time_call

ASSETS, SESSIONS, TIMES = 300, 3500, (1, 2, 4, 8)


def run(*, runs: int) -> None:
    from alpha_bench import Ridge, evaluate, fwd_ret, walk_forward
    from alpha_bench.engine.executor import compute
    from benchmarks.twenty import random_panel, twenty

    panel = random_panel(SESSIONS * TIMES[-1], ASSETS)
    wanted = twenty()
    plan = walk_forward(Ridge().fit(X=wanted, y=fwd_ret(10)), folds=12, embargo=5)
    for what, call in (
        ("20 features", lambda p: compute(tuple(wanted.values()), p)),
        ("20 features -> 12-fold ridge -> IC", lambda p: evaluate(plan, p)),
    ):
        heading(f"scaling: {what}, {SESSIONS:,} x 1, 2, 4, 8 sessions, {ASSETS:,} assets")
        for threads in (1, 2):
            with _threads(threads):
                seconds = [
                    min(time_call(partial(call, panel.truncate(SESSIONS * n)), runs=runs).seconds)
                    for n in TIMES
                ]
            shown = "  ".join(f"{s * 1e3:8.1f} ms" for s in seconds)
            print(
                f"  {threads} thread{'s' if threads > 1 else ' '}  {shown}   slope {_slope(seconds):.2f}",
                flush=True,
            )


@contextmanager
def _threads(number: int) -> Iterator[None]:
    before = os.environ.get("ALPHA_BENCH_THREADS")
    os.environ["ALPHA_BENCH_THREADS"] = str(number)
    try:
        yield
    finally:
        del os.environ["ALPHA_BENCH_THREADS"]
        if before is not None:
            os.environ["ALPHA_BENCH_THREADS"] = before


def _slope(seconds: list[float]) -> float:
    """Least squares of log seconds on log sessions."""
    x = [math.log(n) for n in TIMES]
    y = [math.log(s) for s in seconds]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / sum(
        (a - mean_x) ** 2 for a in x
    )
