"""Inside the kernel: what the first and the last cell of the assembled notebook do, and what happens around the others."""

from __future__ import annotations

import contextlib
import errno
import faulthandler
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from alpha_bench.describe import AlphaBenchError, is_data_alone, preload
from nbcode.namespace import (
    CellName,
    cell_file,
    diagnostic_of,
    located,
    open_session,
)
from nbcode.primitives import Diagnostic, Digest, Json, NbcodeError, Place, Severity, errors_of
from nbcode.results import (
    GIVEN,
    PREDICTIONS,
    PYTHON_DIGEST,
    Defined,
    Found,
    Originals,
    ProjectModules,
    ResultDraft,
    defined,
    evaluate,
    finish,
    hand_over,
    other_data,
    replaced_by_a_cell,
    write_verdict,
)
from nbcode.run import _guard
from nbcode.run._cell_limits import disk_full, file_full, memory_full
from nbcode.run._conditions import broken_pins, data_source, take_kernels, told_libraries
from nbcode.run._output import Outputs
from nbcode.run._settings import Settings
from nbcode.run.handover import HANDOVER
from nbcode.run.inside import PRICES, InsidePlan, decode_plan
from nbcode.run.products import keep_outputs, left_behind, written
from nbcode.run.seeding import seed_everything
from nbcode.run.steps import note_cell, note_step
from nbcode.sandbox.pins import pinned_environment

if TYPE_CHECKING:
    from nbcode.leaks import Recorder
    from nbcode.run._leak_probe import Spent

FAILURE_NAME = "failure.json"
DRAFT_NAME = "draft.json"
STACKS_NAME = "stacks.txt"
_RESERVE_NAME = "reserve"
_MOST_THREADS = 20
_SHOWING = frozenset({"showtraceback", "_format_exception_for_storage"})
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)

_plan: InsidePlan
_active: Any
_outputs: Outputs
_settings: Settings
_working: Path
_begun = 0.0
_names: dict[str, CellName] = {}
_ended: list[object] = []
_spent: Spent | None = None
_in_threads: list[Diagnostic] = []
_unpinned: list[Place] = []
_originals: Originals | None = None
# Made before any cell runs: what a cell puts in their place is its own.
_ENCODE = json.JSONEncoder().encode
_OPEN, _WRITE, _CLOSE = os.open, os.write, os.close


def prepare(path: Path, outputs: Outputs) -> None:
    """Read the plan and arrange for tracebacks of a kernel that hangs or crashes. Before the first message."""
    global _plan, _outputs
    _outputs = outputs
    _plan = decode_plan(path.read_bytes())
    scratch = Path(_plan.scratch)
    take_kernels(_plan, scratch)
    # Room for the last word of a cell that fills the disk.
    (scratch / _RESERVE_NAME).write_bytes(b"." * (256 << 10))
    stacks = (scratch / STACKS_NAME).open("w", encoding="utf-8")
    faulthandler.enable(stacks)
    faulthandler.register(signal.SIGUSR1, stacks)
    faulthandler.register(signal.SIGXCPU, stacks, chain=True)  # and ends by it
    if _plan.definition_kind == "python":
        import nbcode.run._leak_probe  # noqa: F401 - before the cells, who may put another pandas where imports look
    elif not _judged_alone() and any(one.role == PRICES for one in _plan.inputs):
        # papermill is still being imported on the other core: this time is free.
        preload()


def start(shell: Any) -> None:
    """The prologue: the platform's names in the namespace of the cells, then the guard."""
    global _active, _begun, _settings, _working
    sys.dont_write_bytecode = True
    _working = Path.cwd()
    _begun = time.monotonic()
    files = {cell.index: cell_file(cell.index, cell.tag) for cell in _plan.cells}
    _names.update({files[c.index]: CellName(index=c.index, tag=c.tag) for c in _plan.cells})
    _names[cell_file(_plan.meta_cell, "meta")] = CellName(index=_plan.meta_cell, tag="meta")
    ordered = [files[cell.index] for cell in _plan.cells]
    first: list[int] = []

    def name_of(_raw: str, _transformed: str, number: int) -> str:
        # The count at the first compilation after this cell is the first promoted cell's.
        first[:] = first or [number]
        place = number - first[0]
        return ordered[place] if 0 <= place < len(ordered) else f"<nbcode {number}>"

    shell.compile.get_code_name = name_of
    shell.events.register("pre_run_cell", lambda _info: note_cell(_plan.scratch))
    shell.events.register("post_run_cell", _after_cell)
    _active = open_session(shell.user_ns, data_source(_plan), _plan.label_names, at_once=not _plan.definition)
    shell.user_ns["exit"] = shell.user_ns["quit"] = _leave
    _seed()
    if _plan.module_folders:
        # As in a kernel, whose first folder of imports is the notebook's own.
        sys.path[:] = ["", *sys.path, *_plan.module_folders]
    _guard.install(
        readable=_readable(),
        declared=_plan.opened,
        listed=_plan.listed,
        writable=(_plan.scratch,),
        cells=frozenset(_names),
        leaving=_leaving,
        pinned=frozenset(name for name, _ in pinned_environment()) - {"TZ"},
    )
    before = threading.excepthook

    def thread_died(found: threading.ExceptHookArgs) -> None:
        before(found)
        _note_thread(found)

    threading.excepthook = thread_died
    _settings = Settings()
    _record()


