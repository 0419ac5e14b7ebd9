"""The program `nbcode`: parse, command, render, exit code."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program with ``arguments`` (the process's own for None) and return its exit code. Raises nothing."""
    from nbcode.cli.frame import run

    return run(arguments)


__all__ = ["main"]
