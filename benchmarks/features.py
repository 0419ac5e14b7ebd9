"""Twenty features on 2,500 sessions x 3,000 assets, beside pandas, polars and bottleneck, and the floor that memory sets."""

from __future__ import annotations

import gc
import os
import subprocess
import warnings
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

from alpha_bench.engine.buffer_pool import RECYCLER
from alpha_bench.engine.executor import compute
from alpha_bench.kernels import moving
from alpha_bench.panel.panel import Panel
from alpha_bench.runtime.threads import cores, in_pieces
from benchmarks.peers import features_bottleneck, features_pandas, features_polars
from benchmarks.timing import ROOT, Timing, heading, row, time_call
from benchmarks.twenty import random_panel, twenty

Floats = NDArray[np.float64]
SESSIONS, ASSETS = 2500, 3000
WIDTH = 500  # assets in a piece of the floor


def floor(
    panel: Panel, outputs: int, *, threads: int, empty: Callable[[tuple[int, int]], Floats]
) -> Callable[[], object]:
    """Read every field once and write every output once, past the cache, and nothing else; ``empty`` gives the memory."""
    fields = list(panel.fields.values())
    sessions, assets = panel.shape
    tile = np.zeros((sessions, WIDTH))

    def run() -> None:
        made = [empty((sessions, assets)) for _ in range(outputs)]

        def piece(first: int, last: int) -> None:
            for field in fields:
                field[:, first:last].max()
            for out in made:
                moving.save_rows(tile[:, : last - first] if last - first < WIDTH else tile, out, 0, first)

        in_pieces(piece, assets, WIDTH, made[0].size, threads)

    return run


def run(*, runs: int, sessions: int = SESSIONS, assets: int = ASSETS) -> None:
    heading(f"20 features, {sessions:,} sessions x {assets:,} assets, float64, {cores()} threads")
    panel = random_panel(sessions, assets)
    wanted = twenty()
    columns = tuple(wanted.values())

    def newly_got() -> None:
        RECYCLER.release()
        compute(columns, panel)

    least = time_call(floor(panel, len(wanted), threads=cores(), empty=np.empty), runs=runs)
    reused = time_call(floor(panel, len(wanted), threads=cores(), empty=RECYCLER.empty), runs=runs)
    first = time_call(newly_got, runs=runs)
    ours = time_call(lambda: compute(columns, panel), runs=runs)
    row("memory: fields read, outputs written into memory newly got", least)
    row("memory: the same, into memory that is used again", reused)
    row("alpha_bench, into memory newly got", first)
    print(f"    {'ratio to its floor':56s}{first.median / least.median:9.1f}x")
    row("alpha_bench", ours)
    print(f"    {'ratio to the floor of memory newly got':56s}{ours.median / least.median:9.1f}x")
    print(f"    {'ratio to the floor of memory used again':56s}{ours.median / reused.median:9.1f}x")
    values = dict(zip(wanted, compute(tuple(wanted.values()), panel), strict=True))
    best = min(_peers(panel, values, runs=min(runs, 3)), key=lambda t: t.median)
    print(f"    {'ratio of the best of them to alpha_bench':56s}{best.median / ours.median:9.1f}x")
    _elsewhere(sessions, assets)


def _peers(panel: Panel, values: Mapping[str, Floats], *, runs: int) -> list[Timing]:
    close, volume = (np.array(panel.fields[f]) for f in ("close", "volume"))
    names = list(map(str, panel.assets))
    frames = [pd.DataFrame(x, index=panel.dates, columns=names) for x in (close, volume)]
    wide = [pl.from_numpy(x, schema=names) for x in (close, volume)]
    timings = []
    for name, call, to_array in (
        ("pandas", lambda: features_pandas.compute(*frames), lambda x: x.to_numpy()),
        ("polars", lambda: features_polars.compute(*wide), lambda x: x.to_numpy()),
        ("bottleneck + numpy", lambda: features_bottleneck.compute(close, volume), lambda x: x),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            timings.append(time_call(call, runs=runs, warm_up=0))
            away = {n: _apart(to_array(x), values[n]) for n, x in call().items()}
        row(name, timings[-1])
        worst = max(away, key=lambda n: away[n])
        print(f"    {'its values against ours, worst of the twenty':56s}{away[worst]:9.1e}   ({worst})")
        gc.collect()
    return timings


def _apart(theirs: Floats, ours: Floats) -> float:
    """The largest difference, in units of the largest value of the session; infinite when other values are missing."""
    if not (np.isnan(theirs) == np.isnan(ours)).all():
        return float("inf")
    scale = np.nanmax(np.abs(ours), axis=1, keepdims=True)
    return float(np.nanmax(np.abs(theirs - ours) / scale))


def _elsewhere(sessions: int, assets: int) -> None:
    """Peers that need an environment of their own (``make bench-peers``), in a process each."""
    for name in ("zipline", "qlib"):
        python = ROOT / ".venv-peers" / name / "bin" / "python"
        if not python.exists():
            print(f"  {name}: left out, {python.relative_to(ROOT)} is not there (make bench-peers)")
            continue
        script = ROOT / "benchmarks" / "peers" / f"features_{name}.py"
        done = subprocess.run(
            [str(python), str(script), str(sessions), str(assets)],
            env={**os.environ, "PYTHONPATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        last = (done.stdout.strip() or done.stderr.strip() or "no output").splitlines()[-1]
        print(f"  {name:58s}{last}" if done.returncode == 0 else f"  {name}: left out, it failed: {last}")
