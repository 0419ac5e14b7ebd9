"""`nbcode export`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.terminal import visible


def run(
    model: str,
    version: int,
    project: Path,
    *,
    to: Path | None,
    registry: str | None,
    program: Program,
    output: Output,
) -> int:
    """Write the archive; say where it is, and by which digest it is known."""
    place = to or Path(f"{model}-{version}.tar")
    made = program.commands.export(model, version, project, to=place, registry=registry)
    output.text(
        f"{visible(str(made.file))}  {made.size_bytes / 1e6:,.1f} MB\n\n"
        f"  archive   {made.digest}\n  artifact  {made.version.artifact_digest}\n"
    )
    output.value(made.to_json())
    return 0
