"""`nbcode show`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.beside import told
from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.render.ledger import render_versions
from nbcode.primitives import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """The options: one ``version`` (None: all), whether a difference from the registry is an error, and whether the ledger alone is read."""

    version: int | None = None
    verify: bool = False
    local: bool = False


def run(model: str, project: Path, asked: Asked, *, program: Program, output: Output) -> int:
    """Show the versions of a model, and where the registry says otherwise."""
    found = program.commands.show(
        model, project, version=asked.version, verify=asked.verify, local=asked.local
    )
    output.text(render_versions(found, output.style))
    output.value(found.to_json())
    told(found.diagnostics, output)
    return int(found.exit_code)
