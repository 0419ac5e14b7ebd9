"""A controller is killed at each place of a promotion: the next one finishes it, once."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from fakes.elsewhere import Elsewhere
from nbcode.promotion import POINTS, State
from nbcode.promotion.failpoints import VARIABLE

FORK = multiprocessing.get_context("fork")
AFTER_SUBMITTING = POINTS[POINTS.index("run.before") :]
# The file that stands for the registry here is written at once.
OF_MLFLOW = {"register.run_created", "register.files_logged", "register.version_created"}


def controlled(root: Path, point: str) -> None:
    os.environ[VARIABLE] = point
    Elsewhere(root).until_quiet()


def killed_at(root: Path, point: str) -> int | None:
    process = FORK.Process(target=controlled, args=(root, point))
    process.start()
    process.join()
    return process.exitcode


@pytest.mark.parametrize("point", [one for one in AFTER_SUBMITTING if one not in OF_MLFLOW])
def test_the_next_controller_finishes_what_a_killed_one_left(tmp_path: Path, point: str) -> None:
    Elsewhere(tmp_path).begin()
    assert killed_at(tmp_path, point) == -signal.SIGKILL
    bench = Elsewhere(tmp_path)
    bench.until_quiet()
    (done,) = bench.promotions()
    (version,) = bench.registry.versions("xsmom")
    assert (done.state, done.version, version.version, version.alias) == (State.DONE, 1, 1, "candidate")
    assert bench.temporary() == []


def controlled_there(root: Path, point: str, disk: Path) -> None:
    os.environ[VARIABLE] = point
    bench = Elsewhere(root)
    for _ in range(20):
        bench.control(disk)


@pytest.mark.parametrize("point", [one for one in AFTER_SUBMITTING if one not in OF_MLFLOW])
def test_the_next_controller_has_another_disk_and_finishes_it_all_the_same(
    tmp_path: Path, point: str
) -> None:
    """A pod that is made anew begins with nothing: what the killed one had fetched and verified is fetched and verified again."""
    Elsewhere(tmp_path).begin()
    process = FORK.Process(target=controlled_there, args=(tmp_path, point, tmp_path / "first"))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    bench = Elsewhere(tmp_path)
    for _ in range(20):
        bench.control(tmp_path / "second")
    (done,) = bench.promotions()
    (version,) = bench.registry.versions("xsmom")
    assert (done.state, done.version, version.version, version.alias) == (State.DONE, 1, 1, "candidate"), (
        bench.told[-1]
    )


def test_control_a_controller_that_is_not_killed_ends_by_itself(tmp_path: Path) -> None:
    Elsewhere(tmp_path).begin()
    assert killed_at(tmp_path, "begin.before") == 0
    assert [one.state for one in Elsewhere(tmp_path).promotions()] == [State.DONE]
