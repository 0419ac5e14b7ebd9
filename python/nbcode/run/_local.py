"""Window: runs a plan on this machine, in the sandbox. Leaves the run's record in ``work`` and its result in ``out``."""

from __future__ import annotations

import json
import secrets
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbcode import sandbox
from nbcode.configuration import Isolation
from nbcode.primitives import Diagnostic, Json, Severity, canonical_json
from nbcode.run import inside, machine
from nbcode.run.executed import take_executed
from nbcode.run.failures import ended_from_outside, limit_reached
from nbcode.run.kernels import compiled_kernels
from nbcode.run.manifest import list_files, output_problem, read_result
from nbcode.run.values import ResultManifest, RunEvent, RunOutcome, RunPlan, RunStatus
from nbcode.sandbox.pins import pinned_environment

# The inside ends by itself at its limits, and names the line; it is given the time to say so on a busy machine.
_GRACE_S = 30.0
# Given as text: the run's own environment need not be where this file is.
_START = Path(__file__).with_name("_start.py")
EVENTS_NAME, LOG_NAME, RECORD_NAME = "events.jsonl", "log.txt", "run.json"


class LocalRunner:
    """Executes plans on this machine, on the rung the plan asks for."""

    def execute(self, plan: RunPlan, on_event: Callable[[RunEvent], None]) -> RunOutcome:
        """Run ``plan``. See :class:`nbcode.run.Runner`."""
        plan = plan if plan.nonce else replace(plan, nonce=secrets.token_hex(16))
        plan.work.mkdir(parents=True, exist_ok=True)
        tried: list[sandbox.SandboxUnavailableError] = []
        for rung in _rungs(plan):
            attempt = _Attempt(plan, rung, on_event)
            try:
                return attempt.run()
            except sandbox.SandboxUnavailableError as error:
                tried.append(error)
        return _unavailable(plan, tried)


