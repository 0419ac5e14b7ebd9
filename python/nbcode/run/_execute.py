"""Inside the sandbox: runs a plan, with the kernel that ``_start.py`` began. The same file here and in a pod.

1. Listen for the end of the caller.
2. Compare every input with its digest, before the first cell.
3. Run [prologue, promoted cells, epilogue] through papermill; tell each step on standard output, leave the notebook as executed.
4. Compare the inputs again: what changed while it was read is no input.
5. Write the executed notebook in its canonical form, list what is there, and last the result manifest.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from nbcode.configuration import setting
from nbcode.inputs import difference
from nbcode.primitives import (
    Diagnostic,
    Digest,
    Json,
    Judged,
    Judgement,
    LookAhead,
    NbcodeError,
    Place,
    Verdict,
    digest_path,
    plain_file,
)
from nbcode.results import GIVEN, add_look, add_study, other_predictions, too_good, write_judgement
from nbcode.run import _papermill
from nbcode.run._below import adopt_orphans, end_children
from nbcode.run._bench import Bench, StoppedError, peak, resident
from nbcode.run._silence import Silence
from nbcode.run.executed import canonical_notebook, write_timed
from nbcode.run.handover import HANDOVER, take_over
from nbcode.run.inside import InsideInput, InsidePlan, decode_plan, line_of
from nbcode.run.judged import Word, judged_in
from nbcode.run.left import FAILURE, REPORT, Left, as_finding, last_word, stated_figures, told_failure
from nbcode.run.manifest import list_files, output_problem, write_result
from nbcode.run.products import OUTPUTS
from nbcode.run.steps import NotedSteps, cells_begun
from nbcode.run.values import Limits, ResultManifest

_PROLOGUE = "from nbcode.run import _cells\n_cells.start(get_ipython())\ndel _cells"
_TAIL_BYTES = 64 << 10
_EPILOGUE = "from nbcode.run import _cells\n_cells.end()"


def main(plan_path: Path, kernel: _papermill.Kernel) -> int:
    """Run the plan at ``plan_path``; 0 when a result manifest was written."""
    adopt_orphans()
    threading.Thread(target=_end_with_caller, daemon=True).start()
    plan = decode_plan(plan_path.read_bytes())
    bench = Bench(plan_path, plan)
    try:
        _run(plan, kernel, bench)
    except StoppedError as stopped:
        _say("failed", diagnostics=[d.to_json() for d in stopped.diagnostics])
        return 1
    finally:
        _step("sandbox end")
        kernel.stop()
        bench.close()
        end_children(())
    return 0


def _end_with_caller() -> None:
    """Standard input ends when the caller is gone, also where no kernel feature says so: then nothing of this may stay."""
    with contextlib.suppress(OSError):
        while os.read(0, 1 << 16):
            pass
    os.killpg(0, signal.SIGKILL)


def _run(plan: InsidePlan, kernel: _papermill.Kernel, bench: Bench) -> None:
    _step("inputs")
    _verify(plan, "NBC-E02")
    if plan.share is not None and bench.is_alone:
        kernel.stop()  # no cell is needed, so none runs
        _step("judge")
        _end_share(plan, bench, _keep(lambda: bench.word(_step)))
        return
    _step("engine")
    watcher = _Watch(plan, kernel)
    _papermill.load()
    _step("kernel")
    sources = [("prologue", _PROLOGUE), *((c.tag, c.source) for c in plan.cells), ("epilogue", _EPILOGUE)]
    ran = _papermill.execute(sources, kernel, plan.time_s, watcher.cells())
    watcher.end()
    _step("notebook")
    if ran.failed is not None:
        with contextlib.suppress(OSError):  # why it failed matters more
            write_timed(ran.notebook, Path(plan.out))
        raise StoppedError(*_why(plan, kernel, ran, watcher))
    _keep(lambda: write_timed(ran.notebook, Path(plan.out)))
    if not end_children(bench.pids):
        raise StoppedError(_lives_on())
    _step("judge")
    handover, limits = Path(plan.scratch) / HANDOVER, _limits(plan)
    if (problem := output_problem(handover, limits)) is not None:
        raise StoppedError(problem)
    left = _read_of_cells(lambda: last_word(Path(plan.scratch)))
    word = _keep(lambda: bench.word(_step))
    if plan.share is not None:
        _end_share(plan, bench, word)
        return
    study, judgement = None, Judgement(judged=Judged.STATED)
    if word is None:
        stated = _read_of_cells(lambda: stated_figures(handover))
        study = _keep(lambda: bench.study(stated, _step))
        judgement = study or bench.judgement(stated, _step)
    bench.close()
    _step("inputs again")
    _verify(plan, "NBC-E12")
    _step("manifest")
    _keep(lambda: _write_out(plan, ran.notebook, left, word, judgement, studied=study is not None))


def _end_share(plan: InsidePlan, bench: Bench, word: Word | None) -> None:
    """The result of a run that fits a share of the folds: what the judge left of them, and nothing of the cells."""
    bench.close()
    _step("inputs again")
    _verify(plan, "NBC-E12")
    _step("manifest")
    digest = None if word is None else word.definition_digest
    _keep(lambda: _write_result(plan, digest, {}))


def _lives_on() -> Diagnostic:
    return Diagnostic(
        code="NBC-H01",
        message="a process that the cells began cannot be ended",
        cause="no result is read while it could still be written to",
        fixes=("begin no process in a cell",),
    )


class _Watch:
    """Follows the cells, and ends the kernel when time or memory is used up, with the line that was running; or when it will
    never answer."""

    def __init__(self, plan: InsidePlan, kernel: _papermill.Kernel) -> None:
        self.plan, self.kernel = plan, kernel
        self.limit: str | None = None
        self.over = False
        self._noted, self._telling = NotedSteps(Path(plan.scratch)), threading.Lock()
        self._dump = _Dump(plan, kernel)
        self._until = time.monotonic() + plan.time_s
        threading.Thread(target=self._follow, daemon=True).start()

    def cells(self) -> _papermill.CellWatcher:
        return _papermill.CellWatcher(self._started, self._ended)

    def _started(self, position: int) -> None:
        if (cell := self._cell(position)) is not None:
            _say("cell", name="start", cell=cell)
        elif position == 0:
            _step("session")
        # The last cell's steps are noted by the kernel.

    def _ended(self, position: int) -> bool:
        if (cell := self._cell(position)) is not None:
            _say("cell", name="end", cell=cell)
        elif position > 0:
            self._tell_noted()
            _step("kernel end")
        return not os.path.lexists(Path(self.plan.scratch) / FAILURE)

    def end(self) -> None:
        """The kernel is over."""
        self.over = True
        self._tell_noted()

    def _tell_noted(self) -> None:
        with self._telling:
            for step, at_s in self._noted.new():
                _step(step, at_s)

    def _cell(self, position: int) -> int | None:
        cells = self.plan.cells
        return cells[position - 1].index if 0 < position <= len(cells) else None

    @property
    def stacks(self) -> str:
        """Of the kernel's threads when it was ended, or crashed."""
        return self._dump.read()

    def _follow(self) -> None:
        silence = Silence(self.kernel.process.pid, self._dump.asked)
        while not self.over and self.kernel.process.poll() is None:
            time.sleep(0.05)
            self._tell_noted()
            if time.monotonic() > self._until:
                self.limit = "time"
            elif resident(self.kernel.process.pid) > self.plan.memory_bytes:
                self.limit = "memory"
            elif silence.noticed():
                self.limit = "silence"
            if self.limit and not self.over:
                self._dump.asked()
                self.kernel.stop()


