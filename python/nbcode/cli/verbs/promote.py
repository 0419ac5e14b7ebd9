"""`nbcode promote`."""

from __future__ import annotations

import json
from pathlib import Path

from nbcode.cli.options import Isolation
from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.render.card import card_of, render_card
from nbcode.cli.render.diagnostics import render_findings
from nbcode.cli.render.progress import progress
from nbcode.cli.source import SourceLines
from nbcode.commands.promote import PromoteResult, Status


def run(
    notebook: Path,
    *,
    isolation: Isolation | None,
    again: bool,
    adopt: bool,
    result_file: Path | None,
    program: Program,
    output: Output,
) -> int:
    """Promote, with live steps, and end with the candidate or with why there is none. ``result_file`` gets the whole result."""
    asked = None if isolation is None else str(isolation)
    with progress(f"promote {notebook}") as on_event:
        result = program.commands.promote(
            notebook,
            on_event=on_event,
            isolation=asked,
            again=again,
            adopt=adopt,
            cancellation=program.cancellation,
        )
    if result_file is not None:
        result_file.write_text(json.dumps(result.to_json()), encoding="utf-8")
    report(result, notebook, output)
    return int(result.exit_code)


def report(result: PromoteResult, notebook: Path, output: Output) -> None:
    """Findings to standard error, then the candidate to standard output."""
    if result.diagnostics and not output.as_json:
        output.note("\n" + render_findings(result.diagnostics, output.error_style, SourceLines()))
    if result.status is not Status.FAILED:
        output.text("\n" + render_card(card_of(result, str(notebook)), output.style))
    output.value(result.to_json())
