"""`nbcode retry`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.render.progress import progress
from nbcode.cli.verbs.promote import report


def run(name: str, project: Path, *, wait: bool, program: Program, output: Output) -> int:
    """Run what failed again, with live steps, and end as a promote does."""
    with progress(f"retry {name}") as on_event:
        result = program.commands.retry(
            name, project, on_event=on_event, wait=wait, cancellation=program.cancellation
        )
    report(result, None, output)
    return int(result.exit_code)