class _Dump:
    """The file into which faulthandler writes the stacks of the kernel's threads."""

    def __init__(self, plan: InsidePlan, kernel: _papermill.Kernel) -> None:
        self._plan, self._kernel = plan, kernel
        self._path = Path(plan.scratch) / "stacks.txt"
        self._from = 0

    def asked(self) -> str:
        """Have them written now; what was written before is not read again."""
        with contextlib.suppress(OSError):
            self._from = self._path.stat().st_size
        with contextlib.suppress(ProcessLookupError):
            self._kernel.process.send_signal(signal.SIGUSR1)
        time.sleep(0.1)
        return self.read()

    def read(self) -> str:
        return _tail(self._plan, self._path.name, self._from)


_Made = TypeVar("_Made")


def _keep(write: Callable[[], _Made]) -> _Made:
    try:
        return write()
    except OSError as error:
        raise StoppedError(
            Diagnostic(
                code="NBC-H05",
                message="the result could not be written",
                cause=error.strerror or str(error),
                fixes=("write and print less", f"raise {setting('run', 'output_limit')}"),
            )
        ) from error


def _read_of_cells(read: Callable[[], _Made]) -> _Made:
    """What the cells' process left, which may be anything."""
    try:
        return read()
    except NbcodeError as error:
        raise StoppedError(*error.diagnostics) from error


