"""Why a run failed, as diagnostics: from what the kernel recorded, or from what a dead kernel left."""

from __future__ import annotations

import json
import re
import signal

from nbcode.namespace import cell_file
from nbcode.primitives import Diagnostic, Place
from nbcode.run.inside import InsidePlan, diagnostic_from_json

_FRAME = re.compile(r'File "(<cell [^"]+>)", line (\d+)')


def told(record: bytes) -> tuple[Diagnostic, ...]:
    """The diagnostics that the kernel wrote before it reported or died."""
    return tuple(diagnostic_from_json(one) for one in json.loads(record)["diagnostics"])


def unexplained(
    plan: InsidePlan, position: int, limit: str | None, *, exit_code: int, stacks: str, peak_bytes: int
) -> Diagnostic:
    """A kernel that ended without a word. ``position`` is in the assembled notebook, ``stacks`` faulthandler's text."""
    place = _place(plan, position, stacks)
    if limit == "time":
        return Diagnostic(
            code="NBC-H03",
            message=f"the run used up its time of {plan.time_s:g} s",
            cause="It was ended at the place named here",
            fixes=("make the cell faster", "raise limits.time in nbcode.toml"),
            place=place,
        )
    if limit == "memory" or (limit is None and exit_code == -signal.SIGKILL):
        return Diagnostic(
            code="NBC-H02",
            message="the run used up its memory",
            cause=f"The limit is {plan.memory_bytes >> 20} MiB, its peak was {peak_bytes >> 20} MiB"
            if limit
            else "The system killed the kernel, as it does when memory is short",
            fixes=("use less memory", "raise limits.memory in nbcode.toml"),
            place=place,
        )
    how = signal.Signals(-exit_code).name if exit_code < 0 else f"exit code {exit_code}"
    return Diagnostic(
        code="NBC-H01",
        message=f"the kernel ended in the middle of the run ({how})",
        cause="A run is finished when its result manifest is complete, whatever the exit code",
        fixes=("find what ends the process in this cell",),
        place=place,
    )


def _place(plan: InsidePlan, position: int, stacks: str) -> Place | None:
    by_file = {cell_file(cell.index, cell.tag): cell for cell in plan.cells}
    found = _FRAME.search(stacks)
    if found and found.group(1) in by_file:
        cell = by_file[found.group(1)]
        return Place(cell=cell.index, tag=cell.tag, line=int(found.group(2)))
    if 0 < position <= len(plan.cells):
        cell = plan.cells[position - 1]
        return Place(cell=cell.index, tag=cell.tag)
    return None
