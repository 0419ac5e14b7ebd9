"""Window: one run on one isolation level, from the first process to the last, in the thread that calls it."""

from __future__ import annotations

import json
import shutil
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from nbcode import sandbox
from nbcode.configuration import Isolation
from nbcode.inputs import InputSource
from nbcode.namespace import in_file
from nbcode.primitives import Diagnostic, Severity
from nbcode.run import _mirror, inside, machine
from nbcode.run.executed import collect_executed
from nbcode.run.failures import OUTSIDE, ended_from_outside, limit_reached
from nbcode.run.kernels import compiled_kernels
from nbcode.run.manifest import integrity_problem, output_problem
from nbcode.run.record import EVENTS_NAME, LOG_NAME, RAW_NAME
from nbcode.run.steps import STEPS
from nbcode.run.timeline import Timeline
from nbcode.run.values import PlannedInput, RunEvent, RunPlan, RunRecord, RunStatus

# The inside ends by itself at its limits, and names the line; it is given the time to say so on a busy machine.
_GRACE_S = 30.0
_LOOK_S = 0.1
# Given as text: the run's own environment need not be where this file is.
_START = Path(__file__).with_name("_start.py")


class Attempt:
    """The run of ``plan`` in the directory ``place``."""

    def __init__(
        self,
        plan: RunPlan,
        place: Path,
        nonce: str,
        *,
        cancelled: Callable[[], bool],
        monotonic_s: Callable[[], float],
        compiling: threading.Lock | None = None,
    ) -> None:
        """``nonce`` is what its result has to repeat; ``cancelled`` is asked often, from this thread. Of runs that share ``compiling`` one at a time compiles
        kernels: the others then find them."""
        self._plan, self._place, self._nonce = plan, place, nonce
        self._cancelled, self._monotonic_s = cancelled, monotonic_s
        self._compiling = compiling or threading.Lock()
        self._begun_at = datetime.now(UTC).isoformat(timespec="seconds")
        self._began_s = monotonic_s()

    def levels(self) -> tuple[sandbox.IsolationLevel, ...]:
        """The isolation levels to try, strongest first; only one where one was asked for."""
        placement = self._plan.placement
        lowest = (
            sandbox.IsolationLevel.ENVIRONMENT
            if placement.fresh_environment
            else sandbox.IsolationLevel.PROCESS
        )
        if placement.isolation is Isolation.AUTO:
            return (sandbox.IsolationLevel.NAMESPACES, sandbox.IsolationLevel.LANDLOCK, lowest)
        if placement.isolation is Isolation.ENVIRONMENT and not placement.fresh_environment:
            return ()
        return (sandbox.IsolationLevel(placement.isolation),)

    def run(self, level: sandbox.IsolationLevel) -> RunRecord:
        """Run it there. Raises ``SandboxUnavailableError`` when that level does not hold here."""
        with (self._place / EVENTS_NAME).open("a", encoding="utf-8") as events:
            processes = _Processes(
                self._plan,
                self._place,
                self._nonce,
                level,
                events=events,
                cancelled=self._cancelled,
                compiling=self._compiling,
                timeline=Timeline(self._began_s, self._monotonic_s),
            )
            return replace(processes.run(), begun_at=self._begun_at)


