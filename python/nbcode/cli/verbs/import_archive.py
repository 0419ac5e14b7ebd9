"""`nbcode import`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.terminal import visible


def run(
    file: Path, project: Path, *, expected: str | None, registry: str | None, program: Program, output: Output
) -> int:
    """Register what is in the archive; say as which version, and where it comes from."""
    made = program.commands.import_version(file, project, registry=registry, expected=expected)
    version, record = made.version, made.record
    what = "is registered as" if made.made else "was registered already, as"
    output.text(
        f"{version.model} {what} version {version.version}\n\n"
        f"  from      {visible(record.registry)} version {record.version}\n"
        f"  archive   {made.digest}\n  artifact  {version.artifact_digest}\n"
        f"  alias     {version.alias or 'none: an import moves no alias'}\n"
    )
    output.value(made.to_json())
    return 0
