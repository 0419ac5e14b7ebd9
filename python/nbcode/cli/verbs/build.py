"""`nbcode build`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.render.diagnostics import render_findings
from nbcode.cli.render.spec import render_spec
from nbcode.cli.source import SourceLines


def run(notebook: Path, *, as_of: str | None, program: Program, output: Output) -> int:
    """Build the spec and print it; what was found beside it goes to standard error."""
    built = program.commands.build(notebook, as_of=as_of)
    if built.diagnostics and not output.as_json:
        output.note(render_findings(built.diagnostics, output.error_style, SourceLines()) + "\n")
    output.text(render_spec(built, output.style))
    output.value(built.to_json())
    return 0
