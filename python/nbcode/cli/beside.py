"""What a command says beside its result: to a reader on standard error; in JSON it is in the object."""

from __future__ import annotations

from collections.abc import Sequence

from nbcode.cli.output import Output
from nbcode.cli.render.diagnostics import render_findings
from nbcode.primitives import Diagnostic


def told(diagnostics: Sequence[Diagnostic], output: Output) -> None:
    """Errors and warnings whole, each note on a line."""
    if diagnostics and not output.as_json:
        output.note("\n" + render_findings(diagnostics, output.error_style))
