"""`nbcode run`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.options import Isolation
from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.render.card import render_run
from nbcode.cli.render.diagnostics import render_findings
from nbcode.cli.render.progress import progress
from nbcode.cli.source import SourceLines
from nbcode.run import RunStatus


def run(
    notebook: Path, *, isolation: Isolation | None, as_of: str | None, program: Program, output: Output
) -> int:
    """Run clean, with live steps, and end with the figures or with why there are none."""
    asked = None if isolation is None else str(isolation)
    with progress(f"run {notebook}") as on_event:
        result = program.commands.run(
            notebook,
            on_event=on_event,
            isolation=asked,
            as_of=as_of,
            cancellation=program.cancellation,
        )
    if result.diagnostics and not output.as_json:
        output.note("\n" + render_findings(result.diagnostics, output.error_style, SourceLines()))
    if result.status is RunStatus.FINISHED:
        output.text("\n" + render_run(result, str(notebook), output.style))
    output.value(result.to_json())
    return int(result.exit_code)
