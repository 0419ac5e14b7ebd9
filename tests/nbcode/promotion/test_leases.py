"""One holder a name, and a dead one is no holder."""

from __future__ import annotations

import multiprocessing
import os
import signal

import pytest

from fakes.clocks import ticking
from nbcode.promotion._lease import FileLeases, LeaseHeldError

FORK = multiprocessing.get_context("fork")


@pytest.fixture
def leases(tmp_path) -> FileLeases:
    return FileLeases(tmp_path / "locks", ticking())


def test_a_held_name_is_refused_and_its_holder_named(leases):
    heard = []
    with leases.hold("k", wait_s=0):
        with pytest.raises(
            LeaseHeldError, match=f"held by process {os.getpid()} on .* since 2026-01-05T09:00:00Z"
        ):
            leases.hold("k", wait_s=0.05, on_wait=heard.append).__enter__()
        with leases.hold("other", wait_s=0):
            pass
    assert len(heard) == 1
    assert leases.free("k")


def test_nothing_is_left_when_it_is_let_go(leases, tmp_path):
    with leases.hold("k", wait_s=0):
        assert [p.name for p in (tmp_path / "locks").iterdir()] == ["k.lock"]
    assert list((tmp_path / "locks").iterdir()) == []


def test_a_killed_holder_holds_nothing_and_its_file_is_swept(leases, tmp_path):
    ready = FORK.Event()

    def child() -> None:
        with leases.hold("k", wait_s=0):
            ready.set()
            signal.pause()

    process = FORK.Process(target=child)
    process.start()
    assert ready.wait(10)
    assert not leases.free("k")
    os.kill(process.pid, signal.SIGKILL)
    process.join(10)
    assert [p.name for p in (tmp_path / "locks").iterdir()] == ["k.lock"]
    leases.sweep()
    assert list((tmp_path / "locks").iterdir()) == []


def test_never_two_holders_at_once(leases, tmp_path):
    """Each adds one to a file without any other care; without the lease some are lost."""
    counted = tmp_path / "count"
    counted.write_text("0")

    def child() -> None:
        for _ in range(25):
            with leases.hold("k", wait_s=30):
                counted.write_text(str(int(counted.read_text()) + 1))

    processes = [FORK.Process(target=child) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert counted.read_text() == "100"
