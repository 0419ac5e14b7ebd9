"""Inside the sandbox: what the kernel leaves below the executor. A process that a cell has begun, and that its parent left, comes to the
executor; results are read when it has ended."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Collection
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_PATIENCE_S = 10.0


def adopt_orphans() -> None:
    """From now on a process below this one whose parent ends becomes this one's child, and not another's. On Linux."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_children(but: Collection[int]) -> bool:
    """End every child, and what these leave, except the processes ``but``; whether that was done within ten seconds. Where the
    system has no ``/proc`` nothing is found."""
    until = time.monotonic() + _PATIENCE_S
    while left := [pid for pid in _children() if pid not in but]:
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, os.WNOHANG)
        if time.monotonic() > until:
            return False
        time.sleep(0.002)
    return True


def _children() -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path("/proc/self/task").iterdir():
            with contextlib.suppress(OSError):
                found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found
