"""The window to the processor's clock: how much time the cells may compute before they ask for data.

What counts is what the process computed, on however busy a machine, and imports are free: a large library is slow to load from a
network disk, and loops nowhere. The system ends the process when the time is used up, also inside compiled code.
"""

from __future__ import annotations

import ast
import signal
from collections.abc import Iterator
from contextlib import contextmanager

ENDED_BY = getattr(signal, "SIGPROF", None)
"""The signal by which a process that used up its time ends; None where the system has no such clock."""


class CpuBudget:
    """Processor time that is left for statements, all threads together."""

    def __init__(self, seconds: float | None = None) -> None:
        """``seconds`` in all; None for as much as they want."""
        self._left_s = seconds

    @contextmanager
    def spent_by(self, statement: ast.stmt) -> Iterator[None]:
        """While ``statement`` runs the clock does, unless it imports."""
        if self._left_s is None or ENDED_BY is None or _imports(statement):
            yield
            return
        signal.setitimer(signal.ITIMER_PROF, max(self._left_s, 0.001))
        try:
            yield
        finally:
            self._left_s, _ = signal.setitimer(signal.ITIMER_PROF, 0)


def _imports(statement: ast.stmt) -> bool:
    """An import, also in a ``try`` or a branch."""
    if isinstance(statement, ast.Try | ast.If | ast.With):
        return any(isinstance(inner, ast.Import | ast.ImportFrom) for inner in ast.walk(statement))
    return isinstance(statement, ast.Import | ast.ImportFrom)
