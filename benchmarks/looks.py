"""What the recorder of calls and the looks at other futures cost: CPU of the clean run without either, with the recorder, and with both.

The notebooks of ``../shared/notebooks`` (their copies in ``tests/notebooks``) and the example notebook, each mode in turn."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.look_modes import MODES
from benchmarks.timing import ROOT, clean_environment, heading, record

BOUND = 0.30
"""What the recorder and the looks may add to a clean run."""
_EXAMPLE = ROOT / "examples" / "xsmom_v3" / "notebook.ipynb"


def run(*, runs: int, only: Sequence[str] = ()) -> None:
    heading(
        "recording and looks: CPU seconds of the clean run (executor and kernel), medians of runs in turn"
    )
    columns = ("bare", "recorded", "looked", "judged", "recorder", "and looks", "and judge")
    print(f"  {'notebook':18s}{''.join(f'{one:>11s}' for one in columns)}")
    sys.path.insert(0, str(ROOT / "tests"))
    from notebooks.promoting import write_project, write_tagged
    from notebooks.table import SHARED

    with tempfile.TemporaryDirectory() as folder:
        project = write_project(Path(folder) / "project")
        (project / "nbcode.toml").write_text('[run]\nlook_limit = "10m"\n')
        example = Path(folder) / "example"
        example.mkdir()
        shutil.copy(_EXAMPLE, example)
        if not only or "xsmom_v3" in only:
            _one("xsmom_v3", example, _EXAMPLE.name, runs)
        for notebook in [one for one in SHARED if not only or one.name in only]:
            _one(notebook.name, project, str(write_tagged(project, notebook)), runs)


def _one(name: str, directory: Path, path: str, runs: int) -> None:
    seconds: dict[str, list[float]] = {mode: [] for mode in MODES}
    for number in range(1 + runs):
        for mode in MODES:
            taken = _cpu_s(mode, directory, path)
            if number:  # the first one of each compiles
                seconds[mode].append(taken)
    added = {
        mode: statistics.median(other / bare - 1 for bare, other in zip(seconds["bare"], taken, strict=True))
        for mode, taken in seconds.items()
        if mode != "bare"
    }
    for mode, taken in seconds.items():
        record(f"{name}, {mode}", statistics.median(taken))
    record(f"{name}, added by recorder and looks", added["looked"])
    figures = "".join(f"{statistics.median(taken):11.2f}" for taken in seconds.values())
    shares = "".join(f"{share:+11.0%}" for share in added.values())
    over = "" if added["looked"] <= BOUND else f"   over {BOUND:.0%}"
    print(f"  {name:18s}{figures}{shares}{over}", flush=True)


def _cpu_s(mode: str, directory: Path, path: str) -> float:
    """CPU seconds of one clean run. Raises ``CalledProcessError`` where it fails."""
    told = directory / "cpu"
    argv = [
        sys.executable,
        "-m",
        "benchmarks.look_modes",
        mode,
        str(told),
        "run",
        path,
        "--isolation",
        "process",
        "--json",
    ]
    where = clean_environment() | {"PYTHONPATH": str(ROOT), "MLFLOW_ENABLE_TELEMETRY": "false"}
    subprocess.run(argv, cwd=directory, env=where, check=True, capture_output=True)
    return float(told.read_text())
