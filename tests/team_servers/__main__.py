"""``python -m team_servers up | down FOLDER``: PostgreSQL, S3 and MLflow for a team, on this machine."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cluster import builds, object_store
from cluster.layout import ClusterError
from cluster.processes import Processes
from team_servers.team import ACCOUNTS, MLFLOW_PORT, POSTGRES_PORT, Team, begin, known, refuse_half_begun

S3_PORT = 7070
SERVERS = ("s3", "postgres", "mlflow")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m team_servers", description=__doc__)
    parser.add_argument("verb", choices=("up", "down"))
    parser.add_argument("folder", type=Path, help="where all that they hold is")
    parser.add_argument("--address", default="127.0.0.1", help="where they listen; others reach them there")
    parser.add_argument(
        "--network", action="append", default=[], help="who may ask PostgreSQL, such as 10.0.0.0/8"
    )
    parser.add_argument(
        "--ports",
        type=int,
        nargs=3,
        default=(S3_PORT, POSTGRES_PORT, MLFLOW_PORT),
        help="S3, PostgreSQL, MLflow",
    )
    asked = parser.parse_args()
    try:
        return _do(asked)
    except ClusterError as error:
        print(f"team servers: {error}", file=sys.stderr)
        return 1


def _do(asked: argparse.Namespace) -> int:
    folder = asked.folder.resolve()
    processes = Processes(folder / "processes")
    team = known(folder, processes, processes)
    if asked.verb == "up":
        team = _begun(asked, folder, processes) if team is None else _started(team)
    elif team is None:
        raise ClusterError(f"no servers of a team in {folder}", fix=f"make team-servers FOLDER={folder}")
    if asked.verb == "down":
        for name in reversed(SERVERS):
            team.stop(name)
        return 0
    for account in ACCOUNTS:
        print(f". {team.environment_file(account)}")
    return 0


def _begun(asked: argparse.Namespace, folder: Path, processes: Processes) -> Team:
    refuse_half_begun(folder)
    builds.build(builds.S3)
    folder.mkdir(parents=True, exist_ok=True)
    s3_port, *ports = asked.ports
    store = object_store.serve(folder, processes, address=asked.address, port=s3_port)
    networks = ["127.0.0.1/32", *asked.network]
    return begin(
        folder, asked.address, processes, (store, processes), networks=networks, ports=(ports[0], ports[1])
    )


def _started(team: Team) -> Team:
    for name in SERVERS:
        team.start(name)
    return team


if __name__ == "__main__":
    raise SystemExit(main())
