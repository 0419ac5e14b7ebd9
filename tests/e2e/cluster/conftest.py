"""The cluster that ``make cluster-up`` started; without it these tests are skipped."""

from __future__ import annotations

import pytest

from cluster.cluster import Cluster, running


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    found = running()
    if found is None:
        pytest.skip("the cluster is not up: make cluster-up")
    return found
