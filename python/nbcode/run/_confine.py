"""The first thing in a process of the sandbox: it ends with the executor, and the kernel is confined to its scratch directory."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from pathlib import Path

from nbcode.sandbox import _landlock

_PR_SET_PDEATHSIG = 1
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full")


def die_with_executor() -> None:
    """When the executor is killed outright it can end nobody. Elsewhere than on Linux ipykernel polls ``JPY_PARENT_PID``."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != int(os.environ["JPY_PARENT_PID"]):
            sys.exit(1)


def is_walled() -> bool:
    """Whether :func:`confine` holds on this machine."""
    return bool(_landlock.abi())


def confine(plan: Path) -> None:
    """Before a thread is there to escape: no program may be started, and nothing written but below the plan's scratch directory. Also
    from C. On the isolation levels with a wall, where the kernel has Landlock."""
    said = json.loads(plan.read_bytes())
    if said["enforced"]:
        _landlock.confine_writing((said["scratch"], *_DEVICES))
