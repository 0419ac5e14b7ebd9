"""Inside the sandbox: notices a kernel that lives and will never answer, long before the time of the run is used up.

A cell can break what the kernel itself works with (its JSON, its modules, its event loop). The kernel then waits for a message
that it cannot read, the executor for a reply that was never sent, and both sleep; but for a thread of the kernel's own, which may
spin. They look the same while a cell sleeps; the kernel's own stacks tell the two apart. Nothing is judged by time: a machine that is
busy makes nobody sleep.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from pathlib import Path

LOOKS = 20
"""So many looks in a row must find everybody asleep and the kernel not woken in between, before and after its first stack."""
_MAIN = 'nbcode/run/_kernel.py"'
_BUSY = re.compile(r'File "<(cell|nbcode) |nbcode/run/_cells\.py"')
_OWN = re.compile(r"/ipykernel/|/zmq/|nbcode/run/_kernel\.py")
_SWITCHES = re.compile(rb"^voluntary_ctxt_switches:\s*(\d+)", re.MULTILINE)


class Silence:
    """Of a kernel ``pid`` and this process. Only where ``/proc`` tells; elsewhere nothing is ever noticed."""

    def __init__(self, pid: int, stacks: Callable[[], str]) -> None:
        """``stacks`` has the kernel write its threads' stacks and returns them."""
        self._pid = pid
        self._stacks = stacks
        self._looks = 0
        self._woken = -1
        self._spun = False

    def noticed(self) -> bool:
        """Look once. True when kernel and executor both wait, and no cell runs."""
        # Of the executor only that it sleeps: it wakes every second to see whether the kernel lives.
        woken, sleeping = _woken(self._pid), _state(self._pid, self._pid) == b"S" and _asleep(os.getpid())
        if woken == -1 or woken != self._woken or not sleeping:
            self._woken, self._looks, self._spun = woken, 0, False
            return False
        self._looks += 1
        self._spun = self._spun or not _asleep(self._pid)
        if self._looks not in {LOOKS, 2 * LOOKS}:
            return False
        stacks = self._stacks()
        if not waits_for_messages(stacks) or (self._spun and not only_its_own(stacks)):
            self._looks = 2 * LOOKS  # a cell sleeps, or left a thread: not asked again before somebody wakes
            return False
        if self._looks == 2 * LOOKS:
            return True
        # It woke to write its stacks.
        self._woken = _woken(self._pid)
        return False


def waits_for_messages(stacks: str) -> bool:
    """Whether the main thread in ``stacks``, as faulthandler writes them, is in its event loop and in no cell."""
    main = next((part for part in stacks.split("\n\n") if _MAIN in part.replace("\\", "/")), "")
    frames = [line for line in main.splitlines() if line.lstrip().startswith("File ")]
    return bool(frames) and "select" in frames[0] and not _BUSY.search(main)


def only_its_own(stacks: str) -> bool:
    """Whether every thread in ``stacks`` is one that the kernel itself has started."""
    threads = [part for part in stacks.split("\n\n") if "File " in part]
    return bool(threads) and all(_OWN.search(part.replace("\\", "/")) for part in threads)


def _woken(pid: int) -> int:
    """How often the main thread of ``pid`` has gone to sleep; -1 where that cannot be read."""
    try:
        found = _SWITCHES.search(Path(f"/proc/{pid}/task/{pid}/status").read_bytes())
    except OSError:
        return -1
    return int(found[1]) if found else -1


def _asleep(pid: int) -> bool:
    """Whether every thread of ``pid``, but for this one, waits for something that is not the disk."""
    me = str(threading.get_native_id())
    try:
        threads = [name for name in os.listdir(f"/proc/{pid}/task") if name != me]  # noqa: PTH208 - names are enough
    except OSError:
        return False
    return all(_state(pid, name) == b"S" for name in threads)


def _state(pid: int, thread: int | str) -> bytes:
    """``S`` for a thread that sleeps; empty for one that is gone."""
    try:
        # The name before it, in parentheses, is whatever the thread calls itself.
        return Path(f"/proc/{pid}/task/{thread}/stat").read_bytes().rpartition(b") ")[2][:1]
    except OSError:
        return b""
