"""`nbcode adoption`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from nbcode.cli.beside import told
from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.render.adoption import render_adoption
from nbcode.primitives import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """From ``since`` on, before ``until``; None for the first week, and for now."""

    since: datetime | None = None
    until: datetime | None = None


def run(project: Path, period: Period, *, html: Path | None, program: Program, output: Output) -> int:
    """Count, and write the page where one is asked for."""
    found = program.commands.adoption(project, since=period.since, until=period.until)
    if html is not None:
        from nbcode.cli.render.adoption_page import adoption_page, write_page

        write_page(adoption_page(found), html)
    output.text(render_adoption(found, output.style))
    output.value(found.to_json())
    told(found.diagnostics, output)
    return 0
