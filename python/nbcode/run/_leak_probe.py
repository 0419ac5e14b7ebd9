"""Inside the kernel: the leak probe at the end of a plain Python run, within the time that is left; or why there was none."""

from __future__ import annotations

import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alpha_bench.describe import AlphaBenchError
from nbcode.configuration import setting
from nbcode.leaks import (
    Built,
    JudgedBefore,
    Look,
    Obstacle,
    Recorder,
    not_looked_at,
    probe_definition,
    probe_leaks,
    until_stopped,
)
from nbcode.namespace import ActiveSession, Code, DataSource, cell_file
from nbcode.primitives import Json, NbcodeError, dataclass
from nbcode.results import defined, evaluate
from nbcode.run._other_future import MOST_BYTES, OtherFuture
from nbcode.run.inside import InsidePlan

_PROBE_UNTIL = 0.8  # of the run's time: what writes the result has the rest
_CANNOT = "write the features with features, ts and cs, which cannot look ahead"
_NOT_AGAIN = Obstacle(
    cause="the cells could not be run again on data with another future",
    fix=f"{_CANNOT}; `nbcode logs` shows where it ended",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """When the cells began, on this machine's monotonic clock, what recorded their calls that learn and test, and what heard of their
    evaluations in alpha_bench's language."""

    since_s: float
    recorder: Recorder
    judged: JudgedBefore

    def end(self, namespace: dict[str, object], report: object) -> None:
        """The last cell has run, and left ``namespace`` and the figures ``report``: record no more."""
        self.recorder.ends(namespace, report)
        self.recorder.stop()
        self.judged.end()


def begin(plan: InsidePlan, since_s: float) -> Spent:
    """Record from now on, before the first cell."""
    own = plan.project + os.sep
    asked = {one.key: one.text for one in plan.asked}
    if not any(key.partition(".")[0] == "report" for key in asked):
        asked["report"] = "report"
    recorder = Recorder(_code(plan), lambda file: bool(plan.project) and file.startswith(own), asked=asked)
    return Spent(since_s=since_s, recorder=recorder.__enter__(), judged=JudgedBefore().begin())


def probe(plan: InsidePlan, active: ActiveSession, source: DataSource, spent: Spent, working: Path) -> Look:
    """What the recorded calls of a plain Python run say, and the look at other futures. Bounded by what it computes, not by how long
    that takes on a busy machine; what is promoted is made already, and the probe may neither undo nor outlast it."""

    def look(**how: Any) -> Look:
        horizon = plan.horizon_sessions
        return probe_leaks(
            active,
            _code(plan),
            source,
            recorder=spent.recorder,
            horizon=horizon,
            signal=next((one.text for one in plan.asked if one.key == "signal"), ""),
            figures=[one.text for one in plan.asked if one.key.startswith("report")],
            judged=spent.judged,
            **how,
        )

    return _bounded(look, plan, spent, working)


def probe_built(
    plan: InsidePlan,
    active: ActiveSession,
    source: DataSource,
    spent: Spent,
    *,
    working: Path,
    plain: Mapping[str, Json],
) -> Look:
    """The look at the definition ``plain`` that cells built with data in hand; bounded as :func:`probe`."""

    def read(namespace: Mapping[str, object]) -> Mapping[str, Json] | None:
        file = cell_file(plan.meta_cell, "meta")
        return defined(evaluate(namespace, plan.asked, file=file, cell=plan.meta_cell)).plain

    built = Built(plain=plain, read=read, judged=spent.judged)

    def look(**how: Any) -> Look:
        return probe_definition(active, _code(plan), source, recorder=spent.recorder, built=built, **how)

    return _bounded(look, plan, spent, working)


def _bounded(look: Callable[..., Look], plan: InsidePlan, spent: Spent, working: Path) -> Look:
    other = OtherFuture(plan.inputs, Path(plan.scratch), working) if plan.opens_paths else None
    left_s = plan.time_s * _PROBE_UNTIL - (time.monotonic() - spent.since_s)

    def looking(stop: Callable[[Obstacle], None]) -> Look:
        with _within(plan, left_s, stop):
            return look(
                place_files=None if other is None else other.write,
                parts={} if other is None else other.parts,
                no_look=_no_look(other, left_s),
            )

    try:
        return until_stopped(looking)
    except (AlphaBenchError, NbcodeError) as error:
        return not_looked_at(_no_other_data(error))
    except Exception:
        traceback.print_exc()  # for `nbcode logs`
        return not_looked_at(_NOT_AGAIN)
    finally:
        if other is not None:
            other.leave()


def _no_other_data(error: AlphaBenchError | NbcodeError) -> Obstacle:
    """The declared data, as they would have been, are none that can be read."""
    said = error.message if isinstance(error, AlphaBenchError) else error.diagnostics[0].message
    cause = "the declared data cannot be given another future"
    return Obstacle(cause=cause, detail=f": {said}"[:200], fix=_CANNOT)


def _no_look(other: OtherFuture | None, left_s: float) -> Obstacle | None:
    """Why the cells cannot run again."""
    if other is not None and other.size_bytes > MOST_BYTES:
        cause = f"it writes what cells open once more, at most {MOST_BYTES >> 20} MiB"
        return Obstacle(cause=cause, fix='read the tables as inputs["NAME"], which writes nothing')
    return _late("used up") if left_s <= 0 else None


def _code(plan: InsidePlan) -> list[Code]:
    return [
        Code(tag=c.tag, index=c.index, file=cell_file(c.index, c.tag), source=c.source) for c in plan.cells
    ]


@contextmanager
def _within(plan: InsidePlan, seconds: float, stop: Callable[[Obstacle], None]) -> Iterator[None]:
    """End the block by ``stop`` when the look has computed for its limit, or ``seconds`` are over."""
    computed = Obstacle(
        cause=f"it runs the cells again, and has computed for its limit of {plan.look_cpu_s:g} s",
        fix=f"raise {setting('run', 'look_limit')}",
    )
    timers = (
        (signal.SIGALRM, signal.ITIMER_REAL, max(seconds, 1.0), _late("would have used up")),
        (signal.SIGPROF, signal.ITIMER_PROF, plan.look_cpu_s, computed),
    )
    before = [(number, signal.signal(number, _ringing(stop, why))) for number, _, _, why in timers]
    for _, timer, limit_s, _ in timers:
        signal.setitimer(timer, limit_s)
    try:
        yield
    finally:
        for _, timer, _, _ in timers:
            signal.setitimer(timer, 0)
        for number, handler in before:
            signal.signal(number, handler)


def _ringing(stop: Callable[[Obstacle], None], why: Obstacle) -> Callable[[int, object], None]:
    return lambda _number, _frame: stop(why)


def _late(what: str) -> Obstacle:
    cause = (
        f"it runs the cells again, and {'the cells ' if what == 'used up' else ''}{what} the time of the run"
    )
    return Obstacle(cause=cause, fix=f"raise {setting('run', 'time_limit')}")
