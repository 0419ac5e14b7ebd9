"""Whatever way a cell ends a run, the run has failed, and the answer names the cell and the line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nbcode.inputs import PinnedInput
from nbcode.primitives import digest_bytes
from nbcode.run import Isolation, Limits, RunEvent, RunOutcome, RunStatus

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
    "no time": ("while True:\n    pass", "NBC-H03", None),
    "a full disk": (
        "import tempfile\nwith tempfile.TemporaryFile() as f:\n    f.write(bytes(8 << 20))",
        "NBC-H05",
        3,
    ),
    "time asleep": ("import time\ntime.sleep(600)", "NBC-H03", 2),
}


@pytest.mark.parametrize("name", ENDS)
def test_a_cell_that_ends_the_run_by(name: str, run_cells: RunCells) -> None:
    code, expected, line = ENDS[name]
    limits = Limits(time_s=4 if expected == "NBC-H03" else 60, memory_bytes=1 << 30, output_bytes=4 << 20)
    outcome = run_cells(("features", "x = 1"), ("model", code), limits=limits, isolation=Isolation.AUTO)
    assert outcome.status is RunStatus.FAILED
    assert outcome.result is None
    (found,) = outcome.diagnostics
    assert found.code == expected, found
    assert found.place is not None
    assert (found.place.path, found.place.cell, found.place.tag) == ("notebook.py", 3, "model")
    assert line is None or found.place.line == line


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
        if event.name == "report":
            declared[0].path.write_text("changed")

    outcome = run_cells(*FINE, on_event=change)
    assert [d.code for d in outcome.diagnostics] == ["NBC-E12"]


def test_isolation_that_was_asked_for_and_is_not_there_is_refused_and_never_downgraded(
    run_cells: RunCells,
) -> None:
    outcome = run_cells(("features", "x = 1"), isolation=Isolation.ENVIRONMENT)
    assert outcome.status is RunStatus.FAILED
    assert [d.code for d in outcome.diagnostics] == ["NBC-H19"]
