"""``python -m cluster up | down | team-up | team-down | build | build-api | load ARCHIVE``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cluster import builds, lifecycle, team
from cluster.cluster import Cluster, running
from cluster.layout import ClusterError, state
from team_servers.team import Team


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m cluster", description="A Kubernetes with Argo Workflows for tests."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("up", help="start it, or find that it runs; prints its addresses")
    verbs.add_parser("down", help="end it; fails where something is left")
    verbs.add_parser("team-up", help="PostgreSQL and MLflow beside it, or find that they run")
    verbs.add_parser("team-down", help="stop them; what they hold goes with the cluster")
    verbs.add_parser("build", help="build every program of it")
    verbs.add_parser("build-api", help="build etcd, the API server and kubectl alone")
    verbs.add_parser("load", help="an OCI archive becomes an image of the node").add_argument(
        "archive", type=Path
    )
    asked = parser.parse_args()
    try:
        return _do(asked)
    except ClusterError as error:
        print(f"cluster: {error}", file=sys.stderr)
        return 1


def _do(asked: argparse.Namespace) -> int:
    if asked.verb == "up":
        _print_addresses(lifecycle.up())
    elif asked.verb == "down":
        left = lifecycle.down()
        print(
            "\n".join(["cluster: left behind:", *left] if left else ["cluster: down, nothing is left of it"])
        )
        return 1 if left else 0
    elif asked.verb == "load":
        _running().load_image(asked.archive)
    elif asked.verb == "team-up":
        _print_team(lifecycle.team_up(_running()))
    elif asked.verb == "team-down":
        team.end(_running())
    else:
        builds.build(builds.API if asked.verb == "build-api" else builds.WHOLE)
    return 0


def _running() -> Cluster:
    found = running()
    if found is None:
        raise ClusterError("the cluster is not up", fix="make cluster-up")
    return found


def _print_team(found: Team) -> None:
    print(f". {found.environment_file()}")
    print(f"# logs in {found.database.processes.folder}; all of it in {found.folder}")


def _print_addresses(cluster: Cluster) -> None:
    print(f"export KUBECONFIG={cluster.kubeconfig}")
    for name, value in cluster.s3.variables().items():
        print(f"export {name}={value}")
    print(f"# bucket {cluster.s3.bucket}; logs in {cluster.processes.folder}; all of it in {state().root}")


if __name__ == "__main__":
    raise SystemExit(main())
