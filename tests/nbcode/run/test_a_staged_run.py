"""A run that is carried elsewhere as files: the same content, and the same result as here."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.object_stores import in_memory
from fakes.patience import ENOUGH_S
from fakes.plans import plan_of_cells, small_input
from nbcode.configuration import Isolation
from nbcode.inputs import SourceFile, source_of
from nbcode.primitives import Diagnostic, Digest, Severity, digest_bytes, digest_path
from nbcode.run import Limits, RunPlan, RunStatus, content_digest, drive, read_events
from nbcode.run._local import LocalRunner
from nbcode.run._pod import NOT_STAGED
from nbcode.run.record import read_record
from nbcode.run.staged import StagedRunError, read_staged, stage_referenced, staged_files
from nbcode.sandbox import IsolationLevel, probe

FINE = (
    "from sklearn.linear_model import Ridge\nprint('hello')\nprices = inputs['prices_csv']\n"
    "m = Ridge().fit(prices[['volume']], prices['close'])\nreport = {'ic_mean': 0.5}"
)
NOTE = Diagnostic(code="NBC-G01", severity=Severity.NOTE, message="no lock file in the project")


@pytest.fixture
def landlock() -> None:
    found = probe(IsolationLevel.LANDLOCK)
    if not found.available:
        pytest.skip(f"landlock: {found.reason}")


def plan_of(root: Path, source: str = FINE) -> RunPlan:
    limits = Limits(time_s=ENOUGH_S, memory_bytes=2 << 30)
    made = plan_of_cells([("model", source)], [small_input(root)], run_id="m-1", limits=limits)
    return replace(
        made,
        placement=replace(
            made.placement, first_lines=((2, 41),), notes=(NOTE,), isolation=Isolation.LANDLOCK
        ),
    )


def staged(plan: RunPlan, folder: Path) -> Path:
    for name, held in staged_files(plan).items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(held if isinstance(held, bytes) else held.read_bytes())
    return folder


def test_an_input_that_is_elsewhere_is_told_by_reference_and_brought_from_there(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    (planned,), (path,) = plan.content.inputs, plan.placement.inputs
    world = in_memory()
    world.put("", path.read_bytes())
    there = SourceFile(path="", digest=planned.digest, size_bytes=planned.size_bytes)
    reference = source_of("s3://panels/p.csv", (there,))
    plan = replace(plan, placement=replace(plan.placement, references=(reference,)))
    folder = staged(plan, tmp_path / "in")
    assert sorted(p.name for p in folder.iterdir()) == ["content.json", "staged.json"]  # none of its bytes
    assert stage_referenced(folder, plan.content, opening=world.opening) == {0}
    assert (
        digest_path(read_staged(folder, content_digest(plan.content)).placement.inputs[0]) == planned.digest
    )
    other = replace(plan.content, inputs=(replace(planned, digest=digest_bytes(b"other")),))
    with pytest.raises(StagedRunError, match="and its reference"):
        stage_referenced(folder, other, opening=world.opening)
    assert stage_referenced(staged(plan_of(tmp_path), tmp_path / "all"), plan.content) == frozenset()


def begun(plan: RunPlan, folder: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "nbcode.run._pod",
        str(folder),
        str(out),
        "--content",
        content_digest(plan.content),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_what_was_staged_is_the_plan_again(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    found = read_staged(staged(plan, tmp_path / "in"), content_digest(plan.content))
    assert (found.run_id, found.content) == (plan.run_id, plan.content)
    assert found.placement.isolation is Isolation.LANDLOCK
    assert (found.placement.first_lines, found.placement.notes) == (((2, 41),), (NOTE,))
    assert [path.read_bytes() for path in found.placement.inputs] == [
        path.read_bytes() for path in plan.placement.inputs
    ]


@pytest.mark.parametrize("spoilt", ["content.json", "staged.json", "another content", "nothing"])
def test_what_is_not_the_run_that_was_asked_for_is_refused(spoilt: str, tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    folder = staged(plan, tmp_path / "in")
    expected = content_digest(plan.content)
    if spoilt == "another content":
        expected = Digest(digest_bytes(b"another"))
    elif spoilt == "nothing":
        folder = tmp_path / "nowhere"
    else:
        (folder / spoilt).write_bytes((folder / spoilt).read_bytes() + b" ")
        if spoilt == "staged.json":
            told = json.loads((folder / spoilt).read_bytes()) | {"content_digest": digest_bytes(b"another")}
            (folder / spoilt).write_text(json.dumps(told))
    with pytest.raises(StagedRunError, match="is staged in"):
        read_staged(folder, expected)


def test_nothing_runs_of_what_is_refused(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    done = begun(plan, tmp_path / "nowhere", tmp_path / "out")
    out, err = done.communicate(timeout=ENOUGH_S)
    assert (done.returncode, out) == (NOT_STAGED, b"")
    assert b"no run is staged in" in err
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("landlock")
def test_the_result_is_the_one_of_this_machines_runner(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    done = begun(plan, staged(plan, tmp_path / "in"), tmp_path / "out")
    told, err = done.communicate(timeout=ENOUGH_S)
    assert done.returncode == 0, err.decode()
    record = read_record(tmp_path / "out")
    assert record is not None
    assert (record.status, record.isolation) == (RunStatus.FINISHED, "landlock"), record.diagnostics
    assert "seccomp" in record.layers
    assert NOTE.code in [one.code for one in record.diagnostics]
    assert told == (tmp_path / "out" / "events.jsonl").read_bytes(), (
        "who follows the log has the places of the file"
    )
    assert ("cell", "end", 2) in [(e.kind, e.name, e.cell) for e in read_events(tmp_path / "out")[0]]
    here = drive(LocalRunner(tmp_path / "runs"), plan, into=tmp_path / "here", on_event=lambda _: None)
    assert here.result is not None
    for file in here.result.files:
        there = tmp_path / "out" / "raw" / file.path
        assert digest_bytes(there.read_bytes()) == file.digest, file.path


@pytest.mark.usefixtures("landlock")
def test_a_cell_that_fails_is_a_run_that_ended_with_its_line(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "a = 1\n1 / 0")
    done = begun(plan, staged(plan, tmp_path / "in"), tmp_path / "out")
    _, err = done.communicate(timeout=ENOUGH_S)
    assert done.returncode == 0, err.decode()
    record = read_record(tmp_path / "out")
    assert record is not None
    assert record.status is RunStatus.FAILED
    found = next(one for one in record.diagnostics if one.code != NOTE.code)
    assert found.place is not None
    assert (found.place.cell, found.place.line, found.place.file_line) == (2, 2, 42)


@pytest.mark.usefixtures("landlock")
def test_an_input_of_other_bytes_is_no_input(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    folder = staged(plan, tmp_path / "in")
    (folder / "inputs" / "0.csv").write_text("close,volume\n10,100\n11,90\n12,121\n")
    done = begun(plan, folder, tmp_path / "out")
    done.communicate(timeout=ENOUGH_S)
    record = read_record(tmp_path / "out")
    assert record is not None
    assert [one.code for one in record.diagnostics if one.code != NOTE.code] == ["NBC-E02"]


@pytest.mark.usefixtures("landlock")
def test_a_pod_that_is_told_to_end_says_so(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "import time\nwhile True:\n    time.sleep(1)")
    done = begun(plan, staged(plan, tmp_path / "in"), tmp_path / "out")
    while not any(e.kind == "cell" for e in read_events(tmp_path / "out")[0]):
        assert done.poll() is None
        time.sleep(0.05)
    done.send_signal(signal.SIGTERM)
    done.communicate(timeout=ENOUGH_S)
    record = read_record(tmp_path / "out")
    assert record is not None
    assert (done.returncode, record.status) == (0, RunStatus.KILLED)
