"""`nbcode controller`."""

from __future__ import annotations

from pathlib import Path

from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.terminal import visible
from nbcode.commands.controller import ControllerEvent


def run(project: Path, *, once: bool, program: Program, output: Output) -> int:
    """Go on with what the cluster runs, and tell each step as it is done."""

    def told(event: ControllerEvent) -> None:
        if not output.as_json:
            output.now(_line(event))

    result = program.commands.controller(project, told=told, once=once, cancellation=program.cancellation)
    output.value(result.to_json())
    return int(result.exit_code)


def _line(event: ControllerEvent) -> str:
    version = "" if event.version is None else f" version {event.version}"
    found = "".join(f"  {visible(str(one))}" for one in event.diagnostics)
    return f"{event.at}  {event.model or 'the journal'}{version}  {event.state or event.what}{found}"
