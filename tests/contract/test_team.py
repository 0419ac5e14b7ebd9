"""Promotes of a team: hosts with stores and clocks of their own, on one PostgreSQL journal with its leases, and one registry."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fakes.clocks import ticking
from fakes.promotes import Bench
from fakes.registries import FileRegistry
from nbcode.primitives import this_process
from nbcode.promotion import EffectPorts, SealedJournal, State, failpoint
from nbcode.promotion._sql import AdvisoryLeases, open_postgres
from nbcode.promotion.failpoints import VARIABLE

now = this_process().now_text

FORK = multiprocessing.get_context("fork")
LONG_S = 300.0


class Host(Bench):
    """A checkout whose journal and leases are on the server."""

    def __init__(self, root: Path, uri: str, shared: Path, clock=now) -> None:
        root.mkdir(exist_ok=True)
        super().__init__(root, registry=FileRegistry(shared / "registry.json", failpoint))
        self.uri = uri
        self.clock = clock
        self.leases = AdvisoryLeases(uri, clock)

    def ports(self, gates=()):
        return replace(super().ports(gates), now=self.clock)

    def _effect_ports(self) -> EffectPorts:
        return replace(super()._effect_ports(), journal=SealedJournal(open_postgres(self.uri), self.owner))


@pytest.fixture
def uri(postgres) -> str:
    return postgres.new_database()


def ended(process: multiprocessing.Process) -> int | None:
    process.join(LONG_S)
    return process.exitcode


def test_four_promotes_of_one_spec_at_once_are_one_version(tmp_path, uri):
    """The first of them makes the tables; the others wait for the lease of the key."""
    answers = FORK.Queue()
    together = FORK.Barrier(4)

    def child() -> None:
        together.wait()
        done = Host(tmp_path / "host", uri, tmp_path).promote()
        answers.put((str(done.status), done.version, done.alias))

    (tmp_path / "host").mkdir()
    processes = [FORK.Process(target=child) for _ in range(4)]
    for process in processes:
        process.start()
    found = [answers.get(timeout=LONG_S) for _ in processes]
    assert [ended(p) for p in processes] == [0] * 4
    assert Counter(found) == {("done", 1, "candidate"): 1, ("exists", 1, "candidate"): 3}
    assert len(Host(tmp_path / "host", uri, tmp_path).registry.versions("xsmom")) == 1


@pytest.mark.parametrize("point", ["run.before", "alias.before"])
def test_what_a_host_was_killed_over_is_free_and_the_later_of_two_hosts_has_the_alias(tmp_path, uri, point):
    """The second host's clock is 25 years behind."""

    def child() -> None:
        os.environ[VARIABLE] = point
        Host(tmp_path / "one", uri, tmp_path).promote("earlier")

    process = FORK.Process(target=child)
    process.start()
    assert ended(process) == -signal.SIGKILL
    behind = ticking(datetime(2001, 1, 5, 9, tzinfo=UTC))
    later = Host(tmp_path / "two", uri, tmp_path, clock=behind).promote("later")
    assert (later.status, later.alias) == ("done", "candidate")

    first = Host(tmp_path / "one", uri, tmp_path)
    assert all(first.leases.free(p.key.hex) for p in first.effect_ports().journal.promotions())
    first.resume()
    rows = {p.notebook: p for p in first.effect_ports().journal.promotions("xsmom")}
    assert {p.state for p in rows.values()} == {State.DONE}
    assert rows["later.py"].begun_at < rows["earlier.py"].begun_at
    assert rows["later.py"].sequence > rows["earlier.py"].sequence
    assert first.registry.candidate("xsmom") == rows["later.py"].version
