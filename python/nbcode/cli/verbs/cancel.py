"""`nbcode cancel`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.output import Output
from nbcode.cli.program import Program


def run(name: str, project: Path, *, program: Program, output: Output) -> int:
    """Tell runs to end, and say which."""
    found = program.commands.cancel(name, project)
    for one in found.cancelled:
        output.text(f"{one.run_id} of {one.model} is told to end; `nbcode status` shows when it has")
    output.value(found.to_json())
    return 0
