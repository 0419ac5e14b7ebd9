"""Window to the operating system's processes: start one in its own session, read it, bound it, end its whole tree."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from nbcode.sandbox.idle import Idleness
from nbcode.sandbox.lines import Lines
from nbcode.sandbox.values import Bounds
from nbcode.sandbox.written import Written

_POLL_S = 0.1
_KEPT_STDERR_BYTES = 64 << 10
_HANDSHAKE_S = 30.0
_LAST_BREATH_S = 2.0


class Confined:
    """A running tree. A context: leaving it ends every process of the tree."""

    def __init__(self, command: list[str], bounds: Bounds, writable: Iterable[Path] = ()) -> None:
        """Start ``command`` with an empty environment, no descriptor but the three, in a session of its own. ``writable`` are the folders that it may write to."""
        self._bounds = bounds
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={},
            cwd="/",
            start_new_session=True,
        )
        self._reader = Lines()
        self._lines: deque[str] = deque()
        self._stderr = b""
        self._open = 2
        self._looked_at = 0.0
        self._idle = Idleness(lambda: _without_forks(_tree(self._process.pid)))
        self._written = Written(writable, lambda: _tree(self._process.pid))
        self._selector = selectors.DefaultSelector()
        for stream, feed in ((self._process.stdout, self._take_out), (self._process.stderr, self._take_err)):
            assert stream is not None
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ, feed)
        self.peak_bytes = 0
        self.stopped_by: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        self._selector.close()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def first_line(self) -> str:
        """The first line of standard output, or an empty text when it ended or stayed silent."""
        limit = time.monotonic() + _HANDSHAKE_S
        while not self._lines and self._open and time.monotonic() < limit:
            self._pump()
        return self._lines.popleft() if self._lines else ""

    def wait_for_reason(self) -> str:
        """What a command that never became ready wrote on standard error: its last line."""
        while self._open:
            self._pump()
        lines = self.stderr_text().strip().splitlines()
        return lines[-1] if lines else "it ended before it was ready"

    def follow(self, on_line: Callable[[str], None], stop: Callable[[], bool]) -> int:
        """Hand over lines until the command ends, or a bound or ``stop`` ends it; returns its exit code (negative: signal)."""
        while self._open:
            while self._lines:
                on_line(self._lines.popleft())
            self._pump()
            self._watch()
            if self.stopped_by is None and stop():
                self.stopped_by = "stop"
                self._end()
            if self._process.poll() is not None and not self._selector.select(0):
                break
        while self._lines:
            on_line(self._lines.popleft())
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
        return self._end()

    def stderr_text(self) -> str:
        """The last 64 KiB of standard error."""
        return self._stderr.decode("utf-8", "replace")

    def _pump(self) -> None:
        for key, _ in self._selector.select(_POLL_S):
            data = os.read(key.fd, 1 << 16)
            if data:
                key.data(data)
            else:
                self._selector.unregister(key.fileobj)
                self._open -= 1

    def _take_out(self, data: bytes) -> None:
        self._lines.extend(self._reader.feed(data))

    def _take_err(self, data: bytes) -> None:
        self._stderr = (self._stderr + data)[-_KEPT_STDERR_BYTES:]

    def _watch(self) -> None:
        now = time.monotonic()
        if now - self._looked_at < _POLL_S:
            return
        self._looked_at = now
        held = sum(_resident_bytes(pid) for pid in _tree(self._process.pid))
        self.peak_bytes = max(self.peak_bytes, held)
        if self._bounds.time_s is not None and now - self._started > self._bounds.time_s:
            self.stopped_by = "time"
        elif self._bounds.waiting_s is not None and self._idle.look() > self._bounds.waiting_s:
            self.stopped_by = "waiting"
        elif self._bounds.memory_bytes is not None and held > self._bounds.memory_bytes:
            self.stopped_by = "memory"
        elif self._writes_too_much():
            self.stopped_by = "written"
        if self.stopped_by:
            self._end()

    def _writes_too_much(self) -> bool:
        most = self._bounds.written_bytes
        return most is not None and self._written.look(most) > most

    def _end(self) -> int:
        rest = [pid for pid in _tree(self._process.pid) if pid != self._process.pid]
        for pid in reversed(rest):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        code = self._process.wait()
        # A signal is delivered later than it is sent.
        limit = time.monotonic() + _LAST_BREATH_S
        while any(_runs(pid) for pid in rest) and time.monotonic() < limit:
            time.sleep(0.002)
        return code


def _runs(pid: int) -> bool:
    """Whether a process still runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except (OSError, IndexError):
        return False


def _tree(root: int) -> list[int]:
    """``root`` and its descendants, parents first; only ``root`` where the system has no ``/proc``."""
    found, queue = [], [root]
    while queue:
        pid = queue.pop(0)
        found.append(pid)
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                queue += [int(child) for child in (task / "children").read_text().split()]
    return found


def _without_forks(tree: list[int]) -> list[int]:
    """Of ``tree``, parents first, the first process of each program: copies that it makes of itself cannot compute in its place while it
    waits, or has stopped itself."""
    first: dict[str, int] = {}
    for pid in tree:
        try:
            program = os.readlink(f"/proc/{pid}/exe")  # noqa: PTH115 - a link of the system, which may lead nowhere
        except OSError:
            program = str(pid)
        first.setdefault(program, pid)
    return list(first.values())


def _resident_bytes(pid: int) -> int:
    if not sys.platform.startswith("linux"):
        return _resident_by_ps(pid)
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _resident_by_ps(pid: int) -> int:
    """The resident size of the process group by ``ps``, which every Unix has."""
    listed = subprocess.run(["ps", "-o", "rss=", "-g", str(pid)], capture_output=True, text=True, check=False)
    return sum(int(kib) << 10 for kib in listed.stdout.split())