class _Processes:
    """The machine's shell around processes of this machine."""

    def __init__(
        self,
        plan: RunPlan,
        place: Path,
        nonce: str,
        level: sandbox.IsolationLevel,
        *,
        events: TextIO,
        cancelled: Callable[[], bool],
        compiling: threading.Lock,
        timeline: Timeline,
    ) -> None:
        self.plan, self.content, self.placement = plan, plan.content, plan.placement
        self.place, self.nonce, self.level, self.events = place, nonce, level, events
        self.cancelled, self.timeline, self.compiling = cancelled, timeline, compiling
        self.shell = machine.Shell(plan.run_id, self._perform)
        self.record = RunRecord(status=RunStatus.SCHEDULED)
        self.notes: tuple[Diagnostic, ...] = ()
        self.kernels: Path | None = None
        self.outside: tuple[Diagnostic, ...] = ()
        self.columns: tuple[tuple[str, int], ...] = ()
        self.ending = False
        self.told_s = 0.0
        self.landlock_abi = self.peak_bytes = 0
        self.seccomp = False

    def run(self) -> RunRecord:
        self.shell.start()
        return self.record

    def _perform(self, effect: machine.Effect, run: machine.Run) -> Iterable[machine.Event]:
        match effect:
            case machine.Effect.START:
                return self._launched()
            case machine.Effect.END_PROCESSES:
                self.ending = True
            case machine.Effect.READ_RESULT:
                return (self._looked_at(),)
            case machine.Effect.RECORD:
                self.record = self._recorded(run)
        return ()

    def _launched(self) -> Iterable[machine.Event]:
        raw = self.place / RAW_NAME
        shutil.rmtree(raw, ignore_errors=True)
        raw.mkdir(parents=True)
        try:
            if self.placement.numba_cache is not None:
                self.kernels = self._compiled(self.placement.numba_cache)
            if self._asked_to_end():
                return (machine.Killed(),)
            self._mark("sandbox")
            with sandbox.scratch_directory() as scratch:
                ended = sandbox.launch(
                    self._request(scratch), level=self.level, on_line=self._line, stop=self._asked_to_end
                )
            self._mark("check")
            (self.place / LOG_NAME).write_text(ended.stderr, encoding="utf-8")
            collect_executed(raw, self.place)
            self.landlock_abi, self.peak_bytes = ended.landlock_abi, ended.peak_bytes
            self.seccomp = ended.seccomp
            return self._ended(ended)
        finally:
            shutil.rmtree(self.place / "control", ignore_errors=True)
            (self.place / "canary").unlink(missing_ok=True)

    def _ended(self, ended: sandbox.SandboxResult) -> Iterable[machine.Event]:
        cell = next((c for c in self.content.cells if c.index == self.shell.run.cell), None)
        if ended.stopped_by in ("time", "memory", "written"):
            found = limit_reached(self.content.limits, ended.stopped_by, ended.peak_bytes, cell)
            self.shell.feed(machine.DiagnosticReported(diagnostic=found))
        if ended.killed:
            self.outside = self.outside or (ended_from_outside(cell),)
        return (machine.Killed() if self.outside else machine.Exited(),)

    def _asked_to_end(self) -> bool:
        if not self.ending and self.cancelled():
            self.shell.feed(machine.CancelRequested())
        return self.ending

    def _compiled(self, cache: Path) -> Path | None:
        def progress(name: str) -> None:
            if self.timeline.step != "kernels":
                self._mark("kernels")
            self._tell(RunEvent(kind="log", name="kernels", elapsed_s=self.timeline.elapsed_s, text=name))

        python = self.placement.python or Path(sys.executable)
        while not self.compiling.acquire(timeout=_LOOK_S):
            if self._asked_to_end():
                return None
        try:
            return compiled_kernels(python, cache, self.level, progress, stop=self._asked_to_end)
        finally:
            self.compiling.release()

    def _looked_at(self) -> machine.Event:
        raw = self.place / RAW_NAME
        problem = output_problem(raw, self.content.limits)
        if problem is None:
            cause = integrity_problem(raw, nonce=self.nonce, spec_digest=self.content.spec_digest)
            problem = None if cause is None else _no_result(cause, self.plan.run_id)
        return machine.ResultRead() if problem is None else machine.ResultRefused(diagnostic=problem)

    def _recorded(self, run: machine.Run) -> RunRecord:
        level = ("namespaces",) if self.level is sandbox.IsolationLevel.NAMESPACES else ()
        return RunRecord(
            status=run.status,
            isolation=str(self.level),
            layers=(
                "process",
                *(("environment",) if self.placement.fresh_environment else ()),
                *((f"landlock ABI {self.landlock_abi}",) if self.landlock_abi else ()),
                *(("seccomp",) if self.seccomp else ()),
                *level,
            ),
            seconds=self.timeline.seconds(),
            peak_bytes=self.peak_bytes,
            columns=self.columns,
            diagnostics=tuple(
                self._placed(d) for d in (*run.diagnostics, *self.outside, *self.placement.notes, *self.notes)
            ),
        )

    def _line(self, text: str) -> None:
        message = inside.read_message(text)
        match message:
            case None:
                output = text[:10_000]
                self._tell(
                    RunEvent(kind="log", name="output", elapsed_s=self.timeline.elapsed_s, text=output)
                )
            case inside.Reported(kind="failed"):
                found = message.read()
                if all(one.code == OUTSIDE for one in found):
                    self.outside = found
                else:
                    self.shell.feed(*(machine.DiagnosticReported(diagnostic=one) for one in found))
            case inside.Reported():
                self.notes = tuple(d for d in message.read() if d.severity is not Severity.ERROR)
            case inside.ColumnsCounted(counts=counts):
                self.columns = tuple(sorted((name, count) for name, count in counts.items() if count))
            case inside.CellEvent(name=name, cell=cell):
                self._cell(name, cell)
            case inside.StepStarted(name=name, at_s=at_s) if name in STEPS:
                self._mark(name, at_s)

    def _cell(self, name: str, cell: int) -> None:
        if name == "start":
            self.shell.feed(machine.Started(), machine.CellEntered(cell=cell))
            if self.timeline.step != "cells":
                self._mark("cells")
        tag = next((c.tag for c in self.content.cells if c.index == cell), "")
        event = RunEvent(kind="cell", name=name, cell=cell, elapsed_s=self.timeline.elapsed_s, text=tag)
        self._tell(event)

    def _mark(self, step: str, at_s: float | None = None) -> None:
        self._tell(RunEvent(kind="step", name=step, elapsed_s=self.timeline.mark(step, at_s)))

    def _tell(self, event: RunEvent) -> None:
        # A step of the kernel is heard of later than it began: what was told before it does not lie after it.
        self.told_s = max(self.told_s, event.elapsed_s)
        event = replace(event, elapsed_s=self.told_s)
        self.events.write(json.dumps(event.to_json()) + "\n")
        self.events.flush()

    def _placed(self, diagnostic: Diagnostic) -> Diagnostic:
        where = self.placement
        return in_file(diagnostic, where.notebook_path, dict(where.first_lines), made_of=where.made_of)

    def _request(self, scratch: Path) -> sandbox.Request:
        content, placement, level = self.content, self.placement, self.level
        python = placement.python or Path(sys.executable)
        mounts = [
            (f"input{n}", sandbox.Mount(host=path, inside=Path(f"/in/{n}{one.suffix}")))
            for n, (path, one) in enumerate(zip(placement.inputs, content.inputs, strict=True))
        ]
        control = self.place / "control"
        control.mkdir(exist_ok=True)
        modules = _mirror.write_modules(content, control / "modules")
        mounts.append(("control", sandbox.Mount(host=control, inside=Path("/control"))))
        if self.kernels is not None:
            mounts.append(("numba", sandbox.Mount(host=self.kernels, inside=Path("/numba"))))
        if placement.columns is not None and placement.columns.is_dir():
            mounts.append(("columns", sandbox.Mount(host=placement.columns, inside=Path("/columns"))))
        if placement.spreading.at is not None:
            mounts.append(("folds", sandbox.Mount(host=placement.spreading.at, inside=Path("/folds"))))
        seen = {name: str(mount.path_at(level)) for name, mount in mounts}
        if level is sandbox.IsolationLevel.NAMESPACES:
            found = _mirror.mounts(content, placement, modules)
            mounts += [(f"place{n}", one) for n, one in enumerate(found)]
        else:
            _mirror.link(content, placement, modules, scratch)
        planned = self._inside_plan(seen, scratch, python)
        (control / inside.PLAN_NAME).write_bytes(inside.encode_plan(planned))
        canary = self.place / "canary"
        canary.write_bytes(b"")
        return sandbox.Request(
            python=python,
            arguments=("-s", "-P", "-B", "-c", _START.read_text("utf-8"), "{control}/" + inside.PLAN_NAME),
            scratch=scratch,
            out=self.place / RAW_NAME,
            mounts=tuple(mounts),
            environment=(*content.pins, *_PLACES),
            bounds=sandbox.Bounds(
                time_s=content.limits.time_s + _GRACE_S,
                cpu_s=content.limits.cpu_s,
                memory_bytes=content.limits.memory_bytes + (1 << 30),
                file_bytes=content.limits.output_bytes,
                written_bytes=content.limits.written_bytes,
            ),
            canary=canary,
            cwd=_mirror.working_directory(content),
        )

    def _in_parts(self, number: int) -> InputSource | None:
        """What is here of an input that is not here whole."""
        return None if self.content.inputs[number].parts is None else self.placement.references[number]

    def _inside_plan(self, seen: dict[str, str], scratch: Path, python: Path) -> inside.InsidePlan:
        content, limits, share = self.content, self.content.limits, self.placement.spreading.share
        namespaces = self.level is sandbox.IsolationLevel.NAMESPACES
        within = sandbox.INSIDE_SCRATCH if namespaces else scratch
        places = tuple(None if p is None else str(p) for p in _mirror.mirrored(content, within))
        opened = (
            *filter(None, places),
            *map(str, _mirror.absolute(content, self.placement)),
            *((str(self.place / "control" / "modules"),) if content.modules else ()),
        )
        return inside.InsidePlan(
            nonce=self.nonce,
            spec_digest=content.spec_digest,
            definition_digest=content.definition_digest,
            definition_kind=content.definition_kind,
            definition=content.definition,
            asked=content.asked,
            meta_cell=content.meta_cell,
            opens_paths=content.opens_paths,
            label_names=content.label_names,
            cells=tuple(inside.InsideCell(tag=c.tag, index=c.index, source=c.source) for c in content.cells),
            inputs=tuple(
                _inside_input(one, seen[f"input{number}"], places[number], self._in_parts(number))
                for number, one in enumerate(content.inputs)
            ),
            opened=opened,
            project=str(_mirror.root(within)),
            cwd=str(within / _mirror.working_directory(content)),
            module_folders=tuple(map(str, _mirror.module_folders(content, within))),
            modules=tuple(map(str, _mirror.modules_in(content, within))),
            outputs=content.outputs,
            out="/out" if namespaces else str(self.place / RAW_NAME),
            scratch=str(within),
            numba_cache=seen.get("numba"),
            columns=seen.get("columns"),
            readable=tuple(map(str, sandbox.interpreter_roots(python))),
            listed=tuple(map(str, sandbox.listed_roots(python))),
            enforced=self.level in (sandbox.IsolationLevel.LANDLOCK, sandbox.IsolationLevel.NAMESPACES),
            core_type=dict(content.pins).get("OPENBLAS_CORETYPE", ""),
            time_s=limits.time_s,
            cpu_s=limits.cpu_s,
            memory_bytes=limits.memory_bytes,
            output_bytes=limits.output_bytes,
            output_files=limits.output_files,
            horizon_sessions=content.horizon_sessions,
            look_cpu_s=limits.look_cpu_s,
            share=None if share is None else (share.number, share.of),
            folds=tuple((one.name, one.digest.hex) for one in self.placement.spreading.folds),
            folds_at=seen.get("folds"),
        )


