"""`nbcode cancel`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.output import Output
from nbcode.cli.program import Program


def run(name: str, project: Path, *, program: Program, output: Output) -> int:
    """Tell runs to end, and say which."""
    found = program.commands.cancel(name, project)
    how = "`nbcode status` shows when it has"
    if found.by_resume:
        how = "`nbcode resume` writes down that it did"
    for one in found.cancelled:
        output.text(f"{one.run_id} of {one.model} is told to end; {how}")
    output.value(found.to_json())
    return 0
