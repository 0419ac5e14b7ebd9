"""The plain launcher: what it bounds and what it hides. It is not a wall around files; the sandbox's tests are."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from nbcode.definition._subprocess import launch_subprocess
from nbcode.definition.values import ChildOutcome, ChildRequest


def launched(
    code: str, *, timeout_s: float = 20, output_bytes: int = 10_000, stdin: bytes = b""
) -> ChildOutcome:
    return launch_subprocess(
        ChildRequest(
            python=Path(sys.executable),
            arguments=("-c", code),
            stdin=stdin,
            readable=(),
            timeout_s=timeout_s,
            memory_bytes=10**9,
            output_bytes=output_bytes,
        )
    )


def test_a_child_reads_its_question_and_answers() -> None:
    outcome = launched("import sys; sys.stdout.write(sys.stdin.read().upper())", stdin=b"hello")
    assert (outcome.exit_code, outcome.stdout, outcome.timed_out) == (0, b"HELLO", False)


def test_a_child_that_loops_is_killed() -> None:
    outcome = launched("while True: pass", timeout_s=0.3)
    assert outcome.timed_out
    assert outcome.exit_code < 0


def test_what_a_child_leaves_behind_is_killed_with_it(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys; "
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); print(p.pid)"
    )
    outcome = launched(code)
    with pytest.raises(ProcessLookupError, match="No such process"):
        os.kill(_reaped(int(outcome.stdout)), 0)


def _reaped(pid: int) -> int:
    """A killed grandchild is a zombie until init reaps it: then its state file says so."""
    status = Path(f"/proc/{pid}/status")
    for _ in range(10_000):
        if not status.exists():
            return pid
        if "State:\tZ" in status.read_text():
            raise ProcessLookupError("No such process: a zombie runs nothing")
    return pid


def test_a_flood_of_output_is_cut_and_does_not_stop_the_child() -> None:
    outcome = launched("import sys; sys.stdout.write('x' * 5_000_000)", output_bytes=1_000)
    assert (outcome.exit_code, len(outcome.stdout)) == (0, 1_000)


def test_the_environment_does_not_reach_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBCODE_TEST_SECRET", "hunter2")
    code = "import os; print('NBCODE_TEST_SECRET' in os.environ, os.listdir('.'))"
    assert launched(code).stdout == b"False []\n"
    assert "NBCODE_TEST_SECRET" in os.environ  # the control
