"""`nbcode data`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.render.figures import size_text
from nbcode.cli.terminal import visible


def run(name: str, project: Path, *, program: Program, output: Output) -> int:
    """Ask the query of a dataset, and say what was written."""
    found = program.commands.data_snapshot(name, project)
    columns = ", ".join(found.columns)
    output.text(
        f"{visible(found.file)}  {found.rows:,} rows, {size_text(found.size_bytes)}: {visible(columns)}"
    )
    output.text(f'digest = "{found.digest}"')
    output.value(found.to_json())
    return 0