def _why(
    plan: InsidePlan, kernel: _papermill.Kernel, ran: _papermill.Executed, watcher: _Watch
) -> tuple[Diagnostic, ...]:
    from nbcode.run.failures import (
        CrashReport,
        cell_at,
        fell_silent,
        limit_reached,
        unexplained,
    )

    limit, code = watcher.limit, kernel.unforced_exit_code
    if limit is None and code == -signal.SIGXCPU:
        limit = "cpu"
    scratch = Path(plan.scratch)
    if limit is None and os.path.lexists(scratch / FAILURE):
        return _read_of_cells(lambda: told_failure(scratch))
    position = ran.failed or 0
    stacks = watcher.stacks
    if limit == "silence":
        return (fell_silent(plan, cells_begun(scratch), _tail(plan, "kernel.log")),)
    if limit is not None:
        limits = Limits(time_s=plan.time_s, cpu_s=plan.cpu_s, memory_bytes=plan.memory_bytes)
        cell, line = cell_at(plan, position, stacks)
        return (limit_reached(limits, limit, peak(), cell, line),)
    remains = CrashReport(
        exit_code=code,
        error=ran.error_text,
        log=_tail(plan, "kernel.log"),
        stacks=stacks,
    )
    return (unexplained(plan, position, remains),)


def _tail(plan: InsidePlan, name: str, since: int = 0) -> str:
    """The end of a file of the scratch directory, which cells may have filled; not what is before byte ``since``."""
    with contextlib.suppress(OSError), plain_file(Path(plan.scratch) / name) as stream:
        stream.seek(max(since, os.fstat(stream.fileno()).st_size - _TAIL_BYTES))
        return stream.read(_TAIL_BYTES).decode("utf-8", "replace")
    return ""


def _verify(plan: InsidePlan, code: str) -> None:
    for one in plan.inputs:
        try:
            found = _other_content(one)
        except OSError as error:
            found = error.strerror or "unreadable"
        if found is not None:
            what = "changed" if code == "NBC-E02" else "changed while the run was reading it"
            raise StoppedError(
                Diagnostic(
                    code=code,
                    message=f"input `{one.name}` {what}",
                    cause=f"Expected {one.digest[:19]}, found {found}",
                    fixes=("promote again, so that the spec names the new bytes",),
                    place=Place(path=Path(one.path).name),
                )
            )


def _other_content(one: InsideInput) -> str | None:
    """What an input is that is not what the plan says; None where it is. Of one that is not here whole the parts are compared that are to be here."""
    if one.source is not None:
        return difference(Path(one.path), one.source)
    found = digest_path(Path(one.path))
    return None if found == one.digest else found[:19]


