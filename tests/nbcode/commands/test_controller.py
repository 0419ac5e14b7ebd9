"""The controller finishes what was submitted elsewhere, once, whoever else is at it."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.elsewhere import Elsewhere
from fakes.promotes import FIGURES, OUTPUT, now
from fakes.runners import FakeRunner
from nbcode.commands.controller import ControllerPorts, ControllerResult, control
from nbcode.commands.promote import Status, promote
from nbcode.configuration import ARGO, HERE
from nbcode.primitives import Cancellation, CancelledError, Diagnostic, Exit, NbcodeError, Severity
from nbcode.promotion import State, failpoint


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


def test_what_runs_in_another_cluster_is_left_to_the_controller_there(tmp_path: Path) -> None:
    """One journal, two namespaces: whoever is first looks in a store where nothing of it is."""
    bench = Elsewhere(tmp_path)
    bench.runner.place = "team-a s3://research/a"
    begun = bench.begin()
    assert begun.runs_in == "team-a s3://research/a"
    assert bench.control(place="team-b s3://research/b") == ControllerResult(finished=0, hindered=0)
    assert [one.state for one in bench.promotions()] == [State.SUBMITTED]
    for _ in range(20):
        bench.control(place=begun.runs_in)
    assert [one.state for one in bench.promotions()] == [State.DONE]


def test_what_was_submitted_before_places_were_written_down_is_finished_by_any(tmp_path: Path) -> None:
    bench = Elsewhere(tmp_path)
    assert bench.begin().runs_in == ""
    for _ in range(20):
        bench.control(place="team-b s3://research/b")
    assert [one.state for one in bench.promotions()] == [State.DONE]


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


def test_why_a_promotion_cannot_go_on_is_said_of_where_it_stands(tmp_path: Path) -> None:
    bench, said = Elsewhere(tmp_path), list[tuple[State, str]]()
    bench.begin()

    def refuses(*_wanted: object, **_more: object) -> None:
        raise NbcodeError([Diagnostic(code="NBC-I25", message="refused")])

    bench.registry.register = refuses  # type: ignore[assignment]
    ports = ControllerPorts(
        journal=bench.effect_ports().journal,
        leases=bench.leases,
        effect_ports=lambda _promotion: bench.effect_ports(),
        heard=lambda _s: None,
        told=bench.told.append,
        now=now,
        monotonic_s=bench.monotonic_s,
        failpoint=failpoint,
        hindered=lambda promotion, found: said.append((promotion.state, found[0].code)),
    )
    for _ in range(6):
        control(ports, once=True)
    assert set(said) == {(State.VERIFIED, "NBC-I25")}


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


def test_who_stays_and_watches_is_told_what_the_controller_made(tmp_path: Path) -> None:
    """The controller has a store of its own: figures come from the registry, and a note says where the artifact is."""
    bench = Elsewhere(tmp_path)
    watched = threading.Event()

    def control() -> None:
        while not watched.is_set():
            bench.control(tmp_path / "controller")

    thread = threading.Thread(target=control)
    thread.start()
    try:
        ports = replace(bench.ports(), controlled=True)
        result = promote(tmp_path / "notebook.py", ports, on=ARGO)
    finally:
        watched.set()
        thread.join()
    assert (result.status, result.version, result.alias, result.artifact) == (
        Status.DONE,
        1,
        "candidate",
        None,
    )
    assert dict(result.metrics)["ic_mean"] == FIGURES["ic_mean"]
    told = [(one.code, one.severity) for one in result.diagnostics]
    assert told[-1] == ("NBC-I31", Severity.NOTE)
