"""Following a run to its end, through the port alone: what is observed is fed to the machine, and what it asks for is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nbcode.primitives import Cancellation, Diagnostic, NbcodeError
from nbcode.run import machine
from nbcode.run.port import START, Runner, RunReference
from nbcode.run.values import ResultManifest, RunEvent, RunOutcome, RunPlan, RunRecord, RunStatus

POLL_S = 0.02
DISCARDED = "NBC-H15"
_CANCEL_WAIT_S = 30.0
OnEvent = Callable[[RunEvent], None]
Sleep = Callable[[float], object]


class RunFollower:
    """One run as its follower sees it. ``poll`` again and again leads it to its end; in between nothing waits."""

    def __init__(self, runner: Runner, reference: RunReference, *, into: Path, on_event: OnEvent) -> None:
        """``into`` gets the result when there is one; ``on_event`` hears of every event, perhaps more than once."""
        self.runner, self.reference, self._into = runner, reference, into
        self._on_event = on_event
        self._cursor, self._waits = START, ""
        self._shell = machine.Shell(reference.run_id, self._perform)
        self._record: RunRecord | None = None
        self._result: ResultManifest | None = None

    def poll(self) -> machine.Run:
        """Ask once what has happened, and do what is to be done about it."""
        seen = self.runner.observe(self.reference, self._cursor)
        self._record = seen.record
        for event in seen.after(self._waits):
            self._shell.feed(*_events_of(event))
            self._on_event(event)
        self._cursor, self._waits = seen.cursor, seen.waits or self._waits
        if seen.record is not None:
            self._shell.feed(*_end_of(seen.record))
        return self._shell.run

    def outcome(self) -> RunOutcome:
        """How it ended. Raises ``ValueError`` while it has not."""
        run, record = self._shell.run, self._record
        if record is None or not run.over:
            raise ValueError(f"{run.run_id} is {run.status}")
        told = record.diagnostics
        return RunOutcome(
            status=run.status,
            isolation=record.isolation,
            out=self._into,
            result=self._result if run.status is RunStatus.FINISHED else None,
            diagnostics=(*told, *(d for d in run.diagnostics if d not in told)),
            seconds=record.seconds,
            layers=record.layers,
            peak_bytes=record.peak_bytes,
            columns=record.columns,
            lost=run.lost,
        )

    def _perform(self, effect: machine.Effect, _run: machine.Run) -> Iterable[machine.Event]:
        if effect is machine.Effect.READ_RESULT:
            return (self._fetched(),)
        return ()

    def _fetched(self) -> machine.Event:
        try:
            self._result = self.runner.fetch(self.reference, self._into)
        except NbcodeError as error:
            found = error.diagnostics[0]
            # A result that was discarded is no fault of the run.
            return machine.Lost() if found.code == DISCARDED else machine.ResultRefused(diagnostic=found)
        return machine.ResultRead()


def drive(
    runner: Runner,
    plan: RunPlan,
    *,
    into: Path,
    on_event: OnEvent,
    cancellation: Cancellation | None = None,
    sleep: Sleep = time.sleep,
) -> RunOutcome:
    """Submit ``plan`` and follow it to its end."""
    follower = RunFollower(runner, runner.submit(plan), into=into, on_event=on_event)
    follow(follower, cancellation=cancellation, sleep=sleep)
    return follower.outcome()


def follow(
    follower: RunFollower, *, cancellation: Cancellation | None = None, sleep: Sleep = time.sleep
) -> None:
    """Follow a run to its end. A cancellation, KeyboardInterrupt or an ``on_event`` that raises ends the following early, as
    :func:`cancel_on_error` says."""
    asked = cancellation or Cancellation()
    with cancel_on_error(follower, sleep):
        while not follower.poll().over:
            asked.raise_if_requested()
            sleep(POLL_S)


@contextmanager
def cancel_on_error(follower: RunFollower, sleep: Sleep = time.sleep) -> Iterator[None]:
    """Whatever ends this block early ends a run that would not outlive this process, waits for its last process, and passes
    through. A detached run goes on."""
    try:
        yield
    except BaseException:
        if not follower.runner.detached:
            _ended(follower, sleep)
        raise


def _ended(follower: RunFollower, sleep: Sleep) -> None:
    """The machine's shell is left out: it may be what raised."""
    with suppress(NbcodeError, OSError):
        follower.runner.cancel(follower.reference)
        for _ in range(round(_CANCEL_WAIT_S / POLL_S)):
            record = follower.runner.observe(follower.reference).record
            if record is None:
                sleep(POLL_S)
                continue
            if record.status is not RunStatus.FINISHED:
                follower.runner.discard(follower.reference)
            return


def _events_of(event: RunEvent) -> Iterator[machine.Event]:
    yield machine.Started()
    if event.kind == "cell" and event.name == "start" and event.cell is not None:
        yield machine.CellEntered(cell=event.cell)


def _end_of(record: RunRecord) -> Iterator[machine.Event]:
    if record.lost:
        yield machine.Lost()
    elif record.status is RunStatus.KILLED:
        yield machine.Killed()
    else:
        if record.status is not RunStatus.FINISHED:
            yield from (
                machine.DiagnosticReported(diagnostic=d) for d in record.diagnostics or (_no_reason(record),)
            )
        yield machine.Exited()


def _no_reason(record: RunRecord) -> Diagnostic:
    return Diagnostic(
        code="NBC-H01",
        message=f"the run ended as {record.status} and left no complete result",
        fixes=("`nbcode logs` shows what it printed",),
    )
