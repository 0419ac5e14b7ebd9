"""What the recorder of calls and the looks at other futures cost: CPU of the clean run without either, with the recorder, and with both.

The notebooks of ``../shared/notebooks`` (their copies in ``tests/notebooks``) and the example notebook, each mode in turn."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.look_modes import MODES
from benchmarks.timing import ROOT, clean_environment, heading, record

BOUND = 0.30
"""What the recorder and the looks may add to a clean run."""
_EXAMPLE = ROOT / "examples" / "xsmom_v3" / "notebook.ipynb"


def run(*, runs: int) -> None:
    heading(
        "recording and looks: CPU seconds of the clean run (executor and kernel), medians of runs in turn"
    )
    print(f"  {'notebook':22s}{'bare':>9s}{'recorded':>10s}{'looked':>9s}{'recorder':>11s}{'both':>8s}")
    sys.path.insert(0, str(ROOT / "tests"))
    from notebooks.promoting import write_project, write_tagged
    from notebooks.table import SHARED

    with tempfile.TemporaryDirectory() as folder:
        project = write_project(Path(folder) / "project")
        (project / "nbcode.toml").write_text('[run]\nlook_limit = "10m"\n')
        example = Path(folder) / "example"
        example.mkdir()
        shutil.copy(_EXAMPLE, example)
        _one("xsmom_v3", example, _EXAMPLE.name, runs)
        for notebook in SHARED:
            _one(notebook.name, project, str(write_tagged(project, notebook)), runs)


def _one(name: str, directory: Path, path: str, runs: int) -> None:
    seconds: dict[str, list[float]] = {mode: [] for mode in MODES}
    for number in range(1 + runs):
        for mode in MODES:
            taken = _cpu_s(mode, directory, path)
            if number:  # the first one of each compiles
                seconds[mode].append(taken)
    bare, recorded, looked = (statistics.median(seconds[mode]) for mode in MODES)
    pairs = [
        [other / bare - 1 for bare, other in zip(seconds["bare"], seconds[mode], strict=True)]
        for mode in MODES[1:]
    ]
    recorder, both = (statistics.median(one) for one in pairs)
    for mode, value in zip(MODES, (bare, recorded, looked), strict=True):
        record(f"{name}, {mode}", value)
    record(f"{name}, added", both)
    over = "" if both <= BOUND else f"   OVER {BOUND:.0%}"
    print(
        f"  {name:22s}{bare:9.2f}{recorded:10.2f}{looked:9.2f}{recorder:+11.0%}{both:+8.0%}{over}", flush=True
    )


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
