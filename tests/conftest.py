"""What every test needs: a Ctrl-C that works in the processes that tests start, a state folder of its own, and servers.

A shell that runs the tests in the background has SIGINT ignored, and programs inherit that: the tests of interrupts would wait
for ever. What is trusted and sealed in tests is not the business of whoever runs them, and no test goes to a server of theirs.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from cluster.api_server import ApiServer
from fakes.postgres import Cluster, programs, running
from team_servers.databases import TeamDatabases, asked_for

os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="nbcode-test-state-")
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)

for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "NBCODE_JOURNAL_URI"):
    os.environ.pop(name, None)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="module", autouse=True)
def nothing_bound() -> Iterator[None]:
    """No file of tests sees the data that another has bound."""
    yield
    if (binding := sys.modules.get("alpha_bench.expressions.binding")) is not None:
        binding.__dict__["_last"] = None
        binding.bind(None)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster | TeamDatabases]:
    if (team := asked_for()) is not None:
        yield TeamDatabases(team)
        return
    binaries = programs()
    if binaries is None:
        pytest.skip("no PostgreSQL server is installed: sudo make system")
    with running(binaries) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def api_server() -> Iterator[ApiServer]:
    """A real API server with Argo's custom resources, nothing behind it."""
    from cluster.api_server import not_built, serving

    if (why := not_built()) is not None:
        pytest.skip(why)
    with serving() as server:
        yield server
