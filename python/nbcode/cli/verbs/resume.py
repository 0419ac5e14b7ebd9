"""`nbcode resume`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.render.card import card_of, render_card
from nbcode.cli.render.diagnostics import render_findings
from nbcode.cli.render.progress import progress
from nbcode.cli.source import SourceLines
from nbcode.commands.promote import Status
from nbcode.commands.resume import ResumeResult


def run(project: Path, *, program: Program, output: Output) -> int:
    """Finish what was interrupted and tell what became of each."""
    with progress("resume") as on_event:
        result = program.commands.resume(project, on_event=on_event, cancellation=program.cancellation)
    failed = [d for one in result.finished for d in one.diagnostics]
    if not output.as_json and (failed or result.diagnostics):
        told = (*failed, *result.diagnostics)
        output.note(render_findings(told, output.error_style, SourceLines()) + "\n")
    output.text(_text(result, output))
    output.value(result.to_json())
    return int(result.exit_code)


def _text(result: ResumeResult, output: Output) -> str:
    cards = [
        render_card(card_of(one, ""), output.style)
        for one in result.finished
        if one.status is not Status.FAILED
    ]
    held = [f"{p.model}: another process is working on it ({p.state})" for p in result.held]
    if not result.finished and not held and not result.diagnostics:
        return "Nothing was interrupted: there is nothing to finish."
    return "\n\n".join([*cards, *held])
