"""`nbcode rebuild`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import typer

from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.render.diagnostics import render_findings
from nbcode.cli.render.progress import progress
from nbcode.cli.source import SourceLines
from nbcode.cli.terminal import visible
from nbcode.commands.found_inputs import key_of, offered
from nbcode.commands.rebuild import RebuildAsked, RebuildResult

_SHOWN = 12


def run(asked: RebuildAsked, inputs: list[str], project: Path, *, program: Program, output: Output) -> int:
    """Rebuild, with live steps, and end with whether the artifact came out again."""
    offers = tuple(map(offered, inputs))
    for text, one in zip(inputs, offers, strict=True):
        if one.name is None and not one.path.is_dir():
            raise typer.BadParameter(f"--input {text} is no folder: write NAME=FILE for a file")
        if not one.path.exists():
            raise typer.BadParameter(f"--input {text}: there is no {one.path}")
    with progress(f"rebuild {asked.model} {asked.number}") as on_event:
        result = program.commands.rebuild(
            replace(asked, offers=offers),
            project,
            on_event=on_event,
            cancellation=program.cancellation,
        )
    if result.diagnostics and not output.as_json:
        output.note("\n" + render_findings(result.diagnostics, output.error_style, SourceLines()))
    output.text("\n" + _told(result))
    output.value(result.to_json())
    return int(result.exit_code)


def _told(result: RebuildResult) -> str:
    version = result.version
    ended = "comes out again, to the byte" if result.equal else "comes out as another artifact"
    lines = [f"{version.model} version {version.version} {ended} · {result.seconds:.1f} s", ""]
    if result.equal:
        lines.append(f"  artifact    {result.rebuilt}")
    else:
        lines += [f"  registered  {version.artifact_digest}", f"  rebuilt     {result.rebuilt}"]
    lines.append(f"  spec        {version.spec_digest}")
    lines.append(f"  sources     {visible(result.sources)}")
    width = max((len(key_of(one.input)) for one in result.inputs), default=0)
    lines += [
        f"  input       {key_of(one.input):<{width}}  {visible(str(one.path))}" for one in result.inputs
    ]
    lines += [f"  differs     {visible(one.path)}" for one in result.differing[:_SHOWN]]
    if len(result.differing) > _SHOWN:
        lines.append(f"              and {len(result.differing) - _SHOWN} more")
    if result.folder is not None:
        lines.append(f"  kept in     {visible(str(result.folder))}")
    return "\n".join(lines) + "\n"
