"""`nbcode status`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.output import Output
from nbcode.cli.render.ledger import render_status
from nbcode.wiring import status_of_project


def run(project: Path, *, output: Output) -> int:
    """List the promotes of the project."""
    found = status_of_project(project)
    output.text(render_status(found, output.style))
    output.value(found.to_json())
    return 0
