"""What the runner of this machine leaves in its directory, beyond what every runner keeps."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from fakes.plans import plan_of_cells
from nbcode.primitives import Cancellation, CancelledError, locked_directory
from nbcode.run import RunEvent, RunReference, _attempt, drive
from nbcode.run._local import LocalRunner

ENDLESS = "import time\nwhile True:\n    time.sleep(1)"


def names_in(place: Path) -> set[str]:
    return {path.name for path in place.iterdir()}


def test_what_the_sandbox_of_a_killed_run_wrote_is_swept_by_whoever_comes_next_and_its_events_stay(
    tmp_path: Path,
) -> None:
    runs = tmp_path / "runs"
    program = [sys.executable, "-m", "fakes.runners", "local", str(runs), "killed", ENDLESS]
    done = subprocess.run(program, cwd=Path(__file__).parents[2], capture_output=True, check=False)
    assert done.returncode == -9, done.stderr.decode()
    assert {"raw", "lock"} < names_in(runs / "killed")
    half_made = runs / ".new-01234567"
    half_made.mkdir()
    (half_made / "submission.json").write_bytes(b"{}")
    (runs / ".new-01234567.lock").touch()
    runner = LocalRunner(runs)
    with locked_directory(runs, ".new-") as held:  # another submits at this moment
        next_one = runner.submit(plan_of_cells([("features", "1 / 0")], run_id="next"))
        assert held.exists()
    assert names_in(runs / "killed") == {"events.jsonl", "submission.json"}
    assert names_in(runs) == {"killed", "next"}
    assert (runs / "next" / "lock").exists() or runner.observe(next_one).record is not None
    while runner.observe(next_one).record is None:
        time.sleep(0.02)
    seen = runner.observe(RunReference(runner="local", run_id="killed"))
    assert seen.record is not None
    assert seen.record.lost


def test_a_run_that_its_driver_ended_leaves_its_record_and_nothing_of_a_result(tmp_path: Path) -> None:
    cancellation = Cancellation()

    def stop(event: RunEvent) -> None:
        if event.kind == "cell":
            cancellation.request()

    runner, into = LocalRunner(tmp_path), tmp_path / "run-1" / "out"
    plan = plan_of_cells([("features", ENDLESS)])
    with pytest.raises(CancelledError, match="ended early"):
        drive(runner, plan, into=into, on_event=stop, cancellation=cancellation)
    assert names_in(tmp_path / "run-1") == {"events.jsonl", "log.txt", "run.json", "submission.json"}


@pytest.mark.parametrize("run_id", ["", ".", "..", ".new-1", "a/b", "../a"])
def test_a_name_that_is_no_name_of_a_run_reaches_no_file(run_id: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no name of a run"):
        LocalRunner(tmp_path / "runs").submit(plan_of_cells([("features", "x = 1")], run_id=run_id))
    assert not (tmp_path / "runs").exists()


def test_runs_of_one_runner_compile_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once, most = [], []

    def compiling(*_given: object, **_how: object) -> None:
        at_once.append(1)
        most.append(len(at_once))
        time.sleep(0.05)
        at_once.pop()

    monkeypatch.setattr(_attempt, "compiled_kernels", compiling)
    runner = LocalRunner(tmp_path / "runs")
    plans = [
        plan_of_cells([("features", "x = 1")], run_id=f"run-{n}", numba_cache=tmp_path / "numba")
        for n in range(3)
    ]
    references = [runner.submit(plan) for plan in plans]
    while any(runner.observe(one).record is None for one in references):
        time.sleep(0.05)
    assert most == [1, 1, 1]
