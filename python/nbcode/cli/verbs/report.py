"""`nbcode report`."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from alpha_bench.describe import is_standard_output
from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.terminal import visible


def run(
    model: str,
    project: Path,
    *,
    version: int | None,
    to: Path | None,
    shown: bool,
    program: Program,
    output: Output,
) -> int:
    """Write the page, say where it is and what it is of; show it in the browser when asked."""
    into_stdout = to is not None and is_standard_output(to)
    if into_stdout and output.as_json:
        raise typer.BadParameter(
            "standard output takes the page or the object of --json: name a file with --to"
        )
    made = program.commands.report(model, project, version=version, to=to)
    width = max(len(name) for name, _ in made.facts)
    lines = [
        f"  {output.style.paint(name.ljust(width), 'dim')}  {visible(text)}" for name, text in made.facts
    ]
    told = "\n".join([visible(os.path.relpath(made.path)), "", *lines])
    if into_stdout:
        output.note(told)
    else:
        output.text(told)
    output.value(made.to_json())
    if shown and not into_stdout and not _open(made.path):
        output.note("No browser could be opened; the page is where it says.")
    return 0


def _open(path: Path) -> bool:
    import webbrowser

    return webbrowser.open(path.resolve().as_uri())
