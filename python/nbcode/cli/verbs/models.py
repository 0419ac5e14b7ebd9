"""`nbcode models`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.beside import told
from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.render.models import render_models


def run(project: Path, *, local: bool, program: Program, output: Output) -> int:
    """List the models of the registry, or with ``local`` those of the project's ledger."""
    found = program.commands.models(project, local=local)
    output.text(render_models(found, output.style))
    output.value(found.to_json())
    told(found.diagnostics, output)
    return 0
