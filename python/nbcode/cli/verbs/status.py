"""`nbcode status`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.beside import told
from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.render.ledger import render_status


def run(project: Path, *, local: bool, everywhere: bool, program: Program, output: Output) -> int:
    """List the promotes of the project, or ``everywhere``."""
    found = program.commands.status(project, local=local, everywhere=everywhere)
    output.text(render_status(found, output.style))
    output.value(found.to_json())
    told(found.diagnostics, output)
    return 0
