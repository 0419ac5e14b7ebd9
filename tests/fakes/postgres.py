"""A real PostgreSQL for the tests: a cluster of its own in a temporary folder, on a UNIX socket, as an ordinary user.

The server ends with the process that started it, however that ends.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

START_TIMEOUT_S = 300.0


class Cluster:
    """Runs since :func:`running`; gives each test a database of its own."""

    def __init__(self, sockets: Path, user: str) -> None:
        self.sockets = sockets
        self.user = user
        self._numbers = itertools.count(1)

    def new_database(self) -> str:
        """Its address."""
        name = f"journal_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.address(name)

    def address(self, database: str) -> str:
        return f"postgresql://{self.user}@/{database}?host={self.sockets}"

    def execute(self, command: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """One command by the bare driver, as somebody else would give it."""
        import psycopg

        with psycopg.connect(self.address(database), autocommit=True) as connection:
            cursor = connection.execute(command)
            return cursor.fetchall() if cursor.description else []


def programs() -> Path | None:
    """The folder of the newest server that is installed, None where there is none, or nothing to start it with."""
    if shutil.which("setpriv") is None:
        return None
    found = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    on_path = shutil.which("postgres")
    newest = sorted(found, key=lambda p: float(p.parent.name))
    return newest[-1] if newest else Path(on_path).parent if on_path else None


@contextlib.contextmanager
def running(binaries: Path) -> Iterator[Cluster]:
    """A cluster that is gone afterwards. ``fsync`` is off: no test cuts the power."""
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=_open_to(user)))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, user)
        as_user = (
            ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if os.geteuid() == 0 else []
        )
        subprocess.run(
            [*as_user, binaries / "initdb", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C",
             "--username", user, "--pgdata", folder / "data"],
            check=True, stdout=subprocess.DEVNULL, cwd=folder,
        )  # fmt: skip
        log = folder / "log"
        with log.open("wb") as told:
            server = subprocess.Popen(
                [*(as_user or ["setpriv"]), "--pdeathsig=INT", binaries / "postgres", "-D", folder / "data",
                 "-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}", "-c", "fsync=off",
                 "-c", "max_connections=100"],
                stdout=told, stderr=told, cwd=folder,
            )  # fmt: skip
        try:
            _wait(binaries, folder, server, log)
            yield Cluster(folder, user)
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(binaries: Path, folder: Path, server: subprocess.Popen[bytes], log: Path) -> None:
    until_s = time.monotonic() + START_TIMEOUT_S
    while subprocess.run([binaries / "pg_isready", "-q", "-h", folder], check=False).returncode != 0:
        if server.poll() is not None or time.monotonic() > until_s:
            raise RuntimeError(log.read_text(encoding="utf-8", errors="replace"))
        time.sleep(0.05)


def _open_to(user: str) -> str | None:
    """Where ``user`` may come in: the temporary folder of a test run is often root's alone. A socket's path is short."""
    candidates = [tempfile.gettempdir(), "/tmp", "/var/tmp"]
    for folder in candidates:
        if len(folder) < 60 and _may_enter(user, folder):
            return folder
    return None


def _may_enter(user: str, folder: str) -> bool:
    if os.geteuid() != 0:
        return os.access(folder, os.W_OK | os.X_OK)
    command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "test", "-x", folder]
    return subprocess.run(command, check=False).returncode == 0
