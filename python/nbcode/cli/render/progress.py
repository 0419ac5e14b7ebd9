"""Long work while it runs: redrawn in place on a terminal, a line a step elsewhere. Always on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from nbcode.cli.terminal import is_live, style_of, visible


class Event(Protocol):
    """What the rooms report: ``run.RunEvent`` and anything of its form."""

    @property
    def kind(self) -> str:
        """``step``, ``cell`` or ``log``; the step goes on until the next one begins."""

    @property
    def name(self) -> str:
        """The step's name, or ``start`` or ``end`` of a cell."""

    @property
    def cell(self) -> int | None:
        """The cell's number in the document."""

    @property
    def elapsed_s(self) -> float:
        """Seconds since the work began."""

    @property
    def text(self) -> str:
        """A line of log, the cell's tag, or a word beside the step."""


OnEvent = Callable[[Event], None]
Clock = Callable[[], float]


@contextmanager
def progress(title: str, clock: Clock = time.monotonic) -> Iterator[OnEvent]:
    """Show the work named ``title`` until the block ends; yields what to call with each event."""
    if is_live(sys.stderr):
        from nbcode.cli.render.live import live_progress

        with live_progress(title, clock) as on_event:
            yield on_event
    else:
        yield PlainProgress(clock).on_event


class PlainProgress:
    """One line a step and a cell: for logs and pipes."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        """``clock`` gives seconds; only differences count."""
        self._began = clock()
        self._clock = clock
        self._style = style_of(sys.stderr)

    def on_event(self, event: Event) -> None:
        """Write the line of one event."""
        if event.kind == "log":
            self._write(f"          | {visible(event.text.rstrip())}")
        elif event.name != "end":
            self._write(f"[{self._clock() - self._began:6.1f} s] {label(event)}")

    def _write(self, line: str) -> None:
        sys.stderr.write(self._style.paint(line, "dim") + "\n")
        sys.stderr.flush()


def label(event: Event) -> str:
    """``run  namespaces``, or ``cell 3 [model]``; a cell's event bears its tag as text."""
    if event.kind == "cell":
        return visible(f"cell {event.cell} [{event.text}]" if event.text else f"cell {event.cell}")
    return visible(f"{event.name}  {event.text}" if event.text else event.name)