def _limits(plan: InsidePlan) -> Limits:
    return Limits(output_bytes=plan.output_bytes, output_files=plan.output_files)


def _places(plan: InsidePlan) -> dict[str, str]:
    """The directories of this machine that outputs may tell, and what they are called in an artifact."""
    python = {path: "<python>" for path in (*sys.path, sys.prefix, sys.base_prefix) if os.path.isabs(path)}  # noqa: PTH117
    return (
        python
        | {plan.scratch: "<run>", plan.out: "<out>"}
        | {i.path: f"<input {i.name}>" for i in plan.inputs}
        | dict.fromkeys(plan.opened, "<input>")
    )


def _write_out(
    plan: InsidePlan,
    notebook: dict[str, Any],
    left: Left,
    word: Word | None,
    judgement: Judgement,
    *,
    studied: bool,
) -> None:
    out = Path(plan.out)
    shutil.rmtree(Path(plan.scratch) / HANDOVER / GIVEN, ignore_errors=True)  # the judge had it
    take_over(Path(plan.scratch) / HANDOVER, out, only=None if word is None else OUTPUTS)
    if word is None:
        _read_of_cells(lambda: _say_who_judged(out, judgement, plan.horizon_sessions, studied=studied))
    (out / "executed.ipynb").write_bytes(canonical_notebook(notebook, plan.cells, _places(plan)))
    if (problem := output_problem(out, _limits(plan))) is not None:
        raise StoppedError(problem)
    columns, libraries, digest = left.columns, left.libraries, left.definition_digest
    if word is not None:
        digest, columns, libraries = word.definition_digest, word.columns, word.libraries
    found = too_good(left.figures if word is None else word.figures, plan.horizon_sessions)
    found = (*found, *other_predictions(judgement))
    told = judged_in(plan.cells, (*(word.diagnostics if word else ()), *found))
    _say("notes", diagnostics=[d.to_json() for d in (*left.diagnostics, *told)])
    if word is not None and not plan.definition:
        add_look(out, left.look or _NO_LOOK, left.look_findings)
    if columns is not None:
        _say("columns", counts=dict(columns))
    pins = {name: os.environ[name] for name in sorted(os.environ) if name not in _PLACES}
    _write_result(plan, digest, pins | {f"library.{number}": told for number, told in enumerate(libraries)})


def _write_result(plan: InsidePlan, definition: Digest | None, pins: Mapping[str, str]) -> None:
    out = Path(plan.out)
    write_result(
        ResultManifest(
            nonce=plan.nonce,
            spec_digest=Digest(plan.spec_digest),
            definition_digest=definition,
            pins=tuple(sorted(pins.items())),
            files=list_files(out),
        ),
        out,
    )


def _say_who_judged(out: Path, judgement: Judgement, horizon: int, *, studied: bool) -> None:
    with as_finding(REPORT):
        write_judgement(out, judgement, horizon)
        if studied:
            add_study(out)


_NO_LOOK = LookAhead(verdict=Verdict.NOT_LOOKED_AT, because="the run of the cells came to no verdict")
"""Of a definition that cells built with data in hand: their process has to give one."""
_PLACES = frozenset(
    {
        "HOME",
        "TMPDIR",
        "NUMBA_CACHE_DIR",
        "IPYTHONDIR",
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_DATA_DIR",
        "JUPYTER_RUNTIME_DIR",
        "JUPYTER_PLATFORM_DIRS",
        "MPLCONFIGDIR",
        "PWD",
    }
)


def _step(name: str, at_s: float | None = None) -> None:
    """``at_s`` is a reading of this machine's monotonic clock, which the outside has too where it is the same machine."""
    _say("step", name=name, at_s=time.monotonic() if at_s is None else at_s)


def _say(kind: str, **fields: Json) -> None:
    sys.stdout.write(line_of(kind, **fields) + "\n")
    sys.stdout.flush()
