"""``python -m benchmarks.look_modes MODE CPU_FILE ARGUMENT...``: the program ``nbcode`` with ARGUMENTs, whose clean run is as MODE says; the
CPU seconds of the run's processes, the executor's and the kernel's, go to CPU_FILE."""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import Any

from nbcode.cli import main
from nbcode.run import _attempt

MODES = ("bare", "recorded", "looked", "whole")
"""With no recorder; with it and no look at other data; with both; and as it is, with the judge that finds stated figures again."""
_KERNEL = '"-m", "nbcode.run._kernel"'
_NO_JUDGE = "_cells._hand_over_predictions = lambda *_: None; "
_LATER = {
    "bare": "_cells._record = lambda: None",
    "recorded": "from nbcode.leaks import Obstacle, not_looked_at; from nbcode.run import _leak_probe; "
    + _NO_JUDGE
    + "_leak_probe.probe = lambda *_: not_looked_at(Obstacle(cause='not asked for', fix=''))",
    "looked": _NO_JUDGE,
    "whole": "",
}


def _start_of(mode: str, folder: Path) -> Path:
    """The text that begins the kernel, with ``mode`` set in it after its imports."""
    text = _attempt._START.read_text("utf-8")  # noqa: SLF001 - what a benchmark takes apart
    assert text.count(_KERNEL) == 1
    kernel = f"from nbcode.run import _kernel, _cells; {_LATER[mode]}\n_kernel.main()"
    path = folder / f"start_{mode}.py"
    path.write_text(text.replace(_KERNEL, f'"-c", {kernel!r}'), "utf-8")
    return path


def run(mode: str, told: Path, arguments: list[str]) -> int:
    """The program's exit code."""
    _attempt._START = _start_of(mode, told.parent)  # noqa: SLF001
    launch = _attempt.sandbox.launch

    def timed(*args: Any, **keywords: Any) -> Any:
        before = _cpu_s()
        try:
            return launch(*args, **keywords)
        finally:
            told.write_text(str(_cpu_s() - before))

    _attempt.sandbox.launch = timed
    return main(arguments)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], Path(sys.argv[2]), sys.argv[3:]))