class _Attempt:
    """One try on one rung."""

    def __init__(self, plan: RunPlan, rung: sandbox.Rung, on_event: Callable[[RunEvent], None]) -> None:
        self.plan, self.rung, self.on_event = plan, rung, on_event
        self.state, _ = machine.begin_run(plan.run_id)
        self.started = time.monotonic()
        self.begun_at = datetime.now(UTC).isoformat(timespec="seconds")
        self.marks: list[tuple[str, float]] = []
        self.notes = plan.notes
        self.kernels: Path | None = None
        self.columns: tuple[tuple[str, int], ...] = ()

    def run(self) -> RunOutcome:
        plan = self.plan
        shutil.rmtree(plan.out, ignore_errors=True)
        plan.out.mkdir(parents=True)
        try:
            with (
                sandbox.scratch_directory() as scratch,
                (plan.work / EVENTS_NAME).open("w", encoding="utf-8") as self.events,
            ):
                if plan.numba_cache is not None:
                    self.kernels = self._compiled(plan.numba_cache)
                self._mark("sandbox")
                request = self._request(scratch)
                self._step(machine.Started())
                ended = sandbox.launch(request, rung=self.rung, on_line=self._line)
                self._mark("")
                (plan.work / LOG_NAME).write_text(ended.stderr, encoding="utf-8")
                outcome = self._outcome(ended)
                (plan.work / RECORD_NAME).write_bytes(canonical_json(self._record(outcome)))
                return outcome
        finally:
            shutil.rmtree(plan.work / "control", ignore_errors=True)
            (plan.work / "canary").unlink(missing_ok=True)

    def _compiled(self, cache: Path) -> Path | None:
        def progress(name: str) -> None:
            if not self.marks:
                self._mark("kernels")
            self._tell(RunEvent(kind="log", name="kernels", elapsed_s=self._elapsed(), text=name))

        return compiled_kernels(self.plan.python or Path(sys.executable), cache, self.rung, progress)

    def _outcome(self, ended: sandbox.Ended) -> RunOutcome:
        if ended.stopped_by:
            cell = next((c for c in self.plan.cells if c.index == self.state.cell), None)
            found = limit_reached(self.plan.limits, ended.stopped_by, ended.peak_bytes, cell)
            self._step(machine.Complained(diagnostic=found))
        take_executed(self.plan.out, self.plan.work)
        result = None
        if not self.state.diagnostics:
            result, problem = believed(self.plan)
            if problem is not None:
                self._step(machine.Complained(diagnostic=ended_from_outside() if ended.killed else problem))
        self._step(machine.Ended(complete=result is not None))
        layers = {sandbox.Rung.NAMESPACES: ("namespaces",)}.get(self.rung, ())
        return RunOutcome(
            status=self.state.status,
            isolation=str(self.rung),
            out=self.plan.out,
            result=result if self.state.status is RunStatus.FINISHED else None,
            diagnostics=tuple(self._placed(d) for d in (*self.state.diagnostics, *self.notes)),
            seconds=tuple(
                (name, round(end - start, 4))
                for (name, start), (_, end) in zip(self.marks, self.marks[1:], strict=False)
            ),
            layers=(
                "process",
                *(("environment",) if self.plan.fresh_environment else ()),
                *((f"landlock ABI {ended.landlock_abi}",) if ended.landlock_abi else ()),
                *layers,
            ),
            peak_bytes=ended.peak_bytes,
            columns=self.columns,
        )

    def _record(self, outcome: RunOutcome) -> dict[str, Json]:
        return {
            "run_id": self.plan.run_id,
            "model_id": self.plan.model_id,
            "spec_digest": self.plan.spec_digest,
            "status": str(outcome.status),
            "isolation": outcome.isolation,
            "layers": list(outcome.layers),
            "begun_at": self.begun_at,
            "seconds": dict(outcome.seconds),
            "peak_bytes": str(outcome.peak_bytes),
            "columns": dict(outcome.columns),
            "diagnostics": [d.to_json() for d in outcome.diagnostics],
        }

    def _line(self, text: str) -> None:
        try:
            said: dict[str, Any] = json.loads(text)
            kind = said["kind"]
        except (ValueError, KeyError, TypeError):
            self._tell(RunEvent(kind="log", name="output", elapsed_s=self._elapsed(), text=text[:10_000]))
            return
        if kind == "failed":
            for one in said["diagnostics"]:
                self._step(machine.Complained(diagnostic=inside.diagnostic_from_json(one)))
        elif kind == "notes":
            found = [inside.diagnostic_from_json(one) for one in said["diagnostics"]]
            self.notes = (*self.plan.notes, *(d for d in found if d.severity is not Severity.ERROR))
        elif kind == "columns":
            self.columns = tuple(sorted((str(k), int(v)) for k, v in said["counts"].items() if v))
        elif kind == "cell":
            if said["name"] == "start":
                self._step(machine.CellEntered(cell=said["cell"]))
                if self.marks[-1][0] != "cells":
                    self._mark("cells")
            self._tell(self._cell_event(str(said["name"]), said["cell"]))
        elif kind == "step":
            self._mark(str(said["name"]))

    def _cell_event(self, name: str, cell: int) -> RunEvent:
        tag = next((c.tag for c in self.plan.cells if c.index == cell), "")
        return RunEvent(kind="cell", name=name, cell=cell, elapsed_s=self._elapsed(), text=tag)

    def _mark(self, name: str) -> None:
        self.marks.append((name, self._elapsed()))
        if name:
            self._tell(RunEvent(kind="step", name=name, elapsed_s=self._elapsed()))

    def _tell(self, event: RunEvent) -> None:
        self.events.write(json.dumps(event.to_json()) + "\n")
        self.events.flush()
        self.on_event(event)

    def _elapsed(self) -> float:
        return time.monotonic() - self.started

    def _step(self, event: machine.Event) -> None:
        self.state, _ = machine.step(self.state, event)

    def _placed(self, diagnostic: Diagnostic) -> Diagnostic:
        place = diagnostic.place
        if place is None or place.path is not None:
            return diagnostic
        return replace(diagnostic, place=replace(place, path=self.plan.notebook_path))

    def _request(self, scratch: Path) -> sandbox.Request:
        plan, rung = self.plan, self.rung
        python = plan.python or Path(sys.executable)
        mounts = [(f"input{n}", _input_mount(one.path, n)) for n, one in enumerate(plan.inputs)]
        control = plan.work / "control"
        control.mkdir(exist_ok=True)
        mounts.append(("control", sandbox.Mount(host=control, inside=Path("/control"))))
        if self.kernels is not None:
            mounts.append(("numba", sandbox.Mount(host=self.kernels, inside=Path("/numba"))))
        if plan.columns is not None and plan.columns.is_dir():
            mounts.append(("columns", sandbox.Mount(host=plan.columns, inside=Path("/columns"))))
        seen = {name: str(mount.seen(rung)) for name, mount in mounts}
        told = _inside_plan(plan, rung, seen, scratch, python)
        (control / inside.PLAN_NAME).write_bytes(inside.encode_plan(told))
        canary = plan.work / "canary"
        canary.write_bytes(b"")
        return sandbox.Request(
            python=python,
            arguments=("-s", "-P", "-B", "-c", _START.read_text("utf-8"), "{control}/" + inside.PLAN_NAME),
            scratch=scratch,
            out=plan.out,
            mounts=tuple(mounts),
            environment=_environment(),
            bounds=sandbox.Bounds(
                time_s=plan.limits.time_s + _GRACE_S,
                memory_bytes=plan.limits.memory_bytes + (1 << 30),
                file_bytes=plan.limits.output_bytes,
            ),
            canary=canary,
        )


