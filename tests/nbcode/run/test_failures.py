"""Whatever way a cell ends a run, the run has failed, and the answer names the cell and the line."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.patience import ENOUGH_S, with_time_to_begin
from fakes.plans import inside_plan
from nbcode.configuration import Isolation
from nbcode.inputs import PinnedInput
from nbcode.primitives import Exit, digest_bytes, exit_for
from nbcode.run import Limits, RunEvent, RunOutcome, RunStatus
from nbcode.run.failures import CrashReport, cell_at, limit_reached, unexplained
from nbcode.run.inside import InsideCell, InsidePlan
from nbcode.sandbox import _landlock

RunCells = Callable[..., RunOutcome]
FINE = (
    ("features", "X = inputs['prices_csv']"),
    ("model", "from sklearn.linear_model import Ridge\nm = Ridge().fit(X[['close']], X.volume)"),
    ("eval", "report = {'ic_mean': 0.5}"),
)
ENDS = {
    "an exception": ("x = 1\n1 / 0", "NBC-H01", 2),
    "exit()": ("x = 1\nexit()", "NBC-D06", 2),
    "SystemExit(0)": ("raise SystemExit(0)", "NBC-D06", 1),
    "sys.exit in a function": ("import sys\ndef f():\n    sys.exit()\nf()", "NBC-D06", 3),
    "os._exit(0)": ("import os\n\nos._exit(0)", "NBC-D06", 3),
    "a signal": ("import os\nos.kill(os.getpid(), 9)", "NBC-D06", 2),
    "a crash": ("import ctypes\nctypes.string_at(0)", "NBC-H01", 2),
    "a syntax error": ("x = 1\nif x\n    pass", "NBC-H01", 2),
    "no memory": ("a = []\nwhile True:\n    a.append(bytearray(64 << 20))", "NBC-H02", 3),
    "no processor time": ("x = 1\nwhile True: pass", "NBC-H04", 2),
    "no time": ("while True:\n    pass", "NBC-H03", None),
    "a full disk": (
        "import tempfile\nwith tempfile.TemporaryFile() as f:\n    f.write(bytes(8 << 20))",
        "NBC-H05",
        3,
    ),
    "time asleep": ("import time\ntime.sleep(600)", "NBC-H03", 2),
}


def in_cell_3(outcome: RunOutcome) -> bool:
    return any(d.place is not None and d.place.cell == 3 for d in outcome.diagnostics)


@pytest.mark.parametrize("name", ENDS)
def test_a_cell_that_ends_the_run_by(name: str, run_cells: RunCells) -> None:
    code, expected, line = ENDS[name]

    def run(limit_s: float) -> RunOutcome:
        cpu_s = 10.0 if expected == "NBC-H04" else None
        limits = Limits(time_s=limit_s, cpu_s=cpu_s, memory_bytes=1 << 30, output_bytes=4 << 20)
        return run_cells(("features", "x = 1"), ("model", code), limits=limits, isolation=Isolation.AUTO)

    timed = expected == "NBC-H03"
    outcome = with_time_to_begin(run, in_cell_3, least_s=4.0) if timed else run(ENOUGH_S)
    assert outcome.status is RunStatus.FAILED
    assert outcome.result is None
    (found,) = outcome.diagnostics
    assert found.code == expected, found
    assert found.place is not None
    assert (found.place.path, found.place.cell, found.place.tag) == ("notebook.py", 3, "model")
    assert line is None or found.place.line == line


@pytest.mark.parametrize("isolation", [Isolation.LANDLOCK, Isolation.NAMESPACES])
def test_a_cell_that_kills_every_process_it_may_is_not_taken_for_somebody_outside(
    isolation: Isolation, run_cells: RunCells
) -> None:
    """The run's own processes are out of its reach: it is the cell that fails, in its line, and not for trying again."""
    if _landlock.abi() < 6:
        pytest.skip("signals are scoped from Landlock ABI 6 on")
    everyone = "import os, signal\nos.kill(-1, signal.SIGKILL)"
    outcome = run_cells(FINE[0], ("model", everyone), isolation=isolation, limits=Limits(time_s=ENOUGH_S))
    assert outcome.status is RunStatus.FAILED
    (found,) = outcome.diagnostics
    assert found.code != "NBC-H22", found
    assert found.place is not None
    assert (found.place.cell, found.place.line) == (3, 2)


