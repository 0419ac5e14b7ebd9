"""Click to candidate: a whole ``nbcode promote`` by step, beside bare papermill + MLflow on the same notebook."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.timing import BIN, ROOT, Timing, clean_environment, heading, row

NOTEBOOK = ROOT / "examples" / "xsmom_v3" / "notebook.ipynb"
PEER = ROOT / "benchmarks" / "peers" / "papermill_mlflow.py"


def timed(argv: list[str], directory: Path) -> tuple[float, dict[str, Any]]:
    start = time.perf_counter()
    done = subprocess.run(
        argv, cwd=directory, env=clean_environment(), check=True, capture_output=True, text=True
    )
    return time.perf_counter() - start, json.loads(
        done.stdout.strip().splitlines()[-1] if argv[0] == sys.executable else done.stdout
    )


def promote(directory: Path) -> tuple[float, dict[str, Any]]:
    return timed([str(BIN / "nbcode"), "promote", "notebook.ipynb", "--json"], directory)


def several(
    runs: int, one: Callable[[int], tuple[float, dict[str, Any]]]
) -> tuple[Timing, list[dict[str, Any]]]:
    results = [one(number) for number in range(runs)]
    return Timing(seconds=tuple(seconds for seconds, _ in results)), [value for _, value in results]


def steps(values: list[dict[str, Any]]) -> None:
    for name in values[-1]["seconds"]:
        print(
            f"      {name:54s}{statistics.median(v['seconds'].get(name, 0.0) for v in values) * 1e3:9.1f} ms"
        )


def run(*, runs: int) -> None:
    heading("click to candidate, the sample panel, whole process")
    with tempfile.TemporaryDirectory() as folder:

        def peer(number: int) -> tuple[float, dict[str, Any]]:
            directory = Path(folder) / f"peer{number}"
            directory.mkdir()
            return timed([sys.executable, str(PEER), str(NOTEBOOK), str(directory)], directory)

        def cold(number: int) -> tuple[float, dict[str, Any]]:
            directory = Path(folder) / f"cold{number}"
            directory.mkdir()
            shutil.copy(NOTEBOOK, directory / "notebook.ipynb")
            return promote(directory)

        def warm(number: int) -> tuple[float, dict[str, Any]]:
            directory = Path(folder) / "cold0"
            path = directory / "notebook.ipynb"
            path.write_text(NOTEBOOK.read_text().replace("Ridge()", f"Ridge(alpha={number + 2}.0)"))
            return promote(directory)

        def exists(_: int) -> tuple[float, dict[str, Any]]:
            return promote(Path(folder) / "cold0")

        theirs, parts = several(runs, peer)
        first, first_values = several(runs, cold)
        later, later_values = several(runs, warm)
        again, _ = several(runs, exists)
    row("papermill + MLflow, bare", theirs)
    for name in parts[-1]:
        print(f"      {name:54s}{statistics.median(p[name] for p in parts) * 1e3:9.1f} ms")
    row("nbcode promote, empty directory (cold)", first, theirs)
    steps(first_values)
    row("nbcode promote, a changed notebook (warm)", later, theirs)
    steps(later_values)
    row("nbcode promote, nothing changed", again, theirs)
