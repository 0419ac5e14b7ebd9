"""A run that goes on without us: the promote waits in `submitted`, nobody holds its lease, and any process carries it on."""

from __future__ import annotations

import pytest

from fakes.promotes import OUTPUT, Bench
from fakes.runners import FakeRunner
from nbcode.commands.promote import promote
from nbcode.commands.status import status
from nbcode.primitives import Cancellation, CancelledError, NbcodeError
from nbcode.promotion import State
from nbcode.run import RunReference


def elsewhere(root) -> Bench:
    return Bench(root, runner=FakeRunner(root / ".runner", OUTPUT, detached=True))


class Waiting(Cancellation):
    """Time passes at once; whoever waits is looked at, and stops waiting after ``patience`` times."""

    __slots__ = ("bench", "patience", "seen")

    def __init__(self, bench: Bench, patience: int = 100) -> None:
        super().__init__()
        self.bench, self.patience = bench, patience
        self.seen: list[tuple[State, bool]] = []

    def wait(self, timeout_s: float) -> bool:
        assert timeout_s > 0
        (one,) = status(
            self.bench.effect_ports().journal, self.bench.leases.free, self.bench.effect_ports().owner
        ).promotions
        self.seen.append((one.promotion.state, one.working))
        if len(self.seen) == self.patience:
            self.request()
        return self.requested


def promoted(bench: Bench, waiting: Waiting):
    return promote(bench.root / "notebook.py", bench.ports(cancellation=waiting))


def test_who_waits_for_a_run_elsewhere_holds_no_lease_and_gets_the_candidate(tmp_path):
    bench = elsewhere(tmp_path)
    waiting = Waiting(bench)
    ended = promoted(bench, waiting)
    assert (ended.status, ended.version, ended.alias) == ("done", 1, "candidate")
    assert len(waiting.seen) > 1
    assert set(waiting.seen) == {(State.SUBMITTED, False)}
    assert bench.runner.started == 1


def test_who_stops_waiting_leaves_the_run_alone_and_another_process_takes_it_up(tmp_path):
    bench = elsewhere(tmp_path)
    with pytest.raises(CancelledError, match="ended early"):
        promoted(bench, Waiting(bench, patience=1))
    later = elsewhere(tmp_path)
    early = later.resume()
    assert [(p.state, early.finished) for p in early.held] == [(State.SUBMITTED, ())]
    assert early.exit_code == 0
    finished = []
    while not finished:
        finished = later.resume().finished
    assert [(r.status, r.version, r.alias) for r in finished] == [("done", 1, "candidate")]
    assert later.runner.started == 0
    assert len(later.registry.versions("xsmom")) == 1


def test_a_run_that_somebody_ends_under_our_eyes_is_told_and_run_again_only_when_asked(tmp_path):
    bench = elsewhere(tmp_path)

    class Cancelling(Waiting):
        __slots__ = ()

        def wait(self, timeout_s: float) -> bool:
            (one,) = self.bench.effect_ports().journal.promotions()
            FakeRunner(self.bench.root / ".runner", detached=True).cancel(
                RunReference(runner="fake", run_id=one.run_id)
            )
            return super().wait(timeout_s)

    with pytest.raises(NbcodeError, match=r"NBC-H15 .* ended from outside"):
        promoted(bench, Cancelling(bench))
    (left,) = bench.effect_ports().journal.promotions()
    assert left.state is State.SUBMITTED
    again = elsewhere(tmp_path)
    finished = ()
    while not finished:
        finished = again.resume().finished
    (promotion,) = again.effect_ports().journal.promotions()
    assert (promotion.run_id, promotion.state) == (f"{left.run_id}-r2", State.DONE)
    assert [r.version for r in finished] == [1]


def test_a_run_that_is_gone_each_time_is_submitted_again_only_once_by_one_command(tmp_path):
    class Forgetful(FakeRunner):
        """Knows no run that it was given."""

        def observe(self, reference, since=""):
            return super().observe(RunReference(runner="fake", run_id="another"), since)

    bench = Bench(tmp_path, runner=Forgetful(tmp_path / ".runner", OUTPUT))
    with pytest.raises(NbcodeError, match=r"NBC-H15 .* ended from outside"):
        bench.promote()
    assert bench.runner.started == 2
    assert bench.effect_ports().journal.promotions()[0].state is State.SUBMITTED
