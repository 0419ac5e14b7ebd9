"""`nbcode doctor`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.output import Output
from nbcode.cli.render.doctor import render_health
from nbcode.commands.doctor import doctor, this_machine
from nbcode.configuration import Workspace, open_workspace
from nbcode.primitives import Diagnostic, NbcodeError


def run(project: Path, *, environments: bool, output: Output) -> int:
    """Look at everything and tell it; the exit code says whether a promote could run."""
    found: Workspace | tuple[Diagnostic, ...]
    try:
        found = open_workspace(project)
    except NbcodeError as error:
        found = error.diagnostics
    health = doctor(project, found, this_machine(), environments=environments)
    output.text(render_health(health, output.style))
    output.value(health.to_json())
    return int(health.exit_code)
