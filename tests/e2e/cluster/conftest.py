"""The cluster that ``make cluster-up`` started; without it these tests are skipped."""

from __future__ import annotations

import pytest

from cluster import lifecycle
from cluster.cluster import Cluster, running
from team_servers.team import Team
from team_servers.tracking import ENVIRONMENT


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    found = running()
    if found is None:
        pytest.skip("the cluster is not up: make cluster-up")
    return found


@pytest.fixture(scope="session")
def team(cluster: Cluster) -> Team:
    """PostgreSQL and MLflow, which pods of the cluster reach; they are begun by the first test that asks."""
    if not ENVIRONMENT.exists():
        pytest.skip("MLflow's server is not installed: make team-environment")
    return lifecycle.team_up(cluster)
