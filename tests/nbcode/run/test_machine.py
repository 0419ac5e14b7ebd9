"""The life of a run: whatever is heard, in whatever order and however often, it ends once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcode.primitives import Diagnostic
from nbcode.run import Effect, RunStatus, start_run, step
from nbcode.run.machine import (
    TRANSITIONS,
    CancelRequested,
    CellEntered,
    DiagnosticReported,
    Event,
    Exited,
    Killed,
    Lost,
    Phase,
    ResultRead,
    ResultRefused,
    Run,
    Shell,
    Started,
)

PROBLEM = Diagnostic(code="NBC-H01", message="it failed")
REFUSED = Diagnostic(code="NBC-I06", message="half of it is missing")
ALL: list[Event] = [
    Started(),
    CellEntered(cell=2),
    CellEntered(cell=3),
    DiagnosticReported(diagnostic=PROBLEM),
    CancelRequested(),
    Killed(),
    Exited(),
    ResultRead(),
    ResultRefused(diagnostic=REFUSED),
    Lost(),
]
ENDS = (Killed(), Exited(), Lost())
ANY = st.lists(st.sampled_from(ALL), max_size=12)
RESULTS = st.sampled_from([ResultRead(), ResultRefused(diagnostic=REFUSED)])


class Heard:
    """A shell around nothing: writes down what it is asked to do, and answers as it is told."""

    def __init__(self, answer: Event) -> None:
        self.answer = answer
        self.done: list[Effect] = []
        self.shell = Shell("run-1", self.perform)

    def perform(self, effect: Effect, _run: Run) -> list[Event]:
        self.done.append(effect)
        return [self.answer] if effect is Effect.READ_RESULT else []


@given(ANY, RESULTS, st.sampled_from(ENDS))
def test_in_any_order_and_however_often_a_run_ends_in_one_terminal_state(
    events: list[Event], answer: Event, end: Event
) -> None:
    heard = Heard(answer)
    heard.shell.start()
    heard.shell.feed(*events, end)
    assert heard.shell.run.over
    assert heard.done.count(Effect.RECORD) == 1
    assert heard.done.count(Effect.START) == 1
    assert heard.done.count(Effect.END_PROCESSES) <= 1
    assert heard.done.count(Effect.READ_RESULT) <= 1


@given(ANY, RESULTS, ANY)
def test_after_the_end_nothing_happens_any_more(
    events: list[Event], answer: Event, later: list[Event]
) -> None:
    heard = Heard(answer)
    heard.shell.feed(*events, Exited(), Lost())
    ended, done = heard.shell.run, list(heard.done)
    heard.shell.feed(*later)
    assert (heard.shell.run, heard.done) == (ended, done)


@given(ANY, RESULTS)
def test_every_event_told_twice_changes_nothing(events: list[Event], answer: Event) -> None:
    once, twice = Heard(answer), Heard(answer)
    once.shell.feed(*events)
    twice.shell.feed(*(event for one in events for event in (one, one)))
    assert twice.shell.run == once.shell.run
    assert twice.done == once.done


@given(ANY, RESULTS)
def test_only_a_result_that_was_read_without_complaint_or_end_from_outside_finishes_a_run(
    events: list[Event], answer: Event
) -> None:
    heard = Heard(answer)
    heard.shell.feed(*events)
    if heard.shell.run.status is RunStatus.FINISHED:
        assert answer == ResultRead()
        before = events[: events.index(Exited())]
        outside = (DiagnosticReported, CancelRequested, Killed, Lost)
        assert not [e for e in before if isinstance(e, outside)]


def test_the_exit_of_the_processes_alone_finishes_nothing() -> None:
    run, effects = step(start_run("r")[0], Exited())
    assert (run.status, effects) == (RunStatus.RUNNING, (Effect.READ_RESULT,))


def test_a_complaint_while_the_result_is_read_is_a_failure() -> None:
    run, _ = step(start_run("r")[0], Exited())
    run, effects = step(run, DiagnosticReported(diagnostic=PROBLEM))
    assert (run.status, run.diagnostics, effects) == (RunStatus.FAILED, (PROBLEM,), (Effect.RECORD,))


def test_a_run_that_is_cancelled_is_ended_and_then_killed() -> None:
    run, effects = step(start_run("r")[0], CancelRequested())
    assert (run.status, effects) == (RunStatus.RUNNING, (Effect.END_PROCESSES,))
    run, effects = step(run, Exited())
    assert (run.status, effects) == (RunStatus.KILLED, (Effect.RECORD,))


def test_a_reason_is_told_also_when_the_run_is_lost_afterwards() -> None:
    run, _ = step(start_run("r")[0], DiagnosticReported(diagnostic=PROBLEM))
    run, _ = step(run, Lost())
    assert (run.status, run.diagnostics, run.lost) == (RunStatus.FAILED, (PROBLEM,), False)


def test_a_run_that_is_lost_without_a_reason_is_killed_and_lost() -> None:
    run, _ = step(start_run("r")[0], Lost())
    assert (run.status, run.lost) == (RunStatus.KILLED, True)


@pytest.mark.parametrize("phase", list(Phase))
def test_the_table_has_a_row_for_every_phase_and_none_leads_out_of_an_end(phase: Phase) -> None:
    terminal = replace(Run(run_id="r"), phase=phase).over
    assert (TRANSITIONS[phase] == {}) == terminal
