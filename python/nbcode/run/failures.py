"""Why a run failed, as diagnostics: from what the kernel recorded, or from what a dead kernel left."""

from __future__ import annotations

import re
import signal

from nbcode.configuration import setting
from nbcode.namespace import cell_file
from nbcode.primitives import Diagnostic, Digest, Place, dataclass
from nbcode.run.inside import InsideCell, InsidePlan
from nbcode.run.values import Limits, PlannedCell

_FRAME = re.compile(r'File "(<cell [^"]+>)", line (\d+)')
OUTSIDE = "NBC-H22"
"""The run was ended, or could not begin, for a reason that is neither its own nor a cell's: it may be run again."""
_OPEN_FILES = "Too many open files"


def limit_reached(
    limits: Limits,
    which: str,
    peak_bytes: int,
    cell: InsideCell | PlannedCell | None,
    line: int | None = None,
) -> Diagnostic:
    """``which`` of the limits, ``time``, ``cpu``, ``memory`` or ``written``, ended the run; ``cell`` ran then, or last."""
    code, used, less, key = {
        "time": ("NBC-H03", f"time of {limits.time_s:g} s", "make the cell faster", "time_limit"),
        "cpu": (
            "NBC-H04",
            f"processor time of {limits.cpu_s or 0:g} s",
            "compute less in the cell",
            "cpu_limit",
        ),
        "memory": (
            "NBC-H02",
            f"memory of {limits.memory_bytes >> 20} MiB",
            "use less memory",
            "memory_limit",
        ),
        "written": (
            "NBC-H05",
            f"disk of {limits.written_bytes >> 20} MiB at once",
            "write less, or remove what is no longer needed",
            "output_limit",
        ),
    }[which]
    peak = f"Its peak was {peak_bytes >> 20} MiB. " if which == "memory" else ""
    return Diagnostic(
        code=code,
        message=f"the run used up its {used}",
        cause=peak + _where(cell, line),
        fixes=(less, f"raise {setting('run', key)}"),
        place=_place(cell, line),
    )


def _place(cell: InsideCell | PlannedCell | None, line: int | None) -> Place | None:
    return None if cell is None else Place(cell=cell.index, tag=cell.tag, line=line)


def _where(cell: InsideCell | PlannedCell | None, line: int | None) -> str:
    if cell is None:
        return "It was ended before the first cell"
    return "It was ended at this line" if line else "It was ended in this cell, or in what follows it"


def ended_from_outside(cell: InsideCell | PlannedCell | None, line: int | None = None) -> Diagnostic:
    """Something killed the run that is neither a cell nor nbcode: it says nothing about the notebook."""
    return Diagnostic(
        code=OUTSIDE,
        message="the run was killed from outside",
        cause="Nothing in it did that, and it was within its own limits: the system kills what is largest when memory is short",
        fixes=("`nbcode resume` runs a promote again", "leave more memory free, then run it again"),
        place=_place(cell, line),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class CrashReport:
    """What there is to read where the kernel gave no answer: ``exit_code`` is its own, None where it lived or nbcode ended it;
    ``error`` what was raised while it was listened to; ``log`` and ``stacks`` what it and faulthandler wrote."""

    exit_code: int | None = None
    error: str = ""
    log: str = ""
    stacks: str = ""


def unexplained(plan: InsidePlan, position: int, crash: CrashReport) -> Diagnostic:
    """A run that ended without a word of the kernel. ``position`` is in the assembled notebook."""
    cell, line = cell_at(plan, position, crash.stacks)
    place = _place(cell, line)
    if crash.exit_code == -signal.SIGKILL:
        return ended_from_outside(cell, line)
    if crash.exit_code is None:
        return Diagnostic(
            code="NBC-H01",
            message="the cell gave no answer that could be read",
            cause=crash.error or "The kernel stopped answering while it lived",
            fixes=("`nbcode logs` shows what it printed", "take out what changes the kernel or its streams"),
            place=place,
        )
    code = crash.exit_code
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    last = next((line for line in reversed(crash.log.splitlines()) if line.strip()), "")
    if position == 0 or _OPEN_FILES in crash.log:
        return Diagnostic(
            code=OUTSIDE,
            message=f"the kernel cannot work on this machine ({how})",
            cause=last[:300] or "It ended before the first cell",
            fixes=("raise `ulimit -n`",) if _OPEN_FILES in crash.log else ("`nbcode doctor` looks for it",),
            place=place,
        )
    return Diagnostic(
        code="NBC-H01",
        message=f"the kernel ended in the middle of the run ({how})",
        cause="A run is finished when its result manifest is complete, whatever the exit code",
        fixes=("find what ends the process in this cell",),
        place=place,
    )


def fell_silent(plan: InsidePlan, begun: int, log: str) -> Diagnostic:
    """A kernel that lives, runs no cell and answers nothing; ``begun`` cells were begun, the last of which broke it."""
    cell = plan.cells[min(begun, len(plan.cells)) - 1] if begun > 0 and plan.cells else None
    last = next((line for line in reversed(log.splitlines()) if line.strip()), "")
    return Diagnostic(
        code="NBC-H01",
        message="after this cell the kernel answers nothing any more"
        if cell
        else "the kernel answers nothing",
        cause="It lives and waits, and runs no cell: something was replaced or cleared that it works with"
        + (f". Its last words: {last[:300]}" if last else ""),
        fixes=(
            "take out what replaces or clears builtins, sys.modules, or parts of asyncio, threading, json or os",
            "put it back at the end of the cell",
        ),
        place=_place(cell, None),
    )


def cell_at(plan: InsidePlan, position: int, stacks: str) -> tuple[InsideCell | None, int | None]:
    """The cell that ran, or ran last, at ``position`` of the assembled notebook, and its line where ``stacks`` tell it."""
    by_file = {cell_file(cell.index, cell.tag): cell for cell in plan.cells}
    for found in _FRAME.finditer(stacks):
        if found.group(1) in by_file:
            return by_file[found.group(1)], int(found.group(2))
    return (plan.cells[min(position, len(plan.cells)) - 1] if position > 0 and plan.cells else None), None


def name_taken(run_id: str) -> Diagnostic:
    """NBC-H23: something else has run under this name."""
    return Diagnostic(
        code="NBC-H23",
        message=f"the name `{run_id}` belongs to a run of something else",
        cause="a run's name is its own for ever, so that no result is taken for another's",
        fixes=("run it again: it gets a name of its own",),
    )


def result_discarded(run_id: str) -> Diagnostic:
    """NBC-H15: it was let go of."""
    return Diagnostic(
        code="NBC-H15",
        message=f"the result of the run {run_id} is no longer kept",
        cause="it was discarded after it had been fetched",
        fixes=("run it again",),
    )


def another_result(run_id: str, first: str, found: Digest) -> Diagnostic:
    """NBC-H17: two pods of one run left different results."""
    return Diagnostic(
        code="NBC-H17",
        message=f"the run {run_id} left two results that differ",
        cause=f"the first that was taken is {first}, what is there now {found}: a second pod ran it, or somebody wrote to the store",
        fixes=(
            "`nbcode rebuild` of a version that was registered says whether its cells give the same each time",
            "promote again: the run is made anew, under another name",
        ),
    )


def no_result(cause: str) -> Diagnostic:
    """NBC-I06: what should be the result of a run is none."""
    return Diagnostic(
        code="NBC-I06",
        message="the run's output is not what its result manifest says",
        cause=cause,
        fixes=("promote again: the run is made anew",),
    )
