"""How far a run's events were read in the log of its pod, so that the next look reads what is new. Pure.

The log has lines of others between, may begin late where the node has dropped its beginning, and is that of another pod when the run's was lost. What a run leaves in
the end is the file of its events; a place in the log is therefore a byte of that file, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from nbcode.primitives import dataclass

MOST_BYTES = 4 << 20
"""How much one look takes: the next one goes on there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LogCursor:
    """Behind so many ``bytes`` of events; of the log of ``pod`` behind the ``seen``-th event of that ``time``."""

    bytes: int = 0
    pod: str = ""
    time: str = ""
    seen: int = 0

    def __str__(self) -> str:
        """As the cursor of an observation."""
        return f"{self.bytes} {self.pod} {self.time} {self.seen}" if self.pod else str(self.bytes)


def cursor_in(text: str) -> LogCursor:
    """Back from its text; empty is the start."""
    count, *log = text.split(" ")
    if not log:
        return LogCursor(bytes=int(count or 0))
    pod, time, seen = log
    return LogCursor(bytes=int(count), pod=pod, time=time, seen=int(seen))


def of_pod(since: LogCursor, pod: str) -> LogCursor:
    """The place in the log of ``pod``: its start, where ``since`` is one of another."""
    return since if since.pod == pod else LogCursor(pod=pod)


def new_events(lines: Iterable[tuple[str, bytes]], since: LogCursor) -> tuple[bytes, LogCursor]:
    """The lines of events behind ``since`` among the timed ``lines`` of a log, and where they end: of one look, so many bytes."""
    taken: list[bytes] = []
    size, before, now = 0, 0, since
    for time, line in lines:
        if not line.startswith(b"{") or time < since.time:
            continue
        if time == since.time:
            before += 1
            if before <= since.seen:
                continue
        taken.append(line)
        size += len(line)
        now = replace(
            now, bytes=now.bytes + len(line), time=time, seen=now.seen + 1 if time == now.time else 1
        )
        if size >= MOST_BYTES:
            break
    return b"".join(taken), now


def behind(events: bytes, count: int) -> bytes:
    """What of a file of ``events`` stands behind ``count`` bytes: from the start of that line, where the log had other lines than the file."""
    if count and events[count - 1 : count] not in (b"\n", b""):
        count = events.rfind(b"\n", 0, count) + 1
    return events[count:]
