"""Leases of one machine, by ``flock``: the kernel frees them when the holder dies, however it dies.

The file holds who has it (pid, start time, host), for the message that a second one shows. It is removed by its last
holder; a name that is opened while it is being removed is opened again.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from nbcode.primitives import is_locked
from nbcode.promotion.leases import Holder, LeaseHeldError

POLL_S = 0.02


class FileLeases:
    """The ``Leases`` port as files of one directory."""

    def __init__(self, directory: Path, now: Callable[[], str]) -> None:
        """``directory`` is made when it is first needed."""
        self._directory = directory
        self._now = now

    @contextlib.contextmanager
    def acquire(
        self, name: str, *, wait_s: float, on_wait: Callable[[Holder | None], None] | None = None
    ) -> Iterator[None]:
        """Hold ``name`` while inside. ``on_wait`` is called once when it is somebody else's.

        Raises :class:`LeaseHeldError` when it is not free within ``wait_s``.
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        path = self._directory / f"{name}.lock"
        descriptor = _locked(path, wait_s, on_wait)
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, self._me(), 0)
            yield
        finally:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
            os.close(descriptor)

    def __call__(self, name: str, *, wait_s: float) -> contextlib.AbstractContextManager[None]:
        """``acquire`` as the registry's ``Exclusive`` port wants it."""
        return self.acquire(name, wait_s=wait_s)

    def free(self, name: str) -> bool:
        """Whether nobody alive holds ``name`` at this moment. Works on a disk that takes no more bytes."""
        return not is_locked(self._directory / f"{name}.lock")

    def sweep(self) -> None:
        """Remove the files of holders that died."""
        for path in self._directory.glob("*.lock"):
            with contextlib.suppress(LeaseHeldError), self.acquire(path.stem, wait_s=0):
                pass

    def _me(self) -> bytes:
        who = {"pid": os.getpid(), "host": socket.gethostname(), "since": self._now()}
        return json.dumps(who).encode()


def _locked(path: Path, wait_s: float, on_wait: Callable[[Holder | None], None] | None) -> int:
    until_s = time.monotonic() + wait_s
    reported = False
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _same_file(descriptor, path):
                return descriptor
            os.close(descriptor)
            continue
        except BlockingIOError:
            holder = _holder(descriptor)
            os.close(descriptor)
        if time.monotonic() >= until_s:
            raise LeaseHeldError(holder)
        if on_wait and not reported:
            on_wait(holder)
            reported = True
        time.sleep(POLL_S)


def _same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _holder(descriptor: int) -> Holder | None:
    try:
        found = json.loads(os.pread(descriptor, 4096, 0))
        return Holder(pid=int(found["pid"]), host=str(found["host"]), since=str(found["since"]))
    except (ValueError, KeyError, TypeError):
        return None