BREAKS = {
    "builtins": "import builtins\nbuiltins.__import__ = None",
    "modules": "import sys\nsys.modules.clear()",
    "the event loop": "import asyncio\nasyncio.Future = asyncio.get_event_loop = asyncio.ensure_future = None",
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_kernel_that_a_cell_has_broken_is_noticed_and_the_cell_named(
    name: str, run_cells: RunCells
) -> None:
    """Without a limit: it would never end. The cell after it is not blamed. Some interpreters stop at such a cell, others crash."""
    cells = (("features", "x = 1"), ("model", BREAKS[name]), ("eval", "report = {'n': 1.0}"))
    outcome = run_cells(*cells, limits=Limits(time_s=ENOUGH_S), isolation=Isolation.AUTO)
    assert outcome.status is RunStatus.FAILED
    found = outcome.diagnostics[-1]
    assert found.code == "NBC-H01", found
    assert found.place is not None
    assert (found.place.cell, found.place.tag) == (3, "model")
    assert re.search("the kernel (answers nothing|ended in the middle of the run)", found.message), found
    assert found.fix_titles


def test_the_control_a_cell_that_sleeps_is_not_taken_for_silence(run_cells: RunCells) -> None:
    """Longer than the looks take that would notice a broken kernel."""
    asleep = "import time\ntime.sleep(5)\nX = inputs['prices_csv']"
    outcome = run_cells(("features", asleep), *FINE[1:], limits=Limits(time_s=ENOUGH_S))
    assert outcome.status is RunStatus.FINISHED, outcome.diagnostics


def test_what_a_cell_puts_in_place_of_json_and_open_does_not_stop_the_kernel(run_cells: RunCells) -> None:
    own = "import json, builtins\njson.loads = json.dumps = json.load = None\nbuiltins.open = None"
    outcome = run_cells(*FINE, ("eval", own), limits=Limits(time_s=ENOUGH_S))
    assert outcome.status is RunStatus.FINISHED, outcome.diagnostics


def test_frames_of_a_failure_are_those_in_cells(run_cells: RunCells) -> None:
    outcome = run_cells(("features", "def f(x):\n    return 1 / x"), ("model", "import statistics\nm = f(0)"))
    (found,) = outcome.diagnostics
    assert found.place is not None
    assert (found.place.cell, found.place.line) == (2, 2)
    assert [(r.place.cell, r.place.line) for r in found.related] == [(3, 2)]


def test_a_kernel_that_leaves_a_manifest_of_its_own_has_not_finished(
    tmp_path: Path, run_cells: RunCells
) -> None:
    code = (
        "import os, json\nopen(os.path.join(r'{out}', 'result.json'), 'w').write(json.dumps("
        "{{'nonce': '', 'spec_digest': '{spec}', 'definition_digest': None, 'pins': {{}}, 'files': []}}))\nos._exit(0)"
    ).format(out=tmp_path / "runs" / "run-1" / "raw", spec=digest_bytes(b"spec"))
    outcome = run_cells(("features", code))
    assert outcome.status is RunStatus.FAILED
    assert outcome.result is None


def test_an_input_that_is_not_as_declared_stops_the_run_before_the_first_cell(
    declared: tuple[PinnedInput, ...], run_cells: RunCells
) -> None:
    events: list[RunEvent] = []
    outcome = run_cells(
        ("features", "1 / 0"),
        inputs=tuple(replace(one, digest=digest_bytes(b"other")) for one in declared),
        on_event=events.append,
    )
    assert [d.code for d in outcome.diagnostics] == ["NBC-E02"]
    assert not [e for e in events if e.kind == "cell"]


def test_an_input_that_changes_during_the_run_is_no_input(
    declared: tuple[PinnedInput, ...], run_cells: RunCells
) -> None:
    def change(event: RunEvent) -> None:
        if event.name == "figures":
            declared[0].path.write_text("changed")

    outcome = run_cells(*FINE, on_event=change)
    assert [d.code for d in outcome.diagnostics] == ["NBC-E12"]


def test_isolation_that_was_asked_for_and_is_not_there_is_refused_and_never_downgraded(
    run_cells: RunCells,
) -> None:
    outcome = run_cells(("features", "x = 1"), isolation=Isolation.ENVIRONMENT)
    assert outcome.status is RunStatus.FAILED
    assert [d.code for d in outcome.diagnostics] == ["NBC-H19"]


def test_a_kernel_that_is_killed_from_outside_says_nothing_about_the_notebook(run_cells: RunCells) -> None:
    def kill(event: RunEvent) -> None:
        if event.kind == "cell" and event.name == "start" and event.cell == 3:
            for process in Path("/proc").glob("[0-9]*"):
                if b"-m\0nbcode.run._kernel" in _command_line(process) and _descends_from(
                    process, os.getpid()
                ):
                    os.kill(int(process.name), signal.SIGKILL)

    outcome = run_cells(("features", "x = 1"), ("model", "import time\ntime.sleep(600)"), on_event=kill)
    (found,) = outcome.diagnostics
    assert (found.code, exit_for(outcome.diagnostics)) == ("NBC-H22", Exit.RETRY)
    assert found.place is not None
    assert found.place.cell == 3


def _command_line(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def _descends_from(process: Path, ancestor: int) -> bool:
    pid = int(process.name)
    while pid > 1:
        if pid == ancestor:
            return True
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
    return False


@pytest.mark.parametrize(
    ("remains", "position", "code", "words"),
    [
        (CrashReport(exit_code=-9), 1, "NBC-H22", "killed from outside"),
        (
            CrashReport(exit_code=-6, log="boom\nToo many open files (src/ctx.cpp)\n"),
            1,
            "NBC-H22",
            "cannot work on this machine",
        ),
        (CrashReport(exit_code=1, log="no numpy\n"), 0, "NBC-H22", "cannot work on this machine"),
        (CrashReport(exit_code=-11), 1, "NBC-H01", "SIGSEGV"),
        (CrashReport(error="CellTimeoutError: late"), 1, "NBC-H01", "no answer"),
    ],
)
def test_what_ended_a_run_is_told_by_what_is_known_and_not_by_what_nbcode_did(
    remains: CrashReport, position: int, code: str, words: str, tmp_path: Path
) -> None:
    found = unexplained(inside(tmp_path), position, remains)
    assert found.code == code
    assert words in found.message


@pytest.mark.parametrize("which", ["time", "memory"])
def test_every_limit_names_the_cell_that_ran_last(which: str, tmp_path: Path) -> None:
    plan = inside(tmp_path)
    stacks = 'Thread 0x1:\n  File "<cell 2 [features]>", line 7 in f\n'
    assert cell_at(plan, 2, stacks) == (plan.cells[0], 7)
    assert cell_at(plan, 3, "") == (plan.cells[1], None), "what follows the last cell is told as after it"
    assert cell_at(plan, 0, "") == (None, None)
    found = limit_reached(Limits(), which, 1 << 20, *cell_at(plan, 3, ""))
    assert found.place is not None
    assert (found.place.cell, found.place.tag) == (3, "model")


def inside(tmp_path: Path) -> InsidePlan:
    cells = (InsideCell(tag="features", index=2, source=""), InsideCell(tag="model", index=3, source=""))
    return inside_plan(tmp_path, cells)
