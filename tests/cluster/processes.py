"""Servers that run on after the process that started them: each with a log, a record of how it was started, and an end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from cluster.layout import ClusterError
from cluster.steps import PATIENCE_S

_STARTED: list[subprocess.Popen[bytes]] = []
"""Servers run on when whoever started them is done with them; one that is let go of would be complained about."""


class Processes:
    """Those of one folder. ``entering`` is put before each command: how to get to where it runs."""

    def __init__(self, folder: Path, entering: Sequence[str] = ()) -> None:
        self.folder = folder
        self.entering = tuple(entering)

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def start(
        self, name: str, command: Sequence[str | Path], environment: dict[str, str] | None = None
    ) -> None:
        """Starts ``command`` and remembers it, so that :meth:`start_again` can."""
        self.folder.mkdir(parents=True, exist_ok=True)
        told = {"command": [str(part) for part in command], "environment": environment or {}}
        self._record(name).touch(mode=0o600)  # its environment may hold keys
        self._record(name).write_text(json.dumps(told))
        self.start_again(name)

    def start_again(self, name: str) -> None:
        """As it was started before; what it said before stays in its log."""
        told = json.loads(self._record(name).read_text())
        with self.log(name).open("ab") as log:
            started = subprocess.Popen(
                [*self.entering, *told["command"]],
                env=os.environ | told["environment"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/",
            )  # fmt: skip
        _STARTED.append(started)
        told["pid"], told["begun"] = started.pid, begun_at(started.pid)
        self._record(name).write_text(json.dumps(told))

    def names(self) -> list[str]:
        return sorted(path.stem for path in self.folder.glob("*.json"))

    def alive(self, name: str) -> bool:
        return self._outermost(name) is not None

    def pid(self, name: str) -> int:
        """Of the server itself, as this machine counts."""
        outermost = self._outermost(name)
        if outermost is None:
            raise ClusterError(f"{name} does not run", fix=f"look at its log: {self.log(name)}")
        if not self.entering or not self.entering[0].endswith("nsenter"):
            return outermost
        children = Path(f"/proc/{outermost}/task/{outermost}/children").read_text().split()
        return int(children[0]) if children else outermost

    def stop(self, name: str, signal_number: int = signal.SIGTERM, *, patience_s: float = 30.0) -> None:
        """Asks it to end and waits until it has; after ``patience_s`` it is killed."""
        if (outermost := self._outermost(name)) is None:
            return
        os.kill(self.pid(name), signal_number)
        until_s = time.monotonic() + patience_s
        while self._outermost(name) is not None:
            _reap(outermost)
            if time.monotonic() > until_s:
                os.kill(self.pid(name), signal.SIGKILL)
                until_s = time.monotonic() + patience_s
            time.sleep(0.05)

    def stop_group(self, name: str, *, patience_s: float = 30.0) -> None:
        """With every process that it has started: asks them to end, kills them after ``patience_s``, returns when all have."""
        if (group := self._outermost(name)) is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGTERM)
            until_s = time.monotonic() + patience_s
            while True:
                _reap(group)
                os.killpg(group, 0 if time.monotonic() < until_s else signal.SIGKILL)
                time.sleep(0.05)

    def wait(self, name: str, ready: Callable[[], bool]) -> None:
        """Until ``ready()``; if ``name`` ends before, its last words are the error's cause."""
        until_s = time.monotonic() + PATIENCE_S
        while not ready():
            ended = not self.alive(name)
            if ended or time.monotonic() > until_s:
                said = self.log(name).read_text(encoding="utf-8", errors="replace")[-3000:]
                what = "has ended" if ended else f"is not ready after {PATIENCE_S:.0f} s"
                raise ClusterError(f"{name} {what}:\n{said}", fix=f"read all of {self.log(name)}")
            time.sleep(0.1)

    def _record(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def _outermost(self, name: str) -> int | None:
        if not self._record(name).exists():
            return None
        told = json.loads(self._record(name).read_text())
        pid = told.get("pid")
        if pid is None:
            return None
        _reap(pid)
        return pid if begun_at(pid) == told["begun"] else None


def begun_at(pid: int) -> int | None:
    """When the process with this number began, in ticks since the machine did; None where there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else int(fields[19])


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
