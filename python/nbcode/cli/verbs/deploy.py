"""`nbcode deploy`."""

from __future__ import annotations

from nbcode.cli.beside import told
from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.commands.deploy import Asked

__all__ = ["Asked", "run"]


def run(asked: Asked, *, program: Program, output: Output) -> int:
    """Print the manifests: to whoever reads YAML as YAML, and as objects in JSON."""
    found = program.commands.deploy(asked)
    if not output.as_json:
        output.document(found.text.rstrip("\n"))
    output.value(found.to_json())
    told(found.diagnostics, output)
    return 0