def believed(plan: RunPlan) -> tuple[ResultManifest | None, Diagnostic | None]:
    """The result manifest when it is this run's own and everything that it lists is there, else why not: NBC-H01, NBC-H06."""
    problem = output_problem(plan.out, plan.limits)
    if problem is not None:
        return None, problem
    try:
        result = read_result(plan.out)
        cause = _disbelief(plan, result)
    except ValueError as error:
        cause = str(error)
    if cause is None:
        return result, None
    return None, Diagnostic(
        code="NBC-H01",
        message="the run ended without a complete result",
        cause=cause,
        fixes=("see the log: nbcode logs " + plan.run_id,),
    )


def _disbelief(plan: RunPlan, result: ResultManifest) -> str | None:
    if result.nonce != plan.nonce:
        return "the result manifest is not this run's"
    if result.spec_digest != plan.spec_digest:
        return "the result manifest is of another spec"
    if result.files != list_files(plan.out):
        return "the files are not what the result manifest lists"
    return None


def _input_mount(path: Path, number: int) -> sandbox.Mount:
    return sandbox.Mount(host=path, inside=Path(f"/in/{number}{path.suffix}"))


def _inside_plan(
    plan: RunPlan, rung: sandbox.Rung, seen: dict[str, str], scratch: Path, python: Path
) -> inside.InsidePlan:
    namespaces = rung is sandbox.Rung.NAMESPACES
    roots = [str(p) for p in sandbox.interpreter_roots(python)]
    return inside.InsidePlan(
        nonce=plan.nonce,
        spec_digest=plan.spec_digest,
        definition_digest=plan.definition_digest,
        label_names=plan.label_names,
        cells=tuple(inside.InsideCell(tag=c.tag, index=c.index, source=c.source) for c in plan.cells),
        inputs=tuple(
            inside.InsideInput(
                name=one.name,
                role=str(one.role),
                path=seen[f"input{number}"],
                digest=one.digest,
                derive=tuple((d.field, d.formula) for d in one.derive),
                date_column=one.date_column,
                symbol_column=one.symbol_column,
            )
            for number, one in enumerate(plan.inputs)
        ),
        out="/out" if namespaces else str(plan.out),
        scratch=str(sandbox.INSIDE_SCRATCH) if namespaces else str(scratch),
        numba_cache=seen.get("numba"),
        columns=seen.get("columns"),
        readable=tuple(roots),
        listed=tuple(map(str, sandbox.listed_roots(python))),
        enforced=rung in (sandbox.Rung.LANDLOCK, sandbox.Rung.NAMESPACES),
        core_type=dict(pinned_environment()).get("OPENBLAS_CORETYPE", ""),
        time_s=plan.limits.time_s,
        memory_bytes=plan.limits.memory_bytes,
        output_bytes=plan.limits.output_bytes,
        output_files=plan.limits.output_files,
    )


def _environment() -> tuple[tuple[str, str], ...]:
    places = {
        "HOME": "{scratch}/home",
        "TMPDIR": "{scratch}",
        "NUMBA_CACHE_DIR": "{scratch}/numba",
        "IPYTHONDIR": "{scratch}/ipython",
        "MPLCONFIGDIR": "{scratch}/matplotlib",
        "JUPYTER_CONFIG_DIR": "{scratch}/jupyter",
        "JUPYTER_DATA_DIR": "{scratch}/jupyter",
        "JUPYTER_RUNTIME_DIR": "{scratch}/jupyter",
        "JUPYTER_PLATFORM_DIRS": "1",
    }
    return (*pinned_environment(), *places.items())


def _rungs(plan: RunPlan) -> tuple[sandbox.Rung, ...]:
    """The rungs to try, strongest first; only one where one was asked for."""
    lowest = sandbox.Rung.ENVIRONMENT if plan.fresh_environment else sandbox.Rung.PROCESS
    if plan.isolation is Isolation.AUTO:
        return (sandbox.Rung.NAMESPACES, sandbox.Rung.LANDLOCK, lowest)
    if plan.isolation is Isolation.ENVIRONMENT and not plan.fresh_environment:
        return ()
    return (sandbox.Rung(plan.isolation),)


def _unavailable(plan: RunPlan, tried: list[sandbox.SandboxUnavailableError]) -> RunOutcome:
    why = "; ".join(f"{e.rung}: {e.reason}" for e in tried) or "no environment was made from the lock"
    problem = Diagnostic(
        code="NBC-H19",
        message=f"isolation `{plan.isolation}` is not available here",
        cause=why,
        fixes=("install bubblewrap and allow user namespaces", "choose --isolation=process"),
    )
    return RunOutcome(status=RunStatus.FAILED, isolation="none", out=plan.out, diagnostics=(problem,))
