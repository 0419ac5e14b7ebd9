"""Long work while it runs: redrawn in place on a terminal, a line a step elsewhere. Always on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from nbcode.cli.render.events import Clock, Event, OnEvent, label
from nbcode.cli.terminal import is_live, style_of, visible


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
        if event.kind == "note":
            sys.stderr.write(visible(event.text.rstrip()) + "\n")
            sys.stderr.flush()
        elif event.kind == "log":
            self._write(f"          | {visible(event.text.rstrip())}")
        elif event.name != "end":
            self._write(f"[{self._clock() - self._began:6.1f} s] {label(event)}")

    def _write(self, line: str) -> None:
        sys.stderr.write(self._style.paint(line, "dim") + "\n")
        sys.stderr.flush()
