"""The life of a run as a transition table: a local process, a run elsewhere that is polled, and a replay are fed to the same.

Delivery is at least once and in any order: whatever is fed, a run reaches one terminal phase and then moves no more. The exit
code of a process is no event: only a complete result makes FINISHED, and not even that when something complained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from nbcode.primitives import Diagnostic, dataclass
from nbcode.run.values import RunStatus


class Phase(StrEnum):
    """Where a run is. ``READING``: no process is left, and what it left is looked at."""

    SCHEDULED = "scheduled"
    RUNNING = "running"
    FAILING = "failing"
    CANCELLING = "cancelling"
    READING = "reading"
    FINISHED = "finished"
    FAILED = "failed"
    KILLED = "killed"


class Effect(StrEnum):
    """What the shell has to do after a step."""

    START = "start"
    END_PROCESSES = "end_processes"
    READ_RESULT = "read_result"
    RECORD = "record"


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """Where a run is. ``cell`` is the number of the cell that runs now or ran last; ``lost``: whoever ran it is gone."""

    run_id: str
    phase: Phase = Phase.SCHEDULED
    cell: int | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    lost: bool = False

    @property
    def status(self) -> RunStatus:
        """The phase in MLflow's words."""
        return _STATUS[self.phase]

    @property
    def over(self) -> bool:
        """Nothing changes it any more."""
        return self.phase in _TERMINAL


@dataclass(frozen=True, kw_only=True, slots=True)
class Started:
    """The processes are up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CellEntered:
    """A cell begins."""

    cell: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DiagnosticReported:
    """The user's code or a limit made it fail; it may still be running."""

    diagnostic: Diagnostic


@dataclass(frozen=True, kw_only=True, slots=True)
class CancelRequested:
    """Someone asked for its end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Killed:
    """It was ended from outside, and no process is left."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exited:
    """It ended by itself, and no process is left."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultRead:
    """The run's own result is there, complete and as its manifest says."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultRefused:
    """There is no complete result."""

    diagnostic: Diagnostic


@dataclass(frozen=True, kw_only=True, slots=True)
class Lost:
    """Whoever ran it is gone, or knows no such run; how it would have ended is not known."""


Event = (
    Started
    | CellEntered
    | DiagnosticReported
    | CancelRequested
    | Killed
    | Exited
    | ResultRead
    | ResultRefused
    | Lost
)
Perform = Callable[[Effect, Run], Iterable[Event]]

_STATUS = MappingProxyType(
    {
        Phase.SCHEDULED: RunStatus.SCHEDULED,
        Phase.RUNNING: RunStatus.RUNNING,
        Phase.FAILING: RunStatus.RUNNING,
        Phase.CANCELLING: RunStatus.RUNNING,
        Phase.READING: RunStatus.RUNNING,
        Phase.FINISHED: RunStatus.FINISHED,
        Phase.FAILED: RunStatus.FAILED,
        Phase.KILLED: RunStatus.KILLED,
    }
)
_TERMINAL = frozenset({Phase.FINISHED, Phase.FAILED, Phase.KILLED})
_Row = dict[type, tuple[Phase, tuple[Effect, ...]]]

_RECORDED = (Effect.RECORD,)
_OUTSIDE: _Row = {
    CancelRequested: (Phase.CANCELLING, (Effect.END_PROCESSES,)),
    Killed: (Phase.KILLED, _RECORDED),
    Lost: (Phase.KILLED, _RECORDED),
}
_ALIVE: _Row = {
    Started: (Phase.RUNNING, ()),
    CellEntered: (Phase.RUNNING, ()),
    DiagnosticReported: (Phase.FAILING, ()),
    Exited: (Phase.READING, (Effect.READ_RESULT,)),
}
TRANSITIONS: MappingProxyType[Phase, _Row] = MappingProxyType(
    {
        Phase.SCHEDULED: _OUTSIDE | _ALIVE,
        Phase.RUNNING: _OUTSIDE | _ALIVE,
        # There is a reason already: it is reported, however the run ended.
        Phase.FAILING: {
            CancelRequested: (Phase.CANCELLING, (Effect.END_PROCESSES,)),
            Exited: (Phase.FAILED, _RECORDED),
            Killed: (Phase.FAILED, _RECORDED),
            Lost: (Phase.FAILED, _RECORDED),
        },
        Phase.CANCELLING: {
            Exited: (Phase.KILLED, _RECORDED),
            Killed: (Phase.KILLED, _RECORDED),
            Lost: (Phase.KILLED, _RECORDED),
        },
        Phase.READING: {
            ResultRead: (Phase.FINISHED, _RECORDED),
            ResultRefused: (Phase.FAILED, _RECORDED),
            DiagnosticReported: (Phase.FAILED, _RECORDED),
            CancelRequested: (Phase.KILLED, _RECORDED),
            Killed: (Phase.KILLED, _RECORDED),
            Lost: (Phase.KILLED, _RECORDED),
        },
        Phase.FINISHED: {},
        Phase.FAILED: {},
        Phase.KILLED: {},
    }
)
"""(phase, event) -> (next phase, effects). What is not listed changes no phase."""


def start_run(run_id: str) -> tuple[Run, tuple[Effect, ...]]:
    """A run that is scheduled, and what to do about it."""
    return Run(run_id=run_id), (Effect.START,)


def step(run: Run, event: Event) -> tuple[Run, tuple[Effect, ...]]:
    """The next state, and what the shell must do. A run that is over ignores everything."""
    if run.over:
        return run, ()
    phase, effects = TRANSITIONS[run.phase].get(type(event), (run.phase, ()))
    match event:
        case CellEntered(cell=cell):
            run = replace(run, cell=cell)
        case DiagnosticReported(diagnostic=diagnostic):
            run = _noted(run, diagnostic)
        case ResultRefused(diagnostic=diagnostic) if run.phase is Phase.READING:
            run = _noted(run, diagnostic)
        case Lost():
            run = replace(run, lost=phase is Phase.KILLED)
    return replace(run, phase=phase), effects


def _noted(run: Run, diagnostic: Diagnostic) -> Run:
    """Told twice, it is one."""
    if diagnostic in run.diagnostics:
        return run
    return replace(run, diagnostics=(*run.diagnostics, diagnostic))


class Shell:
    """Feeds a run and performs what comes of it. ``perform`` does one effect and returns what happened by it; it may feed
    further events itself while it lasts, as a local process does."""

    def __init__(self, run_id: str, perform: Perform) -> None:
        """Nothing has happened yet."""
        self.run = Run(run_id=run_id)
        self._perform = perform

    def start(self) -> None:
        """Schedule the run."""
        self.run, effects = start_run(self.run.run_id)
        self._do(effects)

    def feed(self, *events: Event) -> None:
        """What happened, in the order it was heard of."""
        for event in events:
            self.run, effects = step(self.run, event)
            self._do(effects)

    def _do(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            self.feed(*self._perform(effect, self.run))
