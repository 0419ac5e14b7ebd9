"""`nbcode models`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.output import Output
from nbcode.cli.render.ledger import render_models
from nbcode.wiring import models_of_project


def run(project: Path, *, output: Output) -> int:
    """List the models of the project."""
    found = models_of_project(project)
    output.text(render_models(found, output.style))
    output.value(found.to_json())
    return 0
