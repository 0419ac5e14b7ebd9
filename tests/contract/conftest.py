"""The servers that contract suites run on, one a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fakes.postgres import Cluster, programs, running


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    binaries = programs()
    if binaries is None:
        pytest.skip("no PostgreSQL server is installed: sudo make system")
    with running(binaries) as cluster:
        yield cluster