def _readable() -> tuple[str, ...]:
    columns = () if _plan.columns is None else (_plan.columns,)
    declared = tuple(one.path for one in _plan.inputs)
    return (*_plan.readable, *declared, *_plan.opened, *_plan.modules, *columns)


def _seed() -> None:
    """Who imports nothing has nothing to draw from, and numpy takes its time."""
    if _plan.modules or any("import" in cell.source for cell in _plan.cells):
        seed_everything()


def _record() -> None:
    """Record the calls of plain Python cells that learn and test, and what they judge in our language, until :func:`end`."""
    global _originals, _spent
    _originals = None if _plan.definition else Originals()
    if _plan.definition_kind == "python":
        _spent = _leak_probe().begin(_plan, _begun)


def _leak_probe() -> ModuleType:
    from nbcode.run import _leak_probe as probe

    return probe


def end() -> None:
    """The epilogue: what the cells made becomes files, and the pins are asserted."""
    # What [meta] asks for is the notebook's own code: it runs under the guard, like its cells.
    found = evaluate(
        _active.namespace, _plan.asked, file=cell_file(_plan.meta_cell, "meta"), cell=_plan.meta_cell
    )
    if _spent is not None:
        _spent.end(_active.namespace, found.report)
    _guard.remove()
    sys.path[:] = [folder for folder in sys.path if folder]  # what is imported from here on is nbcode's
    scratch = Path(_plan.scratch)
    made = defined(found, _plan.definition_digest, _python_digest())
    draft = _finished(found, scratch) if made.kind == "python" else _defined(made, scratch)
    if _spent is not None and draft.kind == "python" and draft.ok:
        note_step(scratch, "leak probe")
        look = _leak_probe().probe(_plan, _active, data_source(_plan), _spent, _working)
        _hand_over_predictions(_spent.recorder, found.model, scratch)
        rows = _stretches(_spent.recorder)
        write_verdict(scratch / HANDOVER, look.ahead, look.diagnostics, _plan.horizon_sessions, rows)
        draft = replace(draft, diagnostics=(*draft.diagnostics, *look.diagnostics))
    built = None
    if _spent is not None and made.plain is not None and draft.ok:
        note_step(scratch, "leak probe")
        built = _leak_probe().probe_built(
            _plan, _active, data_source(_plan), _spent, working=_working, plain=made.plain
        )
        draft = replace(draft, diagnostics=(*draft.diagnostics, *built.diagnostics))
    if different := (_active.columns or {}).get("different"):
        draft = replace(draft, diagnostics=(*draft.diagnostics, _other_columns(different)))
    draft = replace(
        draft, diagnostics=(*draft.diagnostics, *_in_threads, *map(_stayed_pinned, _guard.ignored()))
    )
    draft = replace(draft, diagnostics=(*draft.diagnostics, *_products()))
    note_step(scratch, "pins")
    problems = [
        *draft.diagnostics,
        *(replace(one, place=_unpinned[0] if _unpinned else None) for one in broken_pins(_plan)),
    ]
    _write(
        DRAFT_NAME,
        {
            "draft": draft.to_json(),
            "libraries": told_libraries(),
            "columns": _active.columns,
            "look": None if built is None else built.to_json(),
        },
    )
    if errors_of(problems):
        raise NbcodeError(problems)


def _defined(made: Defined, scratch: Path) -> ResultDraft:
    """What the cells defined: the judge computes it. Where it cannot do so from the spec alone, it is handed what it lacks."""
    problems = [*made.problems, *_handed_over_rightly(made)]
    if not errors_of(problems) and made.plain is not None and not _judged_alone():
        try:
            hand_over(
                made.plain,
                _active.panel,
                scratch / HANDOVER / GIVEN,
                looked_at=1 if _spent is None else _spent.judged.variants,
            )
        except (AlphaBenchError, NbcodeError) as error:
            problems.append(diagnostic_of(error, _names))
    return ResultDraft(
        kind=made.kind,
        definition_digest=made.digest,
        figures=(),
        files=(),
        diagnostics=located(problems, tuple(_names.values())),
    )