def _inside_input(
    one: PlannedInput, path: str, place: str | None, source: InputSource | None
) -> inside.InsideInput:
    return inside.InsideInput(
        name=one.name,
        role=one.role,
        path=path,
        digest=one.digest,
        derive=one.derive,
        date_column=one.date_column,
        symbol_column=one.symbol_column,
        layout=one.layout,
        place=place,
        source=source,
    )


_PLACES = (
    ("HOME", "{scratch}/home"),
    ("TMPDIR", "{scratch}"),
    ("NUMBA_CACHE_DIR", "{scratch}/numba"),
    ("IPYTHONDIR", "{scratch}/ipython"),
    ("MPLCONFIGDIR", "{scratch}/matplotlib"),
    ("JUPYTER_CONFIG_DIR", "{scratch}/jupyter"),
    ("JUPYTER_DATA_DIR", "{scratch}/jupyter"),
    ("JUPYTER_RUNTIME_DIR", "{scratch}/jupyter"),
    ("JUPYTER_PLATFORM_DIRS", "1"),
)


def unavailable(plan: RunPlan, tried: list[sandbox.SandboxUnavailableError]) -> RunRecord:
    """The record of a run for which no isolation level that it asked for holds here: NBC-H19."""
    why = "; ".join(f"{e.level}: {e.reason}" for e in tried) or "no environment was made from the lock"
    problem = sandbox.not_available(plan.placement.isolation, why)
    return RunRecord(status=RunStatus.FAILED, diagnostics=(problem,))


def _no_result(cause: str, run_id: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-H01",
        message="the run ended without a complete result",
        cause=cause,
        fixes=("see the log: nbcode logs " + run_id,),
    )
