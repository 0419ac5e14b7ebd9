"""PostgreSQL and MLflow beside the cluster, in its namespaces: pods and this machine reach them at the node's address."""

from __future__ import annotations

from cluster.cluster import Cluster
from cluster.isolation import Isolation
from cluster.layout import NODE_ADDRESS, POD_RANGE, ClusterError, Layout, state
from cluster.processes import Processes
from team_servers import team as servers
from team_servers.team import Team


def team_of(cluster: Cluster, layout: Layout | None = None) -> Team | None:
    """The one that was begun in this cluster."""
    place = layout or state()
    return servers.known(place.team, _processes(place), cluster.processes)


def begin(cluster: Cluster, layout: Layout | None = None) -> Team:
    """The one that is there, with all of it running; else a new one."""
    place = layout or state()
    found = team_of(cluster, place)
    if found is not None:
        for name in ("s3", "postgres", "mlflow"):
            found.start(name)
        return found
    servers.refuse_half_begun(place.team)
    return servers.begin(
        place.team,
        NODE_ADDRESS,
        _processes(place),
        (cluster.s3, cluster.processes),
        networks=(f"{NODE_ADDRESS}/30", POD_RANGE),
        durable=False,
        workers=1,
    )


def end(cluster: Cluster, layout: Layout | None = None) -> None:
    """They are stopped; what they hold goes with the cluster."""
    found = team_of(cluster, layout)
    if found is None:
        raise ClusterError("no servers of a team in the cluster", fix="make cluster-team-up")
    found.stop("mlflow")
    found.stop("postgres")


def _processes(layout: Layout) -> Processes:
    return Processes(layout.team_processes, Isolation(layout).processes.entering)
