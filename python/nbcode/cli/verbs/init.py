"""`nbcode init`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.cli.bare_option import LIST
from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.render.init import render_gallery, render_initialised
from nbcode.commands.doctor import this_machine
from nbcode.commands.gallery import EXAMPLES, example
from nbcode.commands.init import init

if TYPE_CHECKING:
    from nbcode.commands.outputs.machine import ExamplesOutput


def run(
    folder: Path,
    *,
    kernel: bool | None,
    chosen: str | None,
    data: Path | None,
    program: Program,
    output: Output,
) -> int:
    """Make the project and say what was made; of the example `list`, say which examples there are."""
    if chosen == LIST:
        output.text(render_gallery(EXAMPLES, output.style))
        listed: ExamplesOutput = {"examples": {one.name: one.about for one in EXAMPLES}}
        output.value(listed)
        return 0
    picked = None if chosen is None else example(chosen)
    wanted = _asked(output) if kernel is None else kernel
    made = init(
        folder,
        cwd=program.runtime.cwd,
        install_kernel=_install_kernel if wanted else None,
        chosen=picked,
        data=data,
    )
    output.text(render_initialised(made, output.style))
    output.value(made.to_json())
    return 0


def _asked(output: Output) -> bool:
    """Only a person at a terminal is asked."""
    if output.as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    import typer

    question = "Install the Jupyter kernel that loads nbcode by itself?"
    return typer.confirm(question, default=True)


def _install_kernel() -> tuple[Path, bool]:
    """Into the interpreter's own environment, or for the user where that is the system's; a kernel that is there stays."""
    there = this_machine().jupyter_kernel()
    if there is not None:
        return there, False
    from nbcode.kernel import install_kernel

    return install_kernel(user=sys.prefix == sys.base_prefix), True
