"""Whoever ends the caller ends the run: no process of it stays, and nothing is half done."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from fakes.patience import ENOUGH_S
from nbcode.configuration import Isolation
from nbcode.sandbox import IsolationLevel, probe

CALLER = """
import signal, sys
for number in (signal.SIGINT, signal.SIGTERM):  # a background job inherits that it is ignored
    signal.signal(number, signal.default_int_handler)
from pathlib import Path
sys.path.insert(0, {here!r})
from fakes.plans import plan_of_cells
from nbcode.configuration import Isolation
from nbcode.run import drive
from nbcode.run._local import LocalRunner
runs = Path({root!r}) / "runs"
plan = plan_of_cells([("features", "import time\\nwhile True: time.sleep(1)")], isolation=Isolation({isolation!r}))
drive(LocalRunner(runs), plan, into=runs / "out", on_event=lambda event: print(event.kind, event.name, flush=True))
"""


def processes_of(root: Path) -> list[str]:
    """Command lines of living processes that mention ``root`` or that work in a scratch of it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state not in ("Z", "X") and str(root) in line and process.name != str(os.getpid()):
            found.append(line)
    return found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
@pytest.mark.parametrize(
    ("number", "isolation"),
    [
        (signal.SIGINT, Isolation.PROCESS),
        (signal.SIGKILL, Isolation.PROCESS),
        (signal.SIGTERM, Isolation.NAMESPACES),
        (signal.SIGKILL, Isolation.NAMESPACES),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_a_signal_to_the_caller_leaves_no_process(
    number: signal.Signals, isolation: Isolation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not probe(IsolationLevel(str(isolation))).available:
        pytest.skip(f"{isolation} does not hold here")
    short = Path(tempfile.mkdtemp(prefix="t", dir="/tmp"))
    monkeypatch.setenv("TMPDIR", str(short))
    code = CALLER.format(here=str(Path(__file__).parents[2]), root=str(tmp_path), isolation=str(isolation))
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as caller:
        assert caller.stdout is not None
        while caller.stdout.readline() != b"cell start\n":
            pass
        assert len(left_of(short, tmp_path)) >= 1
        caller.send_signal(number)
        caller.wait(timeout=ENOUGH_S)
    limit = time.monotonic() + ENOUGH_S
    while left_of(short, tmp_path) and time.monotonic() < limit:
        time.sleep(0.02)
    assert left_of(short, tmp_path) == []
    assert not (tmp_path / "runs" / "out").exists()
    if number is not signal.SIGKILL:
        assert [p for p in short.rglob("*") if p.parent != short] == []
    shutil.rmtree(short)


def left_of(short: Path, root: Path) -> list[str]:
    """The run's processes: the executor is told its plan below ``root``, the kernel its connection below ``short``; in a
    namespace both are told other names, so there it is bubblewrap that counts."""
    return processes_of(short) + processes_of(root / "runs")
