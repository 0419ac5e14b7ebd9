"""The registries that keep the same contract, and a real object store."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from fakes import object_stores
from fakes.clocks import ticking
from fakes.registries import FileRegistry
from nbcode.primitives import digest_bytes
from nbcode.promotion._lease import FileLeases
from nbcode.registry import Registry
from nbcode.registry._mlflow import MlflowRegistry
from nbcode.registry._process import RegistryProcess
from team_servers.databases import VARIABLE, asked_for


@pytest.fixture(scope="module")
def mlflow_registry(tmp_path_factory) -> MlflowRegistry:
    directory = tmp_path_factory.mktemp("registry")
    return MlflowRegistry(directory, exclusive=FileLeases(directory / "locks", ticking()))


@pytest.fixture(scope="module")
def process_registry(tmp_path_factory) -> Iterator[RegistryProcess]:
    directory = tmp_path_factory.mktemp("process")
    leases = FileLeases(directory / "locks", ticking())
    registry = RegistryProcess(directory, exclusive=leases, environment=os.environ)
    yield registry
    registry.close()


@pytest.fixture(scope="module")
def team_registry(tmp_path_factory) -> Iterator[RegistryProcess]:
    team = asked_for()
    directory = tmp_path_factory.mktemp("team")
    registry = RegistryProcess(
        directory,
        exclusive=FileLeases(directory / "locks", ticking()),
        environment=os.environ | team.environment(),
        uri=team.mlflow_uri,
    )
    yield registry
    registry.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory) -> Iterator[object_stores.Gateway]:
    """A real object store, where its program was built."""
    binary = object_stores.program()
    if binary is None:
        pytest.skip("versitygw has not been built: make cluster-build")
    with object_stores.gateway(binary, tmp_path_factory.mktemp("s3")) as made:
        yield made


@pytest.fixture(params=["fake", "mlflow", "process", *(["team"] if VARIABLE in os.environ else [])])
def registry(request, tmp_path) -> Registry:
    if request.param != "fake":
        return request.getfixturevalue(f"{request.param}_registry")
    return FileRegistry(tmp_path / "registry.json")


@pytest.fixture
def model(request) -> str:
    """A model of its own for each test, because the real registry is shared."""
    return "m_" + digest_bytes(request.node.name.encode())[7:15]
