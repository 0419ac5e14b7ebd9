"""`nbcode audit`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.beside import told
from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.render.audit import csv_text, render_audit
from nbcode.cli.verbs.adoption import Period


def run(project: Path, period: Period, *, as_csv: bool, program: Program, output: Output) -> int:
    """List the events, as a table of words or of commas."""
    found = program.commands.audit(project, since=period.since, until=period.until)
    if as_csv:
        output.document(csv_text(found).rstrip("\n"))
    else:
        output.text(render_audit(found, output.style))
    output.value(found.to_json())
    told(found.diagnostics, output)
    return 0
