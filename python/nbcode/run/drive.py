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
_LAST_WORDS_S = 30.0
OnEvent = Callable[[RunEvent], None]
Sleep = Callable[[float], object]


class Pursuit:
    """One run as its follower sees it. ``look`` again and again leads it to its end; in between nothing waits."""

    def __init__(self, runner: Runner, reference: RunReference, *, into: Path, on_event: OnEvent) -> None:
        """``into`` gets the result when there is one; ``on_event`` hears of every event, perhaps more than once."""
        self.runner, self.reference, self._into = runner, reference, into
        self._on_event = on_event
        self._cursor = START
        self._shell = machine.Shell(reference.run_id, self._perform)
        self._record: RunRecord | None = None
        self._result: ResultManifest | None = None

    def look(self) -> machine.Run:
        """Ask once what has happened, and do what is to be done about it."""
        seen = self.runner.observe(self.reference, self._cursor)
        self._cursor = seen.cursor
        self._record = seen.record
        for event in seen.events:
            self._shell.feed(*_events_of(event))
            self._on_event(event)
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
            # A result that somebody let go of is no fault of the run: there is none any more.
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
    pursuit = Pursuit(runner, runner.submit(plan), into=into, on_event=on_event)
    follow(pursuit, cancellation=cancellation, sleep=sleep)
    return pursuit.outcome()


def follow(pursuit: Pursuit, *, cancellation: Cancellation | None = None, sleep: Sleep = time.sleep) -> None:
    """Follow a run to its end. A cancellation, KeyboardInterrupt or an ``on_event`` that raises ends the following early, as
    :func:`ending_with_us` says."""
    asked = cancellation or Cancellation()
    with ending_with_us(pursuit, sleep):
        while not pursuit.look().over:
            asked.raise_if_requested()
            sleep(POLL_S)


@contextmanager
def ending_with_us(pursuit: Pursuit, sleep: Sleep = time.sleep) -> Iterator[None]:
    """Whatever ends this block early ends a run that would not outlive this process, waits for its last process, and passes
    through. A detached run goes on."""
    try:
        yield
    except BaseException:
        if not pursuit.runner.detached:
            _ended(pursuit, sleep)
        raise


def _ended(pursuit: Pursuit, sleep: Sleep) -> None:
    """The machine's shell is left out: it may be what raised."""
    with suppress(NbcodeError, OSError):
        pursuit.runner.cancel(pursuit.reference)
        for _ in range(round(_LAST_WORDS_S / POLL_S)):
            record = pursuit.runner.observe(pursuit.reference).record
            if record is None:
                sleep(POLL_S)
                continue
            if record.status is not RunStatus.FINISHED:
                pursuit.runner.discard(pursuit.reference)
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
            yield from (machine.Complained(diagnostic=d) for d in record.diagnostics or (_no_reason(record),))
        yield machine.Exited()


def _no_reason(record: RunRecord) -> Diagnostic:
    return Diagnostic(
        code="NBC-H01",
        message=f"the run ended as {record.status} and left no complete result",
        fixes=("`nbcode logs` shows what it printed",),
    )
