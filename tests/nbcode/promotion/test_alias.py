"""Which version has the alias: that of the promote that began last by the journal's order, and only one that is still there."""

from __future__ import annotations

import json
import signal
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fakes.clocks import ticking
from fakes.journals import MemoryJournal
from fakes.promotes import Bench, promote_and_die
from fakes.promotions import AT, begun
from fakes.registries import FileRegistry
from nbcode.primitives import digest_bytes
from nbcode.promotion import (
    Aliased,
    Built,
    Finished,
    Leases,
    Promotion,
    Registered,
    Snapshotted,
    State,
    Submitted,
    Verified,
    candidate_in_ledger,
    step,
)
from nbcode.promotion.registering import later_candidate


def reconcile_once(
    journal: MemoryJournal, promotion: Promotion, version: int, aliased: Aliased | None
) -> Promotion:
    """As far as it is registered, or to its end."""
    road = [
        Snapshotted(commit="c"),
        Submitted(run_id="r"),
        Built(isolation="process"),
        Verified(artifact_digest=digest_bytes(b"artifact")),
        Registered(version=version),
        *([aliased, Finished()] if aliased else []),
    ]
    for event in road:
        moved, _ = step(promotion, event, at=AT)
        journal.record(promotion, moved)
        promotion = moved
    return promotion


def test_of_two_that_were_begun_in_one_millisecond_the_second_in_the_journal_is_the_later():
    journal = MemoryJournal()
    first, second = journal.begin(begun("one"), b""), journal.begin(begun("two"), b"")
    assert first.begun_at == second.begun_at
    second = reconcile_once(journal, second, 1, Aliased())
    assert later_candidate(journal, first) == second
    assert later_candidate(journal, second) is None


def test_only_what_has_the_alias_by_right_is_a_later_candidate():
    """Not one that is only registered, not one that was superseded itself, not one that failed to come so far."""
    journal = MemoryJournal()
    first, waiting, superseded = (journal.begin(begun(name), b"") for name in ("one", "two", "three"))
    reconcile_once(journal, waiting, 1, None)
    reconcile_once(journal, superseded, 2, Aliased(superseded=True))
    assert later_candidate(journal, first) is None
    last = journal.begin(begun("four"), b"")
    reconcile_once(journal, last, 3, Aliased())
    assert later_candidate(journal, first).version == 3


class Elsewhere(Bench):
    """A second machine on the same journal, whose clock is years behind."""

    def ports(self, gates=()):
        return replace(super().ports(gates), now=ticking(datetime(2001, 1, 5, 9, tzinfo=UTC)))


@pytest.mark.parametrize("point", ["snapshot.before", "run.before", "register.done", "alias.before"])
def test_the_clocks_of_two_machines_do_not_decide_which_is_the_candidate(tmp_path, point):
    """The promote that began later has the alias, though its clock says that it began long before the other."""
    assert promote_and_die(tmp_path, point, "earlier") == -signal.SIGKILL
    later = Elsewhere(tmp_path).promote("later")
    assert (later.status, later.alias) == ("done", "candidate")
    Bench(tmp_path).resume()
    by_clock = sorted(Bench(tmp_path).effect_ports().journal.promotions(), key=lambda p: p.begun_at)
    assert [(p.notebook, p.state) for p in by_clock] == [("later.py", State.DONE), ("earlier.py", State.DONE)]
    assert Bench(tmp_path).registry.candidate("xsmom") == later.version
    assert candidate_in_ledger(Bench(tmp_path).effect_ports().journal.history("xsmom")) == later.version


class Noticing:
    """The leases of a store; ``asked`` is set when somebody asks for one that another holds."""

    def __init__(self, leases: Leases, asked: threading.Event) -> None:
        self.leases = leases
        self.asked = asked

    def acquire(self, name, *, wait_s, on_wait=None):
        def waits(holder) -> None:
            self.asked.set()
            if on_wait:
                on_wait(holder)

        return self.leases.acquire(name, wait_s=wait_s, on_wait=waits)

    def free(self, name):
        return self.leases.free(name)

    def sweep(self):
        self.leases.sweep()


class Slow(FileRegistry):
    """Sets the alias of the first version only when another promote has come to that point too, or has ended."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.entered, self.other_came = threading.Event(), threading.Event()

    def set_candidate(self, version):
        if not self.entered.is_set():
            self.entered.set()
            assert self.other_came.wait(300)
        return super().set_candidate(version)


def test_two_that_set_the_alias_at_the_same_time_leave_it_at_the_later(tmp_path):
    """The earlier has looked whether one began later, and found none, when the later comes to the same point."""
    registry = Slow(tmp_path / "registry.json")
    earlier, later = Bench(tmp_path, registry=registry), Bench(tmp_path, registry=registry)
    later.leases = Noticing(later.leases, registry.other_came)
    first = threading.Thread(target=earlier.promote, args=("earlier",))
    first.start()
    assert registry.entered.wait(300)
    done = later.promote("later")
    registry.other_came.set()
    first.join(300)
    assert registry.candidate("xsmom") == done.version == 2
    assert candidate_in_ledger(later.effect_ports().journal.history("xsmom")) == 2


def test_a_version_that_was_made_anew_under_another_number_is_not_aliased(tmp_path):
    """I07: deleted and registered again outside nbcode, while the promote waited."""
    assert promote_and_die(tmp_path, "alias.before") == -signal.SIGKILL
    registry = tmp_path / ".nbcode" / "registry.json"
    rows = json.loads(registry.read_text())
    rows["versions"][0]["version"] = 7
    registry.write_text(json.dumps(rows))
    (resumed,) = Bench(tmp_path).resume().finished
    assert resumed.status == "failed"
    assert [(d.code, d.cause) for d in resumed.diagnostics] == [
        ("NBC-I07", "the registry has it as version 7: it was deleted, or made anew, outside nbcode")
    ]
    assert Bench(tmp_path).registry.candidate("xsmom") is None
    (promotion,) = Bench(tmp_path).effect_ports().journal.promotions()
    assert promotion.state == State.FAILED
