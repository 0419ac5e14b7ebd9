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
        """``step``, ``cell`` or ``log``."""

    @property
    def name(self) -> str:
        """The step's name, or the cell's tag."""

    @property
    def cell(self) -> int | None:
        """The cell's number in the document."""

    @property
    def elapsed_s(self) -> float:
        """Seconds since the work began."""

    @property
    def text(self) -> str:
        """A line of log, or a word beside the step."""


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
        else:
            self._write(f"[{self._clock() - self._began:6.1f} s] {label(event)}")

    def _write(self, line: str) -> None:
        sys.stderr.write(self._style.paint(line, "dim") + "\n")
        sys.stderr.flush()


def label(event: Event) -> str:
    """``run``, or ``cell 3 [model]``, and the word beside it."""
    name = f"cell {event.cell} [{event.name}]" if event.kind == "cell" else event.name
    return visible(f"{name}  {event.text}" if event.text else name)
