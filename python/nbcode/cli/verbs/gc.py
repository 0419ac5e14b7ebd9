"""`nbcode gc`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.beside import told
from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.render.progress import progress
from nbcode.cli.render.store import render_collected


def run(project: Path, *, keep: str | None, dry_run: bool, program: Program, output: Output) -> int:
    """Collect, or with ``dry_run`` say what would go; print what went, what stays and why."""
    with progress("gc") as on_event:
        found = program.commands.collect(
            project, keep=keep, dry_run=dry_run, on_event=on_event, cancellation=program.cancellation
        )
    output.text(render_collected(found, output.style))
    output.value(found.to_json())
    told(found.diagnostics, output)
    return 0
