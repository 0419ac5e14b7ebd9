"""The servers of a team, together: begun, found again, stopped and started one by one."""

from __future__ import annotations

import json
import secrets
import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cluster.layout import ClusterError
from cluster.object_store import ObjectStore
from cluster.processes import Processes
from cluster.steps import step
from team_servers.database import Database, roles
from team_servers.tracking import ADMINISTRATOR, Tracking, write_private

ACCOUNTS = ("researcher", "controller")
POSTGRES_PORT, MLFLOW_PORT = 5432, 5000
_TOLD = "team.json"


@dataclass(frozen=True, kw_only=True)
class Team:
    """What a team shares. ``store`` is the process of S3, which may be one of other servers."""

    folder: Path
    database: Database
    tracking: Tracking
    s3: ObjectStore
    store: Processes
    passwords: dict[str, str] = field(repr=False)

    @property
    def mlflow_uri(self) -> str:
        return self.tracking.uri

    def journal_uri(self, account: str = "researcher") -> str:
        """Without a password, as nbcode wants it."""
        return f"postgresql://{account}@{self.database.address}:{self.database.port}/journal"

    def environment(self, account: str = "researcher") -> dict[str, str]:
        """What a client program of ``account`` is started with."""
        return {
            "NBCODE_JOURNAL_URI": self.journal_uri(account),
            "PGPASSWORD": self.passwords[account],
            "MLFLOW_TRACKING_URI": self.mlflow_uri,
            "MLFLOW_TRACKING_USERNAME": account,
            "MLFLOW_TRACKING_PASSWORD": self.passwords[account],
        }

    def environment_file(self, account: str = "researcher") -> Path:
        """The same for a shell (``. FILE``), for its owner alone."""
        return self.folder / f"{account}.env"

    def stop(self, name: str) -> None:
        """``postgres``, ``mlflow`` or ``s3``; returns when it is gone."""
        ways = {
            "postgres": self.database.stop,
            "mlflow": self.tracking.stop,
            "s3": lambda: self.store.stop("versitygw"),
        }
        ways[name]()

    def start(self, name: str) -> None:
        """One that was stopped; returns when it answers."""
        if name == "s3":
            if not self.store.alive("versitygw"):
                self.store.start_again("versitygw")
            self.store.wait("versitygw", self.s3.answers)
            return
        server: Database | Tracking = self.database if name == "postgres" else self.tracking
        if not server.processes.alive(name):
            server.processes.start_again(name)
        server.wait()

    def restart(self, name: str) -> None:
        self.stop(name)
        self.start(name)


def begin(
    folder: Path,
    address: str,
    processes: Processes,
    store: tuple[ObjectStore, Processes],
    *,
    networks: Sequence[str] = ("127.0.0.1/32",),
    ports: tuple[int, int] = (POSTGRES_PORT, MLFLOW_PORT),
    durable: bool = True,
    workers: int = 2,
) -> Team:
    """New ones in ``folder``, which all answer when this returns."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    made = {"address": address, "ports": list(ports), "networks": list(networks), "durable": durable}
    passwords = {name: secrets.token_urlsafe(18) for name in (*ACCOUNTS, "mlflow", ADMINISTRATOR)}
    team = _team(folder, made, passwords, processes, store)
    with step("PostgreSQL"):
        team.database.begin()
        team.database.execute(roles(passwords, ACCOUNTS))
    with step("MLflow"):
        database = f"postgresql+psycopg://mlflow@{address}:{ports[0]}/mlflow"
        team.tracking.begin(database, passwords, team.s3, workers)
        for account in ACCOUNTS:
            team.tracking.make_account(account, passwords[account], passwords[ADMINISTRATOR])
    for account in ACCOUNTS:
        lines = (f"export {n}={shlex.quote(v)}\n" for n, v in team.environment(account).items())
        write_private(team.environment_file(account), "".join(lines))
    told = json.dumps({"made": made, "passwords": passwords, "s3": asdict(team.s3)})
    write_private(folder / f"{_TOLD}.part", told).replace(folder / _TOLD)
    return team


def known(folder: Path, processes: Processes, store: Processes) -> Team | None:
    """Those that were begun in ``folder``, whether they run or not."""
    if not (folder / _TOLD).exists():
        return None
    told = json.loads((folder / _TOLD).read_text())
    return _team(folder, told["made"], told["passwords"], processes, (ObjectStore(**told["s3"]), store))


def refuse_half_begun(folder: Path) -> None:
    """What was begun and not finished has passwords that nobody knows."""
    if (folder / "postgres").exists() and not (folder / _TOLD).exists():
        raise ClusterError(f"{folder} was begun and never finished", fix=f"rm -r {folder}, or another folder")


def _team(
    folder: Path,
    made: dict[str, object],
    passwords: dict[str, str],
    processes: Processes,
    store: tuple[ObjectStore, Processes],
) -> Team:
    address, (postgres, mlflow) = str(made["address"]), made["ports"]  # type: ignore[misc]
    return Team(
        folder=folder,
        database=Database(
            folder=folder / "postgres", address=address, port=postgres, processes=processes,
            networks=made["networks"], durable=bool(made["durable"]),  # type: ignore[arg-type]
        ),
        tracking=Tracking(folder=folder / "mlflow", address=address, port=mlflow, processes=processes),
        s3=store[0],
        store=store[1],
        passwords=passwords,
    )  # fmt: skip
