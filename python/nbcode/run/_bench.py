"""Inside the sandbox: the executor's dealings with the judge: when it begins, what it is given, how long it may take."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from alpha_bench.describe import is_data_alone
from nbcode.primitives import Diagnostic, Json, Judged, Judgement, NbcodeError, Place, errors_of
from nbcode.results import GIVEN, PREDICTIONS, given_definition, not_judged
from nbcode.run._confine import is_walled
from nbcode.run.handover import HANDOVER, take_over
from nbcode.run.inside import InsidePlan
from nbcode.run.judged import FOLDER, JudgeProcess, Order, Word, judged_in
from nbcode.run.values import Limits

_MODEL = "model"
"""The folder of the handover in which a model lies, or a signal."""


class StoppedError(Exception):
    """The run has failed, and this is why."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        """At least one."""
        self.diagnostics = diagnostics
        super().__init__(str(diagnostics[0]))


class Bench:
    """The judge, where there is work for one. It begins beside the kernel where that cannot reach what it writes, else when it is
    gone."""

    def __init__(self, path: Path, plan: InsidePlan) -> None:
        """``path`` is the plan's. It has the plan's time from now on. ``is_alone``: the definition tells all that it needs, and no cell adds to it."""
        self._path, self._plan = path, plan
        self._judge: JudgeProcess | None = None
        self._until = time.monotonic() + plan.time_s
        self.is_alone = bool(plan.definition) and is_data_alone(json.loads(plan.definition))
        if plan.definition and plan.enforced and is_walled():
            self._begin()

    @property
    def pids(self) -> frozenset[int]:
        """Of its process, where it lives: what else is below the executor is the cells'."""
        return frozenset() if self._judge is None else frozenset({self._judge.process.pid})

    def _begin(self) -> JudgeProcess:
        if self._judge is None:
            self._judge = JudgeProcess(self._path, Path(self._plan.out))
            if self.is_alone:
                self._judge.order(Order(definition=self._plan.definition))
        return self._judge

    def close(self) -> None:
        """End it, if it lives."""
        if self._judge is not None:
            self._judge.end()

    def word(self, step: Callable[[str, float], None]) -> Word | None:
        """What it found, when the kernel is gone; None where there is nothing to judge. ``step`` hears what it did since. Raises
        ``StoppedError`` where it ends without a word, or found an error; ``OSError`` where what it needs cannot be copied."""
        try:
            definition = self._plan.definition or given_definition(self._handed_over)
        except NbcodeError as error:
            raise StoppedError(*error.diagnostics) from error
        if definition is None:
            return None
        judge = self._begin()
        if not self.is_alone:
            own = Path(self._plan.out) / FOLDER
            take_over(Path(self._plan.scratch) / HANDOVER, own, only=GIVEN)
            judge.order(Order(definition=definition, given=str(own / GIVEN)))
        return self._heard(judge, step)

    def judgement(self, figures: Mapping[str, Json], step: Callable[[str, float], None]) -> Judgement:
        """Who computed the ``figures`` of plain Python: the cells, and what it finds of them too. Nothing that hinders it ends the run."""
        stated, own = Judgement(judged=Judged.STATED), Path(self._plan.out) / FOLDER
        if not (self._handed_over / PREDICTIONS).is_file():
            return stated
        with contextlib.suppress(StoppedError, OSError, ValueError, KeyError):
            judge = self._begin()
            take_over(self._handed_over.parent, own, only=GIVEN)
            take_over(self._handed_over.parent, own, only=_MODEL)
            judge.order(Order(given=str(own / GIVEN), stated=figures, model=str(own / _MODEL)))
            return self._heard(judge, step).judgement or stated
        return stated

    def study(self, figures: Mapping[str, Json], step: Callable[[str, float], None]) -> Judgement | None:
        """Where the cells left a signal: which of the ``figures`` that they state are those of its book; ``study.json`` says what else it
        found. That it could not judge it, in the plan's time and memory, is no failure of the run. None where there is no signal. Raises
        ``OSError`` where it cannot be copied."""
        if all(one.key != "signal" for one in self._plan.asked):
            return None
        out = Path(self._plan.out)
        judge = self._begin()
        take_over(Path(self._plan.scratch) / HANDOVER, out / FOLDER, only=_MODEL)
        judge.order(Order(signal=str(out / FOLDER / _MODEL), stated=figures))
        stated = Judgement(judged=Judged.STATED)
        try:
            return self._heard(judge, step).judgement or stated
        except StoppedError as stopped:
            not_judged(out, stopped.diagnostics[0].message)
        return stated

    @property
    def _handed_over(self) -> Path:
        return Path(self._plan.scratch) / HANDOVER / GIVEN

    def _heard(self, judge: JudgeProcess, step: Callable[[str, float], None]) -> Word:
        since = time.monotonic()
        while not judge.wait(0.05):
            if time.monotonic() > self._until:
                raise StoppedError(self._past("time"))
            if resident(judge.process.pid) > self._plan.memory_bytes:
                raise StoppedError(self._past("memory"))
        for name, at_s in judge.steps():
            step(name, max(at_s, since))
        word = judge.word()
        judge.end()
        if word is None and judge.process.returncode == -signal.SIGXCPU:
            raise StoppedError(self._past("cpu"))
        if word is None:
            raise StoppedError(_no_word(judge.process.returncode))
        if errors_of(word.diagnostics):
            raise StoppedError(*judged_in(self._plan.cells, word.diagnostics))
        return word

    def _past(self, which: str) -> Diagnostic:
        from nbcode.run.failures import limit_reached

        plan = self._plan
        limits = Limits(time_s=plan.time_s, cpu_s=plan.cpu_s, memory_bytes=plan.memory_bytes)
        cell = next((c for c in reversed(self._plan.cells) if c.tag == "eval"), None)
        return limit_reached(limits, which, peak(), cell)


def _no_word(code: int | None) -> Diagnostic:
    return Diagnostic(
        code="NBC-H01",
        message="the evaluation ended in the middle",
        cause=f"its process ended with {code}; no cell runs there",
        fixes=("`nbcode logs` shows its last words; promote again",),
        place=Place(tag="eval"),
    )


def resident(pid: int) -> int:
    """The resident size of a process in bytes; 0 where that is not to be found."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf(
            "SC_PAGE_SIZE"
        )
    except (OSError, IndexError):
        return 0


def peak() -> int:
    """The largest resident size of a child that has ended, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit
