"""`nbcode show`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.render.diagnostics import render_diagnostics
from nbcode.cli.render.ledger import render_versions


def run(
    model: str, project: Path, *, verify: bool, registry: str | None, program: Program, output: Output
) -> int:
    """Show the versions of a model, and where the registry says otherwise."""
    found = program.commands.show(model, project, verify=verify, registry=registry)
    output.text(render_versions(found, output.style))
    output.value(found.to_json())
    if found.diagnostics and not output.as_json:
        output.note("\n" + render_diagnostics(found.diagnostics, output.error_style))
    return int(found.exit_code)
