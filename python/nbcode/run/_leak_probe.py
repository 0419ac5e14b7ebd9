"""Inside the kernel: the leak probe at the end of a plain Python run, within the time that is left; or why there was none."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbcode.configuration import setting
from nbcode.leaks import Lineage, Look, Obstacle, Recorder, not_looked_at, probe_leaks
from nbcode.namespace import ActiveSession, Code, DataSource, cell_file
from nbcode.primitives import dataclass
from nbcode.run._other_future import MOST_BYTES, OtherFuture
from nbcode.run.inside import InsidePlan

_LONGEST_CPU_S = 60.0
_PROBE_UNTIL = 0.8  # of the run's time: what writes the result has the rest
_CANNOT = "write the features with features, ts and cs, which cannot look ahead"


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """When the cells began, on this machine's monotonic clock, how long they computed, and their calls that learn and test."""

    since_s: float
    cpu_s: float
    lineage: Lineage


def recorder(plan: InsidePlan) -> Recorder:
    """What records the calls that learn and test, from before the first cell to after the last."""
    return Recorder(_code(plan), lambda file: bool(plan.project) and file.startswith(plan.project + os.sep))


def probe(plan: InsidePlan, active: ActiveSession, source: DataSource, spent: Spent, working: Path) -> Look:
    """The leak probe of a plain Python run: its features once more, on another future. Bounded by the work of the cells, not by
    how long they took on a busy machine; what is promoted is made already, and the probe may neither undo nor outlast it."""
    most_s = min(_LONGEST_CPU_S, plan.time_s / 4)
    if spent.cpu_s > most_s:
        cause = f"it runs the features again, and the cells computed for more than {most_s:.0f} s"
        return _limited(cause, detail=f": {spent.cpu_s:.0f} s", raised=plan.time_s / 4 < _LONGEST_CPU_S)
    other = OtherFuture(plan.inputs, Path(plan.scratch), working) if plan.opens_paths else None
    if other is not None and other.size_bytes > MOST_BYTES:
        cause = f"it writes what cells open once more, at most {MOST_BYTES >> 20} MiB"
        return not_looked_at(
            Obstacle(cause=cause, fix='read the tables as inputs["NAME"], which writes nothing')
        )
    left_s = plan.time_s * _PROBE_UNTIL - (time.monotonic() - spent.since_s)
    if left_s <= 0:
        return _limited("it runs the features again, and the cells used up the time of the run")
    try:
        with _within(left_s):
            return probe_leaks(
                active,
                _code(plan),
                source,
                lineage=spent.lineage,
                horizon=plan.horizon_sessions,
                place_files=None if other is None else other.write,
                parts={} if other is None else other.parts,
            )
    except _TooLongError:
        return _limited("it runs the features again, and would have used up the time of the run")
    except Exception as error:
        cause = f"the leak probe raised {type(error).__name__}"
        return not_looked_at(Obstacle(cause=cause, detail=f": {error}"[:200], fix=_CANNOT))
    finally:
        if other is not None:
            other.leave()


def _code(plan: InsidePlan) -> list[Code]:
    return [
        Code(tag=c.tag, index=c.index, file=cell_file(c.index, c.tag), source=c.source) for c in plan.cells
    ]


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


def _limited(cause: str, *, detail: str = "", raised: bool = True) -> Look:
    """No look for want of time; ``raised``: a longer run would have it."""
    fix = f"raise {setting('run', 'time_limit')}" if raised else _CANNOT
    return not_looked_at(Obstacle(cause=cause, detail=detail, fix=fix))
