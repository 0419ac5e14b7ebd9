"""Real servers of MLflow on this machine, for as long as a test needs one."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
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
    trusting: ssl.SSLContext | None = None,
) -> Iterator[str]:
    """The address of what ``command`` (of a port) serves, from ``place``, as soon as it answers at ``asked``; behind TLS where there is
    somebody to be trusted."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with (place / "log").open("w") as log:
        process = subprocess.Popen(
            command(port), stdout=log, stderr=log, cwd=place, env=environment, start_new_session=True
        )
    try:
        scheme = "http" if trusting is None else "https"
        uri = f"{scheme}://127.0.0.1:{port}"
        _wait_for(uri + asked, process, place / "log", trusting)
        yield uri
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)  # it starts workers of its own
        process.wait(timeout=ENOUGH_S)


def _wait_for(
    address: str, process: subprocess.Popen[bytes], log: Path, trusting: ssl.SSLContext | None
) -> None:
    for _ in range(1200):  # a bound for a server that hangs; how long it takes is the machine's matter
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(address, timeout=5, context=trusting):
                return
        except urllib.error.HTTPError as error:  # it is there, and will not say anything else
            raise AssertionError(f"{address} answers {error.code}\n{log.read_text()}") from error
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"{address} did not answer\n{log.read_text()}")
