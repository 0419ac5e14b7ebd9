"""`nbcode doctor`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.render.doctor import render_health


def run(project: Path, *, environments: bool, on: str | None, program: Program, output: Output) -> int:
    """Look at everything and tell it; the exit code says whether a promote could run."""
    health = program.commands.doctor(project, environments=environments, on=on)
    output.text(render_health(health, output.style))
    output.value(health.to_json())
    return int(health.exit_code)
