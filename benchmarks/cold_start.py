"""A fresh process to its first result: 20 features, ridge, IC on a small panel; kernels are on disk."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.timing import ROOT, clean_environment, heading, row, time_process

SESSIONS, ASSETS = 1250, 300

FIRST_RESULT = """
import sys
from pathlib import Path
from alpha_bench import Panel, Ridge, evaluate, fwd_ret, walk_forward
from benchmarks.twenty import twenty
panel = Panel.open_mapped(Path(sys.argv[1]))
report = evaluate(walk_forward(Ridge().fit(X=twenty(), y=fwd_ret(10)), folds=3, embargo=5), panel)
print(report.figures["ic_mean"])
"""
BARE = "import numpy, numba, pyarrow"


def run(*, runs: int) -> None:
    heading(
        f"cold start: a fresh process, 20 features -> ridge -> IC, {SESSIONS:,} sessions x {ASSETS:,} assets"
    )
    from benchmarks.twenty import random_panel

    with tempfile.TemporaryDirectory() as directory:
        random_panel(SESSIONS, ASSETS).save_mapped(Path(directory))
        argv = [sys.executable, "-c", FIRST_RESULT, directory]
        once = subprocess.run(
            argv, cwd=ROOT, env=clean_environment(), check=True, capture_output=True, text=True
        )
        print(f"  IC {float(once.stdout):.6f} (noise: the panel has no signal)")
        bare = time_process([sys.executable, "-c", BARE], runs=runs)
        row("python -c 'import numpy, numba, pyarrow'", bare)
        row("python, to the mean IC", time_process(argv, runs=runs))
