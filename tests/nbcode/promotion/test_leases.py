"""What only leases as files have: the files, and how little they need of the disk. The rest is in the contract suite."""

from __future__ import annotations

import multiprocessing
import os
import signal

import pytest

from fakes.clocks import ticking
from nbcode.promotion._lease import FileLeases

FORK = multiprocessing.get_context("fork")


@pytest.fixture
def leases(tmp_path) -> FileLeases:
    return FileLeases(tmp_path / "locks", ticking())


def test_nothing_is_left_when_it_is_let_go(leases, tmp_path):
    with leases.acquire("k", wait_s=0):
        assert [p.name for p in (tmp_path / "locks").iterdir()] == ["k.lock"]
    assert list((tmp_path / "locks").iterdir()) == []


def test_asking_whether_a_name_is_free_makes_nothing(leases, tmp_path):
    assert leases.free("k")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "locks").mkdir()
    assert leases.free("k")
    assert list((tmp_path / "locks").iterdir()) == []


def test_the_file_of_a_killed_holder_is_swept(leases, tmp_path):
    ready = FORK.Event()

    def child() -> None:
        with leases.acquire("k", wait_s=0):
            ready.set()
            signal.pause()

    process = FORK.Process(target=child)
    process.start()
    assert ready.wait(300)
    leases.sweep()
    assert [p.name for p in (tmp_path / "locks").iterdir()] == ["k.lock"]
    os.kill(process.pid, signal.SIGKILL)
    process.join(300)
    assert [p.name for p in (tmp_path / "locks").iterdir()] == ["k.lock"]
    assert leases.free("k")
    leases.sweep()
    assert list((tmp_path / "locks").iterdir()) == []