def _handed_over_rightly(made: Defined) -> Iterator[Diagnostic]:
    """What is to be said of a definition before the judge has it: whose functions tell it, and whose data the cells saw."""
    if made.plain is None:
        return
    if _originals is not None and (name := _originals.replaced()) is not None:
        yield replaced_by_a_cell(name)
    if any(one.role == PRICES for one in _plan.inputs) and not _active.bound:
        yield other_data([(c.source, Place(cell=c.index, tag=c.tag)) for c in _plan.cells])


def _judged_alone() -> bool:
    """Whether the spec alone tells the judge all that it needs."""
    return bool(_plan.definition) and is_data_alone(json.loads(_plan.definition))


def _finished(found: Found, scratch: Path) -> ResultDraft:
    """What the cells computed, in files that the executor takes over."""
    return finish(
        _active,
        scratch / HANDOVER,
        _plan.definition_digest,
        found=found,
        python_digest=_python_digest(),
        cells=_names.values(),
        modules=ProjectModules(_plan.modules, _plan.module_folders),
        on_step=lambda step: note_step(scratch, step),
    )


def _python_digest() -> Digest:
    """What the spec calls the definition of plain Python cells."""
    digest = _plan.definition_digest
    return Digest(digest) if digest and _plan.definition_kind == "python" else PYTHON_DIGEST


def _products() -> tuple[Diagnostic, ...]:
    """Keep what [meta] declares of what the cells wrote, and name the rest."""
    root, cwd = Path(_plan.project), Path(_plan.cwd)
    given = {Path(path) for path in (*_plan.opened, *_plan.modules)}
    made = written(root, given)
    kept, problems = keep_outputs(_plan.outputs, cwd=cwd, root=root, out=Path(_plan.scratch) / HANDOVER)
    left = left_behind([file for file in made if file not in kept], cwd=cwd)
    return (*problems, *(() if left is None else (left,)))


def _other_columns(count: int) -> Diagnostic:
    return Diagnostic(
        code="NBC-R52",
        severity=Severity.WARNING,
        message=f"{count} computed columns are not what a notebook's kernel had kept of them",
        cause="the run's own are used: a file of the cache was changed, or another machine computed it",
        fixes=("restart the notebook's kernel; it computes them again",),
    )


def _stayed_pinned(setting: _guard.IgnoredSetting) -> Diagnostic:
    cell = _names[setting.cell]
    return Diagnostic(
        code="NBC-H30",
        severity=Severity.NOTE,
        message=f"the environment variable {setting.name} stays as the run has pinned it",
        cause="threads, hash seeds and BLAS kernels decide the last bits; a run has them fixed",
        place=Place(cell=cell.index, tag=cell.tag, line=setting.line),
    )


def _stretches(recorder: Recorder) -> list[Json]:
    from nbcode.leaks import stretches

    return stretches(recorder.lineage)


def _hand_over_predictions(recorder: Recorder, model: object, scratch: Path) -> None:
    """What was predicted, for the judge: it finds figures again where it can. Whatever hinders it, the run's result is made."""
    from nbcode.leaks import write_predictions

    with contextlib.suppress(Exception):
        path = scratch / HANDOVER / GIVEN / PREDICTIONS
        write_predictions(recorder.lineage, path, recorder.owners.number_of(model))


def _leave(code: object = None) -> None:
    raise SystemExit(code)


def _leaving(what: str, frame_file: str, line: int) -> None:
    """A cell is about to end its own kernel: say where, while there is still someone to say it."""
    _write(
        FAILURE_NAME,
        {
            "diagnostics": [
                _left(
                    what, Place(cell=_names[frame_file].index, tag=_names[frame_file].tag, line=line)
                ).to_json()
            ]
        },
    )


def _left(what: str, place: Place | None) -> Diagnostic:
    return Diagnostic(
        code="NBC-D06",
        message=f"the cell ended the kernel by {what}",
        cause="Leaving is not finishing: the cells after it did not run",
        fixes=("remove it; raise an exception to stop with a reason",),
        place=place,
    )


