"""PostgreSQL with two databases: ``journal``, where accounts act for the role that owns it, and ``mlflow``."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cluster.layout import ClusterError
from cluster.processes import Processes
from fakes.postgres import programs

NAME = "postgres"


@dataclass(frozen=True, kw_only=True)
class Database:
    """A server below ``folder`` that listens at ``address``; whoever may administer it comes by its socket, and is told by the kernel."""

    folder: Path
    address: str
    port: int
    processes: Processes
    networks: Sequence[str] = ("127.0.0.1/32",)
    durable: bool = True
    """Without: no power is ever cut, and a write need not reach the disk."""

    def begin(self) -> None:
        """A new one, that answers when this returns."""
        programs_of_it, account = _programs(), _account()
        self.folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(self.folder, account, account)
        if subprocess.run([*_as(account), "test", "-x", self.folder], check=False).returncode != 0:
            raise ClusterError(
                f"{account} may not enter {self.folder}", fix="a folder whose parents everybody may enter"
            )
        data = self.folder / "data"
        _run(
            [*_as(account), programs_of_it / "initdb", "--auth-local=peer", "--auth-host=scram-sha-256", "--no-sync",
             "--encoding=UTF8", "--locale=C", "--username", account, "--pgdata", data], self.folder,
        )  # fmt: skip
        with (data / "pg_hba.conf").open("a") as rules:
            rules.writelines(f"host all all {network} scram-sha-256\n" for network in self.networks)
        self.processes.start(
            NAME,
            [*_as(account), programs_of_it / "postgres", "-D", data, "-c", f"listen_addresses={self.address}",
             "-c", f"port={self.port}", "-c", f"unix_socket_directories={self.folder}", "-c", "max_connections=200",
             "-c", f"fsync={'on' if self.durable else 'off'}"],
        )  # fmt: skip
        self.wait()

    def wait(self) -> None:
        """Until it takes connections."""
        self.processes.wait(NAME, self._answers)

    def stop(self) -> None:
        """At once: whoever is connected is told that the server goes."""
        self.processes.stop(NAME, signal.SIGINT)

    def execute(self, commands: str, database: str = "postgres") -> str:
        """As the administrator; what psql printed."""
        account = _account()
        asked = [*_as(account), _programs() / "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align",
                 "--set=ON_ERROR_STOP=1", f"--host={self.folder}", f"--port={self.port}", f"--username={account}",
                 f"--dbname={database}"]  # fmt: skip
        return _run(asked, self.folder, given=commands)

    def _answers(self) -> bool:
        asked = [_programs() / "pg_isready", "-q", "-h", self.folder, "-p", str(self.port)]
        return subprocess.run(asked, check=False).returncode == 0


def roles(passwords: dict[str, str], accounts: Sequence[str]) -> str:
    """SQL for both databases. What an account makes in the journal belongs to the role that all of them act for."""
    lines = [
        "CREATE ROLE journal NOLOGIN;",
        f"CREATE ROLE mlflow LOGIN PASSWORD '{passwords['mlflow']}';",
        "CREATE DATABASE journal OWNER journal;",
        "CREATE DATABASE mlflow OWNER mlflow;",
        "REVOKE CONNECT ON DATABASE journal, mlflow FROM PUBLIC;",
        "GRANT CONNECT ON DATABASE journal TO journal;",
        "GRANT CONNECT ON DATABASE mlflow TO mlflow;",
    ]
    for account in accounts:
        lines += [
            f"CREATE ROLE {account} LOGIN PASSWORD '{passwords[account]}' IN ROLE journal;",
            f"ALTER ROLE {account} IN DATABASE journal SET role = 'journal';",
        ]
    return "\n".join(lines)


def _programs() -> Path:
    found = programs()
    if found is None:
        raise ClusterError("no PostgreSQL server is installed", fix="sudo make system")
    return found


def _account() -> str:
    """PostgreSQL refuses to be run by root."""
    return "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def _as(account: str) -> list[str]:
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={account}", f"--regid={account}", "--clear-groups"]


def _run(command: Sequence[str | Path], folder: Path, given: str | None = None) -> str:
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, check=False, cwd=folder.parent
    )
    if done.returncode != 0:
        raise ClusterError(
            f"{Path(str(command[-1])).name}: {done.stderr.strip()[-2000:]}", fix=f"look into {folder}"
        )
    return done.stdout
