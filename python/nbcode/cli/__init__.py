"""The program `nbcode`: parse, command, render, exit code."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program with ``arguments`` and return its exit code. For None they are the process's own, which ends with that
    code then. Raises nothing."""
    from nbcode.cli.frame import leave, run

    code = run(arguments)
    return leave(code) if arguments is None else code


__all__ = ["main"]
