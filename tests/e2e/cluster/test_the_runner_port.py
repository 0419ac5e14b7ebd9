"""What every runner keeps, of runs in pods of a real cluster: the same suite as for the runner of this machine."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from lightkube import Client

from cluster.cluster import Cluster
from contract import test_runner_contract as suite
from contract.test_runner_contract import *  # noqa: F403 - the suite itself
from e2e.cluster import installed
from nbcode.run import RunReference

ARCHIVE, IMAGE = (
    os.environ.get("NBCODE_RUNNER_IMAGE", ""),
    os.environ.get("NBCODE_RUNNER_NAME", installed.IMAGE),
)

del test_a_detached_run_goes_on_when_its_driver_stops  # noqa: F821 - of the written fake


@pytest.fixture(scope="module")
def prepared(cluster: Cluster) -> Iterator[tuple[Cluster, Client]]:
    if not ARCHIVE:
        pytest.skip("no image of the runner: NBCODE_RUNNER_IMAGE names its archive (make runner-image)")
    cluster.load_image(Path(ARCHIVE))
    with pytest.MonkeyPatch.context() as patch, installed.installed(cluster, IMAGE):
        for name, value in cluster.environment().items():
            patch.setenv(name, value)
        with installed.connection(cluster) as client:
            yield cluster, client


@pytest.fixture
def world(prepared: tuple[Cluster, Client], tmp_path: Path) -> suite.World:
    cluster, client = prepared

    def spoil(reference: RunReference) -> None:
        key = f"runs/{reference.run_id}/out/raw/report.json"
        installed.store(cluster).put(key, (installed.store(cluster).get(key) or b"") + b" ")

    prefix = secrets.token_hex(4)
    return suite.World(
        name="argo",
        root=tmp_path,
        make=lambda: installed.runner(cluster, client),
        sources=suite.PYTHON.__getitem__,
        spoil=spoil,
        names=(f"{prefix}-{number}" for number in range(100)),
    )
