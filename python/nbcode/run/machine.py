"""The life of a run as a function: the same for a local process, a pod that is polled, and a replay."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from nbcode.primitives import Diagnostic
from nbcode.run.values import RunStatus


class Effect(StrEnum):
    """What the shell has to do after a step."""

    START = "start"
    END_PROCESSES = "end_processes"
    READ_RESULT = "read_result"
    RECORD = "record"


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """Where a run is. ``cell`` is the number of the cell that runs now or ran last."""

    run_id: str
    status: RunStatus = RunStatus.SCHEDULED
    cell: int | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Started:
    """The processes are up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CellEntered:
    """A cell begins."""

    cell: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Complained:
    """The user's code or a limit made it fail; it may still be running."""

    diagnostic: Diagnostic


@dataclass(frozen=True, kw_only=True, slots=True)
class Cancelled:
    """Someone asked for its end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """No process is left. ``complete`` is true exactly when this run's own result manifest is there and right."""

    complete: bool


Event = Started | CellEntered | Complained | Cancelled | Ended
_OVER = (RunStatus.FINISHED, RunStatus.FAILED, RunStatus.KILLED)


def begin_run(run_id: str) -> tuple[Run, tuple[Effect, ...]]:
    """A run that is scheduled, and what to do about it."""
    return Run(run_id=run_id), (Effect.START,)


def step(run: Run, event: Event) -> tuple[Run, tuple[Effect, ...]]:
    """The next state, and what the shell must do. A run that is over ignores everything: delivery is at least once.

    The exit code of the process is no event: only a complete result manifest makes FINISHED, and not even that when
    something complained.
    """
    if run.status in _OVER:
        return run, ()
    match event:
        case Started():
            return replace(run, status=RunStatus.RUNNING), (Effect.RECORD,)
        case CellEntered(cell=cell):
            return replace(run, cell=cell), ()
        case Complained(diagnostic=diagnostic):
            return replace(run, diagnostics=(*run.diagnostics, diagnostic)), ()
        case Cancelled():
            return replace(run, status=RunStatus.KILLED), (Effect.END_PROCESSES, Effect.RECORD)
        case Ended(complete=complete):
            fine = complete and not run.diagnostics
            status = RunStatus.FINISHED if fine else RunStatus.FAILED
            return replace(run, status=status), ((Effect.READ_RESULT,) if fine else ()) + (Effect.RECORD,)
