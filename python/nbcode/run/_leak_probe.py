"""Inside the kernel: the leak probe at the end of a plain Python run, within the time that is left; or why there was none."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nbcode.configuration import setting
from nbcode.leaks import probe_leaks
from nbcode.namespace import ActiveSession, Code, DataSource, cell_file
from nbcode.primitives import Diagnostic, Severity
from nbcode.run._other_future import MOST_BYTES, OtherFuture
from nbcode.run.inside import InsidePlan

_LONGEST_CPU_S = 60.0
_PROBE_UNTIL = 0.8  # of the run's time: what writes the result has the rest


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """When the cells began, on this machine's monotonic clock, and how long they computed."""

    since_s: float
    cpu_s: float


def probe(
    plan: InsidePlan, active: ActiveSession, source: DataSource, spent: Spent, working: Path
) -> tuple[Diagnostic, ...]:
    """The leak probe of a plain Python run: its features once more, on another future. Bounded by the work of the cells, not by
    how long they took on a busy machine; what is promoted is made already, and the probe may neither undo nor outlast it."""
    longer = f"raise {setting('run', 'time_limit')}"
    if spent.cpu_s > min(_LONGEST_CPU_S, plan.time_s / 4):
        why = f"that runs the features again, and the cells computed for {spent.cpu_s:.0f} s"
        return (_not_probed(why, longer),)
    other = OtherFuture(plan.inputs, Path(plan.scratch), working) if plan.opens_paths else None
    if other is not None and other.size_bytes > MOST_BYTES:
        return (_not_probed("that writes the inputs that cells open once more, and they are too large"),)
    left_s = plan.time_s * _PROBE_UNTIL - (time.monotonic() - spent.since_s)
    if left_s <= 0:
        why = "that runs the features again, and the cells used up the time of the run"
        return (_not_probed(why, longer),)
    cells = [
        Code(tag=c.tag, index=c.index, file=cell_file(c.index, c.tag), source=c.source) for c in plan.cells
    ]
    try:
        with _within(left_s):
            found: tuple[Diagnostic, ...] = probe_leaks(
                active,
                cells,
                source,
                None if other is None else other.write,
                {} if other is None else other.parts,
            )
    except _TooLongError:
        why = "that runs the features again, and it would have used up the time of the run"
        return (_not_probed(why, longer),)
    except Exception as error:
        return (_not_probed(f"the leak probe raised {type(error).__name__}: {error}"[:300]),)
    finally:
        if other is not None:
            other.leave()
    if not found and other is not None and other.unfollowed:
        names = ", ".join(other.unfollowed)
        return (
            _not_probed(
                "only tables with dates can be given another future: CSV, parquet, frames of an HDF5 store, folders of them;"
                f" of what cells open, {names} has none that can be read"
            ),
        )
    return found


class _TooLongError(BaseException):
    """Time is up. No ``Exception``, which cells that are run again may catch."""


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    def ring(_number: int, _frame: object) -> None:
        raise _TooLongError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _not_probed(cause: str, *more: str) -> Diagnostic:
    """``more`` are ways out of this cause."""
    return Diagnostic(
        code="NBC-E23",
        severity=Severity.WARNING,
        message="whether what is learnt knows the future was not looked at",
        cause=cause,
        fixes=("write the features with features, ts and cs, which cannot look ahead", *more),
    )
