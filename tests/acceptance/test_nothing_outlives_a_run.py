"""A process that a cell sends away, twice forked and in a session of its own, has ended when the run has: on every isolation level."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from acceptance.project import nbcode
from fakes.forgeries import GUARD_OFF

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells who is there"),
]
SENT_AWAY = """
import ctypes
libc = ctypes.CDLL(None)
if libc.fork() == 0:
    libc.setsid()
    if libc.fork() == 0:
        libc.setsid()
        libc.prctl(15, b"{name}", 0, 0, 0)
        libc.sleep({seconds})
    libc._exit(0)
"""
NOTEBOOK = """# %% [meta]
# id: orphan
# kind: model
# horizon: 10d
# owner: team
# %% [setup]
{setup}
# %% [model]
m = Ridge().fit(X=[features.ret(window=20)], y=fwd_ret_10d)
# %% [eval]
report = walk_forward(m, embargo="5d", folds="4")
"""


def living(name: str) -> list[int]:
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and (process / "comm").read_text().strip() == name:
                state = (process / "stat").read_text().rpartition(")")[2].split()[0]
                found += [int(process.name)] if state not in "ZX" else []
        except OSError:
            continue
    return found


@pytest.fixture
def name() -> str:
    return f"nb-{secrets.token_hex(4)}"


@pytest.mark.parametrize("isolation", ["namespaces", "landlock", "process"])
def test_nothing_is_left_of_a_run(isolation: str, name: str, tmp_path: Path) -> None:
    setup = GUARD_OFF + SENT_AWAY.format(name=name, seconds=600).strip()
    (tmp_path / "orphan.py").write_text(NOTEBOOK.format(setup=setup))
    ended = nbcode(tmp_path, "run", "orphan.py", "--isolation", isolation, "--json")
    assert (ended.code, ended.json["status"]) == (0, "FINISHED"), ended.err
    assert ended.json["isolation"] == isolation
    assert living(name) == []


def test_the_same_lines_alone_leave_a_process(name: str) -> None:
    """Control: without a run around them they do, and it is found."""
    subprocess.run([sys.executable, "-c", SENT_AWAY.format(name=name, seconds=600)], check=True)
    while not (left := living(name)):
        time.sleep(0.01)
    assert len(left) == 1
    os.kill(left[0], signal.SIGKILL)
