"""The program `nbcode`: parse, command, render, exit code."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program with ``arguments`` and return its exit code. Raises nothing.

    For None this process is the program: the arguments are its own, its signals and standard streams are taken over, and it
    ends with that code. Otherwise nothing of the process is touched.
    """
    from nbcode.cli import frame

    if arguments is None:
        frame.program()
    from nbcode.cli.program import Program
    from nbcode.primitives import Cancellation, this_process

    return frame.run(arguments, Program(runtime=this_process(), cancellation=Cancellation()))


__all__ = ["main"]
