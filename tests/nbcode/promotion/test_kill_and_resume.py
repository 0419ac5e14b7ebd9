"""Killed by SIGKILL at each named place, then finished by the next command: one candidate, nothing left over.

The journal, the leases, git and the artifact store are real; the run is prepared. The registry is the file-backed fake (which
keeps MLflow's contract) at every place, and MLflow itself where the registry is what is being written.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from fakes.promotes import Bench, promote_and_die
from nbcode.primitives import this_process
from nbcode.promotion import POINTS, State
from nbcode.promotion._lease import FileLeases

now = this_process().now_text


def mlflow_bench(root: Path) -> Bench:
    from nbcode.promotion import failpoint
    from nbcode.registry._process import RegistryProcess

    store = root / ".nbcode"
    registry = RegistryProcess(
        store / "registry",
        exclusive=FileLeases(store / "locks", now),
        failpoint=failpoint,
        environment=os.environ,
    )
    return Bench(root, registry=registry)


def looking_at(root: Path):
    """MLflow's own client."""
    from nbcode.registry._mlflow import MlflowRegistry

    store = root / ".nbcode"
    return MlflowRegistry(store / "registry", exclusive=FileLeases(store / "locks", now))._client()


def assert_one_candidate(bench: Bench) -> None:
    (version,) = bench.registry.versions("xsmom")
    assert (version.version, version.alias) == (1, "candidate")
    (promotion,) = bench.effect_ports().journal.promotions()
    assert (promotion.state, promotion.version) == (State.DONE, 1)
    assert promotion.artifact_digest == version.artifact_digest
    assert bench.effect_ports().artifacts.verify(version.artifact_digest) == ()
    assert bench.temporary() == []


def test_there_are_at_least_24_places():
    assert len(POINTS) == len(set(POINTS)) >= 24


@pytest.mark.parametrize("point", POINTS)
def test_killed_there_the_next_promote_ends_with_one_candidate(tmp_path, point):
    assert promote_and_die(tmp_path, point) == -signal.SIGKILL
    bench = Bench(tmp_path)
    ended = bench.promote()
    assert ended.status == ("exists" if point == "finish.journaled" else "done")
    assert (ended.version, ended.alias) == (1, "candidate")
    assert_one_candidate(bench)


@pytest.mark.parametrize("point", [p for p in POINTS if p != "begin.before"])
def test_killed_there_resume_ends_with_one_candidate(tmp_path, point):
    assert promote_and_die(tmp_path, point) == -signal.SIGKILL
    bench = Bench(tmp_path)
    resumed = bench.resume()
    assert resumed.exit_code == 0
    assert len(resumed.finished) == (0 if point == "finish.journaled" else 1)
    assert_one_candidate(bench)
    assert bench.runner.started == (1 if POINTS.index(point) < POINTS.index("run.done") else 0)


def test_killed_before_anything_was_written_there_is_nothing_to_resume(tmp_path):
    assert promote_and_die(tmp_path, "begin.before") == -signal.SIGKILL
    bench = Bench(tmp_path)
    assert bench.resume().finished == ()
    assert bench.registry.versions("xsmom") == ()


@pytest.mark.parametrize("point", [p for p in POINTS if p.startswith(("register", "alias"))])
def test_killed_while_mlflow_is_written_there_is_one_version_and_one_run(mlflow_template, tmp_path, point):
    root = mlflow_template(tmp_path)
    assert promote_and_die(root, point, make=mlflow_bench) == -signal.SIGKILL
    bench = mlflow_bench(root)
    assert bench.resume().exit_code == 0
    assert_one_candidate(bench)
    bench.registry.close()
    client = looking_at(root)
    experiment = client.get_experiment_by_name("xsmom")
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.info.status == "FINISHED"
    assert len(client.get_metric_history(run.info.run_id, "ic_mean")) == 1


def test_without_the_key_two_registrations_are_two_versions(mlflow_template, tmp_path):
    """The control: what MLflow does by itself when the same thing is registered twice."""
    bench = mlflow_bench(mlflow_template(tmp_path))
    bench.promote()
    bench.registry.close()
    client = looking_at(bench.root)
    (first,) = client.search_model_versions("name = 'xsmom'")
    client.create_model_version("xsmom", source=first.source, run_id=first.run_id, tags=first.tags)
    assert len(client.search_model_versions("name = 'xsmom'")) == 2


@pytest.fixture(scope="module")
def mlflow_template(tmp_path_factory):
    """Gives a copy of an empty registry: making one takes seconds."""
    import shutil

    made = tmp_path_factory.mktemp("template")
    mlflow_bench(made).registry.versions("xsmom")

    def copy(root: Path) -> Path:
        shutil.copytree(made / ".nbcode", root / ".nbcode")
        return root

    return copy
