"""What is left where a run gave no answer: whose fault it is, which cell it was, and what may be taken from its output."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest

from fakes.patience import ENOUGH_S
from nbcode.run import Limits
from nbcode.run.executed import TIMED_NAME, collect_executed
from nbcode.run.failures import CrashReport, cell_at, limit_reached, unexplained
from nbcode.run.inside import InsideCell
from nbcode.run.manifest import output_problem

CELLS = (InsideCell(tag="setup", index=2, source="a = 1"), InsideCell(tag="model", index=5, source="m = a"))
PLAN = SimpleNamespace(cells=CELLS)  # all that is asked of it
STACK = 'Thread 0x01:\n  File "/lib/a.py", line 9 in f\n  File "<cell 2 [setup]>", line 3 in <module>\n'


def test_a_kernel_that_somebody_killed_is_the_machines_turn_and_one_that_ended_itself_is_not():
    assert unexplained(PLAN, 1, CrashReport(exit_code=-signal.SIGKILL)).code == "NBC-H22"
    assert unexplained(PLAN, 1, CrashReport(exit_code=-signal.SIGSEGV)).code == "NBC-H01"
    assert unexplained(PLAN, 1, CrashReport(exit_code=0)).code == "NBC-H01"
    assert unexplained(PLAN, 1, CrashReport()).code == "NBC-H01"


def test_a_kernel_that_never_came_to_a_cell_or_found_no_open_file_cannot_work_here():
    assert unexplained(PLAN, 0, CrashReport(exit_code=1, log="no module")).code == "NBC-H22"
    crowded = unexplained(PLAN, 2, CrashReport(exit_code=1, log="OSError: Too many open files"))
    assert (crowded.code, [fix.title for fix in crowded.fixes]) == ("NBC-H22", ["raise `ulimit -n`"])
    assert unexplained(PLAN, 1, CrashReport(exit_code=1, log="no module")).code == "NBC-H01"


def test_the_cell_is_the_one_whose_frame_was_seen_else_the_last_that_was_begun():
    assert cell_at(PLAN, 2, STACK) == (CELLS[0], 3)
    assert cell_at(PLAN, 2, "") == (CELLS[1], None)
    assert cell_at(PLAN, 1, "") == (CELLS[0], None)
    assert cell_at(PLAN, 0, "") == (None, None)
    assert cell_at(PLAN, 3, "") == (CELLS[1], None)  # in what comes after the last cell
    assert cell_at(PLAN, 1, STACK.replace("<cell 2 [setup]>", "<cell 9 [eval]>")) == (CELLS[0], None)


def test_each_limit_is_told_as_itself():
    limits = Limits(time_s=ENOUGH_S, memory_bytes=1 << 30)
    assert limit_reached(limits, "time", 0, CELLS[1]).code == "NBC-H03"
    assert limit_reached(limits, "memory", 2 << 30, CELLS[1], 4).code == "NBC-H02"


@pytest.mark.parametrize(
    ("files", "size", "fine"), [(5, 20, True), (6, 1, False), (1, 100, True), (1, 101, False)]
)
def test_what_is_exactly_at_a_limit_is_within_it(files: int, size: int, fine: bool, tmp_path: Path):
    for number in range(files):
        (tmp_path / str(number)).write_bytes(b"x" * size)
    found = output_problem(tmp_path, Limits(output_files=5, output_bytes=100))
    assert (found is None) == fine


def test_only_a_plain_file_is_taken_for_the_notebook_with_its_times(tmp_path: Path):
    out, record = tmp_path / "out", tmp_path / "record"
    out.mkdir()
    record.mkdir()
    collect_executed(out, record)
    assert list(record.iterdir()) == []
    for make in (lambda p: p.symlink_to("/etc/passwd"), os.mkfifo, Path.mkdir):
        make(out / TIMED_NAME)
        collect_executed(out, record)
        assert [list(out.iterdir()), list(record.iterdir())] == [[], []]
    (out / TIMED_NAME).write_text("{}")
    collect_executed(out, record)
    assert [[p.name for p in out.iterdir()], [p.name for p in record.iterdir()]] == [[], ["executed.ipynb"]]
