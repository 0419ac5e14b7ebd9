"""A real MLflow server on this machine, for as long as a test needs one."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from fakes.patience import ENOUGH_S


@contextlib.contextmanager
def serving(place: Path) -> Iterator[str]:
    """Its address; what it holds is in ``place``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        str(Path(sys.executable).parent / "mlflow"),
        "server",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    command += [
        "--backend-store-uri",
        f"sqlite:///{place}/m.db",
        "--artifacts-destination",
        str(place / "artifacts"),
    ]
    with (place / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=place, start_new_session=True)
    try:
        yield _answering(f"http://127.0.0.1:{port}", process, place / "log")
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # it starts workers of its own
        process.wait(timeout=ENOUGH_S)


def _answering(uri: str, process: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(1200):  # a bound for a server that hangs; how long it takes is the machine's matter
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(uri + "/health", timeout=1):
                return uri
        except OSError:
            time.sleep(0.5)
    raise AssertionError(log.read_text())
