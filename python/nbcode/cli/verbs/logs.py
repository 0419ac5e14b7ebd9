"""`nbcode logs`."""

from __future__ import annotations

import time
from pathlib import Path

from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.render.events import label
from nbcode.cli.render.log import render_log
from nbcode.cli.terminal import visible

_POLL_S = 0.2


def run(run_id: str | None, project: Path, *, follow: bool, program: Program, output: Output) -> int:
    """Show the record of a run; with ``follow``, its events as they come, and then the record."""
    if follow and not output.as_json:
        _follow(run_id, project, program, output)
    found = program.commands.logs(run_id, project)
    output.text(render_log(found, output.style))
    output.value(found.to_json())
    return 0


def _follow(run_id: str | None, project: Path, program: Program, output: Output) -> None:
    """Until the run ends, or nobody reads any more."""
    for event in program.commands.follow(run_id, project, wait=_wait):
        if event.kind == "log":
            read = output.now(f"          | {visible(event.text.rstrip())}")
        elif event.name != "end":
            read = output.now(output.style.paint(f"[{event.elapsed_s:6.1f} s] {label(event)}", "dim"))
        else:
            continue
        if not read:
            return
    output.now("")


def _wait() -> bool:
    time.sleep(_POLL_S)
    return True
