"""Ctrl-C: one request to end, which nothing on the way can swallow or turn into an error of its own.

``KeyboardInterrupt`` is not enough: raised in a destructor or a callback of C it is lost, and raised while a class is made CPython 3.11
gives it on as a ``RuntimeError``. So the signal is remembered too.
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found] # `signal` itself is not loaded before some milliseconds of `enum`
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_INTERRUPTED = 130
_PATIENCE = 3
"""A terminal and a wrapper send the same Ctrl-C twice: only the third is somebody who does not want to wait."""


class Interrupts:
    """SIGINT of this process since :meth:`install`; of a process that is not ours to handle, none."""

    def __init__(self) -> None:
        self._seen = 0
        self._held = False
        self.written = False
        """Whether what the command writes is in place."""

    @property
    def seen(self) -> bool:
        """Whether one has come."""
        return self._seen > 0

    def install(self) -> None:
        """Handle SIGINT from now on, unless the process was started to ignore it (``nohup``)."""
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, self._handle)
            sys.unraisablehook = _reported_unless_interrupted

    def check(self) -> None:
        """Raise ``KeyboardInterrupt`` where one has come, whatever became of it then."""
        if self.seen:
            raise KeyboardInterrupt

    @contextmanager
    def held(self) -> Iterator[None]:
        """A block that is done whole or not begun: one that came before is raised here, one that comes now or later is remembered."""
        self.check()
        self._held = True
        try:
            yield
            self.written = True
        finally:
            self._held = self.written

    def over(self) -> None:
        """All that is left is to end: one that comes now only makes that sooner."""
        if signal.getsignal(signal.SIGINT) == self._handle:
            signal.signal(signal.SIGINT, lambda _number, _frame: os._exit(_INTERRUPTED))

    def _handle(self, _number: int, _frame: object) -> None:
        self._seen += 1
        if self._seen >= _PATIENCE or (self._seen == 1 and not self._held):
            raise KeyboardInterrupt


def _reported_unless_interrupted(unraisable: sys.UnraisableHookArgs) -> None:
    """An interrupt that comes up in a destructor or a callback is no fault to print a traceback of: it is remembered."""
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)
