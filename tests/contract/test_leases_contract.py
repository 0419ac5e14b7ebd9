"""What all leases keep: run on files of one machine and on a real PostgreSQL."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable

import pytest

from nbcode.promotion import LeaseHeldError, Leases
from nbcode.promotion._lease import FileLeases
from nbcode.promotion._sql import AdvisoryLeases

FORK = multiprocessing.get_context("fork")
SINCE = "2026-01-05T09:00:00.000Z"
LONG_S = 300.0


@pytest.fixture(params=["files", "postgres"])
def leases(request, tmp_path) -> Leases:
    if request.param == "files":
        return FileLeases(tmp_path / "locks", lambda: SINCE)
    return AdvisoryLeases(request.getfixturevalue("postgres").new_database(), lambda: SINCE)


def a_holder(leases: Leases, name: str) -> multiprocessing.Process:
    """A process that holds ``name`` until it is killed."""
    ready = FORK.Event()

    def child() -> None:
        with leases.acquire(name, wait_s=LONG_S):
            ready.set()
            signal.pause()

    process = FORK.Process(target=child)
    process.start()
    assert ready.wait(LONG_S)
    return process


def killed(process: multiprocessing.Process) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.join(LONG_S)


def refused(leases: Leases, name: str, wait_s: float = 0.0, on_wait: Callable | None = None) -> str:
    with (
        pytest.raises(LeaseHeldError, match="held by") as told,
        leases.acquire(name, wait_s=wait_s, on_wait=on_wait),
    ):
        pass
    return str(told.value)


def test_a_held_name_is_refused_and_its_holder_is_named(leases):
    holder = a_holder(leases, "k")
    try:
        host = socket.gethostname()
        assert refused(leases, "k") == f"held by process {holder.pid} on {host} since {SINCE}"
        assert not leases.free("k")
        with leases.acquire("other", wait_s=0):
            assert leases.free("yet another")
    finally:
        killed(holder)


def test_a_name_is_held_against_the_same_process_too(leases):
    with leases.acquire("k", wait_s=0):
        assert f"process {os.getpid()}" in refused(leases, "k")
    with leases.acquire("k", wait_s=0):
        assert not leases.free("k")


def test_what_was_let_go_is_free_at_once(leases):
    for _ in range(3):
        with leases.acquire("k", wait_s=0):
            pass
        assert leases.free("k")


def test_what_fails_inside_lets_go(leases):
    with pytest.raises(ValueError, match="inside"), leases.acquire("k", wait_s=0):
        raise ValueError("inside")
    assert leases.free("k")


def test_a_holder_that_is_killed_holds_nothing(leases):
    holder = a_holder(leases, "k")
    assert not leases.free("k")
    killed(holder)
    with leases.acquire("k", wait_s=LONG_S):
        pass
    leases.sweep()
    assert leases.free("k")


def test_who_waits_is_told_once_by_whom_it_is_held_and_goes_on_when_that_one_dies(leases):
    holder = a_holder(leases, "k")
    heard = []
    waiting = threading.Event()

    def on_wait(found) -> None:
        heard.append(found)
        waiting.set()

    def kill_when_waited_for() -> None:
        waiting.wait(LONG_S)
        killed(holder)

    killer = threading.Thread(target=kill_when_waited_for)
    killer.start()
    with leases.acquire("k", wait_s=LONG_S, on_wait=on_wait):
        assert not leases.free("k")
    killer.join(LONG_S)
    assert [(h.pid, h.host, h.since) for h in heard] == [(holder.pid, socket.gethostname(), SINCE)]


def test_who_need_not_wait_is_told_nothing(leases):
    heard = []
    with leases.acquire("k", wait_s=LONG_S, on_wait=heard.append):
        pass
    assert heard == []


def test_never_two_holders_at_once(leases, tmp_path):
    """Each adds one to a file without any other care; without the lease some are lost."""
    counted = tmp_path / "count"
    counted.write_text("0")

    def child() -> None:
        for _ in range(15):
            with leases.acquire("k", wait_s=LONG_S):
                counted.write_text(str(int(counted.read_text()) + 1))

    processes = [FORK.Process(target=child) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(LONG_S)
    assert counted.read_text() == "60"
