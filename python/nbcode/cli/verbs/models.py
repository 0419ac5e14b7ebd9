"""`nbcode models`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.render.ledger import render_models


def run(project: Path, *, program: Program, output: Output) -> int:
    """List the models of the project."""
    found = program.commands.models(project)
    output.text(render_models(found, output.style))
    output.value(found.to_json())
    return 0
