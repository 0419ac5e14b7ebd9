"""The controller finishes what was submitted elsewhere, once, whoever else is at it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.promotes import OUTPUT, Bench, now
from fakes.runners import FakeRunner
from nbcode.commands.controller import ControllerEvent, ControllerPorts, ControllerResult, control
from nbcode.commands.promote import promote
from nbcode.configuration import ARGO, HERE
from nbcode.primitives import Cancellation, CancelledError, Diagnostic, Exit, NbcodeError
from nbcode.promotion import Promotion, State, failpoint


class Elsewhere(Bench):
    """A project whose runs are on a cluster, and the cluster's controller."""

    def __init__(self, root: Path, runner: FakeRunner | None = None) -> None:
        super().__init__(root, runner=runner or FakeRunner(root / ".runner", OUTPUT, detached=True))
        self.told: list[ControllerEvent] = []

    def begin(self, name: str = "notebook", on: str = ARGO) -> Promotion:
        """Promote, and go away as soon as the run is submitted."""
        gone = Cancellation()
        ports = replace(
            self.ports(cancellation=gone), controlled=True, on_event=lambda event: _leave(event.name, gone)
        )
        with suppress(CancelledError):
            promote(self.root / f"{name}.py", ports, on=on)
        return self.promotions()[0]

    def control(self, heard: Callable[[float], None] = lambda _s: None) -> ControllerResult:
        return control(
            ControllerPorts(
                journal=self.effect_ports().journal,
                leases=self.leases,
                effect_ports=lambda _promotion: self.effect_ports(),
                heard=heard,
                told=self.told.append,
                now=now,
                monotonic_s=self.monotonic_s,
                failpoint=failpoint,
            ),
            once=True,
        )

    def until_quiet(self) -> None:
        for _ in range(20):
            self.control()

    def promotions(self) -> list[Promotion]:
        return list(self.effect_ports().journal.promotions())


def _leave(step: str, gone: Cancellation) -> None:
    if step == "run":
        gone.request()


def test_what_a_closed_laptop_submitted_becomes_a_candidate(tmp_path: Path) -> None:
    bench = Elsewhere(tmp_path)
    begun = bench.begin()
    assert (begun.state, begun.runs_on) == (State.SUBMITTED, ARGO)
    bench.until_quiet()
    (done,) = bench.promotions()
    (version,) = bench.registry.versions("xsmom")
    assert (done.state, done.version, version.alias) == (State.DONE, 1, "candidate")
    assert [one.state for one in bench.told] == ["built", "verified", "registered", "aliased", "done"]


def test_what_runs_here_is_left_to_who_runs_it(tmp_path: Path) -> None:
    """The control: the same journal, another place."""
    bench = Elsewhere(tmp_path)
    assert bench.begin(on=HERE).state is State.SUBMITTED
    assert bench.control() == ControllerResult(finished=0, hindered=0)
    assert [one.state for one in bench.promotions()] == [State.SUBMITTED]


def test_two_controllers_at_once_register_one_version(tmp_path: Path) -> None:
    bench = Elsewhere(tmp_path)
    bench.begin()
    threads = [threading.Thread(target=bench.until_quiet) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bench.registry.versions("xsmom")) == 1
    assert [one.state for one in bench.promotions()] == [State.DONE]


def test_a_run_that_fails_ends_its_promotion_with_the_reason(tmp_path: Path) -> None:
    problem = Diagnostic(code="NBC-H01", message="the cell raised")
    bench = Elsewhere(tmp_path, FakeRunner(tmp_path / ".runner", OUTPUT, problem, detached=True))
    bench.begin()
    bench.until_quiet()
    (failed,) = bench.promotions()
    assert failed.failure is not None
    assert (failed.state, failed.failure.code) == (State.FAILED, "NBC-H01")
    assert [one.code for event in bench.told for one in event.diagnostics] == ["NBC-H01"]
    assert bench.registry.versions("xsmom") == ()


def test_a_run_that_was_cancelled_ends_as_cancelled(tmp_path: Path) -> None:
    bench = Elsewhere(tmp_path)
    begun = bench.begin()
    runner = bench.runner
    from nbcode.run import RunReference

    runner.cancel(RunReference(runner=runner.kind, run_id=begun.run_id or ""))
    bench.until_quiet()
    (failed,) = bench.promotions()
    assert failed.failure is not None
    assert (failed.state, failed.failure.code) == (State.FAILED, "NBC-H41")


def test_a_run_that_is_lost_is_submitted_again_so_many_times(tmp_path: Path) -> None:
    class Losing(FakeRunner):
        def observe(self, reference, since=""):  # type: ignore[no-untyped-def]
            return super().observe(replace(reference, run_id="nobody-knows-it"), since)

    runner = Losing(tmp_path / ".runner", OUTPUT, detached=True)
    bench = Elsewhere(tmp_path, runner)
    bench.begin()
    bench.until_quiet()
    (failed,) = bench.promotions()
    assert failed.failure is not None
    assert (failed.state, failed.failure.code, runner.started) == (State.FAILED, "NBC-H41", 3)


def test_one_that_cannot_go_on_now_hinders_no_other(tmp_path: Path) -> None:
    bench = Elsewhere(tmp_path)
    first, second = bench.begin("first"), bench.begin("second")
    register = bench.registry.register
    away = {first.spec_digest}

    def refusing(wanted, **more):  # type: ignore[no-untyped-def]
        if wanted.spec_digest in away:
            raise NbcodeError([Diagnostic(code="NBC-I01", message="the registry is away")])
        return register(wanted, **more)

    bench.registry.register = refusing  # type: ignore[method-assign]
    bench.until_quiet()
    states = {one.key: one.state for one in bench.promotions()}
    assert (states[first.key], states[second.key]) == (State.VERIFIED, State.DONE)
    assert bench.control().exit_code is Exit.RETRY
    away.clear()
    bench.until_quiet()
    assert {one.state for one in bench.promotions()} == {State.DONE}
    assert len(bench.registry.versions("xsmom")) == 2


def test_asked_to_end_it_ends_between_two_looks(tmp_path: Path) -> None:
    bench, asked = Elsewhere(tmp_path), Cancellation()
    bench.begin()
    ports = ControllerPorts(
        journal=bench.effect_ports().journal,
        leases=bench.leases,
        effect_ports=lambda _promotion: bench.effect_ports(),
        heard=lambda _s: asked.request(),
        told=bench.told.append,
        now=now,
        monotonic_s=bench.monotonic_s,
        failpoint=failpoint,
        cancellation=asked,
    )
    with pytest.raises(CancelledError, match="ended early"):
        control(ports)
    assert bench.leases.free(bench.promotions()[0].key.hex)
