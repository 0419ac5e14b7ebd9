"""How long a process tree has waited: sleeping, or stopped, and computing nothing. A machine that is busy makes nobody sleep, so that this
is a limit of wall time which the load of the machine does not shorten. Only where ``/proc`` tells; elsewhere nobody ever waits."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable
from pathlib import Path

_LONGEST_S = 0.5
"""The most that one look counts for: who looks late knows less of the time between."""
_WAITS = frozenset("STtI")
_GONE = frozenset("ZXx")


class Idleness:
    """Of the processes that ``pids`` gives at each look. ``states`` gives (state, ticks computed) of every thread of one."""

    def __init__(
        self,
        pids: Callable[[], Iterable[int]],
        states: Callable[[int], Iterable[tuple[str, int]]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """The first look only notes what there is."""
        self._pids, self._states, self._clock = pids, states or threads_of, clock
        self._last: tuple[float, int] | None = None
        self.waited_s = 0.0
        """In all, in seconds: between two looks of which the second finds every thread waiting, and none to have computed."""

    def look(self) -> float:
        """Look once; returns :attr:`waited_s`."""
        now = self._clock()
        living = [one for pid in self._pids() for one in self._states(pid) if one[0] not in _GONE]
        ticks = sum(computed for _, computed in living)
        before, self._last = self._last, (now, ticks)
        if before is not None and living and before[1] == ticks and all(s in _WAITS for s, _ in living):
            self.waited_s += min(now - before[0], _LONGEST_S)
        return self.waited_s


def threads_of(pid: int) -> list[tuple[str, int]]:
    """State and processor ticks of each thread; empty for a process that is gone."""
    found = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError, IndexError, ValueError):
                fields = (task / "stat").read_text().rpartition(")")[2].split()
                found.append((fields[0], int(fields[11]) + int(fields[12])))
    return found
