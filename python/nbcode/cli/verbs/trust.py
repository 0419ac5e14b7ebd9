"""`nbcode trust`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.render.trust import render_revoked, render_trust_request, render_trusted
from nbcode.commands.trust import TrustOutcome
from nbcode.configuration import TrustItem, Workspace

if TYPE_CHECKING:
    from nbcode.commands.outputs.machine import TrustedOutput


def run(project: Path, *, yes: bool, program: Program, output: Output) -> int:
    """Show what the project asks for, ask, and keep the answer."""

    def confirm(workspace: Workspace, items: tuple[TrustItem, ...]) -> bool:
        shown = render_trust_request(str(workspace.root), items, output.style)
        person = not (yes or output.as_json) and sys.stdin.isatty() and sys.stdout.isatty()
        if person:
            return output.now(shown) and typer.confirm("Trust this?", default=False)
        output.text(shown)
        return yes  # only a person at a terminal is asked; anybody else has not agreed

    result = program.commands.trust(project, confirm)
    if result.answer is TrustOutcome.NOTHING:
        output.text(f"{result.root} asks for nothing that you have not trusted.")
    elif result.answer is TrustOutcome.TRUSTED:
        output.text("Trusted. `nbcode trust --list` shows it, `nbcode trust --revoke` takes it back.")
    else:
        output.text("Not trusted. `nbcode trust --yes` trusts what is shown above.")
    output.value(result.to_json())
    return int(result.exit_code)


def show(*, program: Program, output: Output) -> int:
    """List what the user trusts."""
    found = program.commands.trusted()
    output.text(render_trusted(found, output.style))
    value: TrustedOutput = {"projects": [one.to_json() for one in found]}
    output.value(value)
    return 0


def revoke(project: Path, *, program: Program, output: Output) -> int:
    """Take back what was trusted of the project."""
    result = program.commands.revoke(project)
    output.text(render_revoked(result, output.style))
    output.value(result.to_json())
    return int(result.exit_code)
