"""What a long cell is at, in one line that is written over: folds, and kernels that are compiled once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from alpha_bench.describe import kernel_name

_PATIENCE_S = 0.7
_COMPILING = "compiling "


class Line(Protocol):
    """One line of a cell's output that can be written over."""

    def write(self, text: str) -> None:
        """Show ``text`` in place of what stood there; an empty text takes the line away."""


class Progress:
    """Hears what is computed, and shows it where it takes long. One for each cell that runs.

    ``line`` makes the line when it is first needed. A step is shown when the cell has run for a while, so that quick cells stay
    as they are; that something is compiled is said at once, and once for each operator in a kernel's life.
    """

    def __init__(self, line: Callable[[], Line], clock: Callable[[], float], compiled: set[str]) -> None:
        self._make = line
        self._clock = clock
        self._begun = clock()
        self._compiled = compiled
        self._line: Line | None = None
        self.at = ""

    def __call__(self, what: str, number: int, of: int) -> None:
        """``what`` begins, the ``number``-th of ``of``."""
        if what.startswith(_COMPILING):
            operator = kernel_name(what.removeprefix(_COMPILING))
            if operator not in self._compiled:
                self._compiled.add(operator)
                self._show(f"{_COMPILING}{operator} (once)")
            return
        self.at = f"{what} {number} of {of}" if of else what
        if self._line is not None or self._clock() - self._begun > _PATIENCE_S:
            self._show(self.at)

    def end(self) -> None:
        """Take the line away."""
        if self._line is not None:
            self._line.write("")
        self._line = None

    def _show(self, text: str) -> None:
        if self._line is None:
            self._line = self._make()
        self._line.write(text)
