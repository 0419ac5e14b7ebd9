"""`nbcode refit`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.options import Isolation, RunPlace
from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.render.progress import progress
from nbcode.cli.verbs.promote import report


def run(
    model: str,
    project: Path,
    *,
    as_of: str,
    isolation: Isolation | None,
    on: RunPlace | None = None,
    program: Program,
    output: Output,
) -> int:
    """Fit anew, with live steps, and end with the version or with why there is none."""
    asked = None if isolation is None else str(isolation)
    with progress(f"refit {model} as of {as_of}") as on_event:
        result = program.commands.refit(
            model,
            project,
            as_of=as_of,
            on_event=on_event,
            isolation=asked,
            on=None if on is None else str(on),
            cancellation=program.cancellation,
        )
    report(result, None, output)
    return int(result.exit_code)
