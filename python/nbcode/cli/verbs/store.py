"""`nbcode store`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.beside import told
from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.render.store import render_store


def run(project: Path, *, cache: bool, program: Program, output: Output) -> int:
    """Print the parts of the store and the models in it."""
    found = program.commands.store_use(project, cache=cache)
    output.text(render_store(found, output.style))
    output.value(found.to_json())
    told(found.diagnostics, output)
    return 0