def _after_cell(result: Any) -> None:
    error = result.error_before_exec or result.error_in_exec or _outputs.failed_display
    if error is not None:
        told = _told_of(_of_the_cell(error))
        shown = _outputs.failed_display
        if shown is not None and shown is error and told[0].place is None:
            told = (_not_shown(shown),)
        _write(FAILURE_NAME, {"diagnostics": [d.to_json() for d in told]})
    elif swallowed := _guard.swallowed():
        _write(FAILURE_NAME, {"diagnostics": [_refused(swallowed[0]).to_json()]})
    if result.error_in_exec is not None:
        result.error_in_exec = _outputs.sayable(result.error_in_exec)
    _note_pins()
    _ended.append(result)
    if len(_ended) > len(_plan.cells):  # the prologue is one of them
        _settings.restore()


def _note_pins() -> None:
    """Keep the place of the cell after which a pin is no more in effect. Whatever the cell has broken, this may not fail."""
    if _unpinned or not _ended or len(_ended) > len(_plan.cells):
        return
    with contextlib.suppress(Exception):
        if broken_pins(_plan):
            cell = _plan.cells[len(_ended) - 1]
            lines = enumerate(cell.source.split("\n"), 1)
            line = next((number for number, text in lines if "thread" in text and "(" in text), None)
            _unpinned.append(Place(cell=cell.index, tag=cell.tag, line=line))


def _not_shown(error: BaseException) -> Diagnostic:
    cell = _plan.cells[min(max(len(_ended) - 1, 0), len(_plan.cells) - 1)]
    return replace(
        diagnostic_of(error, _names),
        message=f"what the cell shows last could not be shown: it raised {type(error).__name__}",
        place=Place(cell=cell.index, tag=cell.tag),
    )


def _of_the_cell(error: BaseException) -> BaseException:
    """The cell's own exception, where another was raised while the shell showed or stored it."""
    names = {frame.f_code.co_name for frame, _ in traceback.walk_tb(error.__traceback__)}
    return _outputs.told or error if names & _SHOWING else error


def _note_thread(found: threading.ExceptHookArgs) -> None:
    """A thread of a cell ended by an exception: nobody asked for its result, so that the figures may lack it."""
    if found.exc_value is None or len(_in_threads) >= _MOST_THREADS:
        return
    told = diagnostic_of(found.exc_value, _names)
    name = type(found.exc_value).__name__
    one = Diagnostic(
        code="NBC-H24",
        severity=Severity.WARNING,
        message=f"a thread that the cells started ended by {name}",
        cause=f"{told.cause or told.message}: what it should have done may be missing from the figures"[
            :2000
        ],
        fixes=(
            "keep the thread's result and ask for it: `ThreadPoolExecutor`'s `future.result()` raises it",
        ),
        place=told.place,
        related=told.related,
    )
    if one not in _in_threads:
        _in_threads.append(one)


def _told_of(error: BaseException) -> tuple[Diagnostic, ...]:
    plain = diagnostic_of(error, _names)
    if isinstance(error, SystemExit):
        return (_left("exit()" if error.code is None else f"SystemExit({error.code!r})", plain.place),)
    access = _guard.explain(error)
    if access is not None:
        return (_refused(access, plain),)
    if isinstance(error, MemoryError):
        return (memory_full(plain, _plan.memory_bytes),)
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        return (file_full(plain, _plan.output_bytes),)
    if isinstance(error, OSError) and error.errno in _NO_SPACE:
        return (disk_full(plain),)
    if isinstance(error, NbcodeError):
        return errors_of(error.diagnostics)
    if plain.code == "NBC-H01" and plain.place is None:
        return (_unfinished(error),)
    return (plain,)


def _unfinished(error: BaseException) -> Diagnostic:
    return Diagnostic(
        code="NBC-H01",
        message="the cells ran, and what they made could not be kept",
        cause=f"{type(error).__name__}: {error}"[:2000],
        fixes=("`nbcode logs` shows where; if no line of yours is there, it is nbcode's fault",),
    )


def _refused(access: _guard.Access, plain: Diagnostic | None = None) -> Diagnostic:
    cell = _names.get(access.cell or "")
    place = plain.place if plain else None
    if cell is not None:
        place = Place(cell=cell.index, tag=cell.tag, line=access.line)
    return Diagnostic(
        code="NBC-E11",
        message=access.message,
        cause=access.cause,
        fixes=access.fixes,
        place=place,
        related=plain.related if plain else (),
    )


def _write(name: str, value: object) -> None:
    """By functions that no cell can have replaced; the first word stays."""
    (Path(_plan.scratch) / _RESERVE_NAME).unlink(missing_ok=True)
    try:
        descriptor = _OPEN(f"{_plan.scratch}/{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    data = _ENCODE(value).encode("ascii")
    while data:
        data = data[_WRITE(descriptor, data) :]
    _CLOSE(descriptor)
