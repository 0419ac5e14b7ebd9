"""Real servers of MLflow on this machine, for as long as a test needs one."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from fakes.patience import ENOUGH_S


@contextlib.contextmanager
def serving(place: Path) -> Iterator[str]:
    """The address of a tracking server; what it holds is in ``place``."""

    def command(port: str) -> list[str]:
        return [
            *(str(Path(sys.executable).parent / "mlflow"), "server", "--host", "127.0.0.1", "--port", port),
            *("--backend-store-uri", f"sqlite:///{place}/m.db"),
            *("--artifacts-destination", str(place / "artifacts")),
        ]

    with serving_by(command, place) as uri:
        yield uri


@contextlib.contextmanager
def serving_by(
    command: Callable[[str], Sequence[str]],
    place: Path,
    *,
    environment: Mapping[str, str] | None = None,
    asked: str = "/health",
) -> Iterator[str]:
    """The address of what ``command`` (of a port) serves, from ``place``, as soon as it answers at ``asked``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with (place / "log").open("w") as log:
        process = subprocess.Popen(
            command(port), stdout=log, stderr=log, cwd=place, env=environment, start_new_session=True
        )
    try:
        yield _answering(f"http://127.0.0.1:{port}", asked, process, place / "log")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)  # it starts workers of its own
        process.wait(timeout=ENOUGH_S)


def _answering(uri: str, asked: str, process: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(1200):  # a bound for a server that hangs; how long it takes is the machine's matter
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(uri + asked, timeout=1):
                return uri
        except OSError:
            time.sleep(0.5)
    raise AssertionError(log.read_text())
