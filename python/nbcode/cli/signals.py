"""SIGINT, SIGTERM and SIGHUP of the program: one request to end, whatever it is doing."""

from __future__ import annotations

import os
import signal
import sys
from enum import Enum, auto
from types import FrameType
from typing import TYPE_CHECKING, Any

from nbcode.cli import early, streams

if TYPE_CHECKING:
    from nbcode.primitives import Cancellation

_LATE = b"NBC-X02 interrupted while the answer was written: it is cut off\n"


class _Phase(Enum):
    WORKING = auto()
    REPORTING = auto()
    OVER = auto()


class Interrupts:
    """The program's signal handlers.

    While a command works, the first signal raises ``KeyboardInterrupt`` in the main thread, and is remembered in
    ``cancellation``: where the exception comes up in a callback that survives it, the next step of the command sees the token.
    The second is ignored, for a terminal and a wrapper such as npm send the same Ctrl-C twice, and it would stop the tidying
    up; from the third on it is raised again.
    """

    def __init__(self, cancellation: Cancellation) -> None:
        """``cancellation`` is requested at the first signal."""
        self._cancellation = cancellation
        self._phase = _Phase.WORKING
        self._seen = 0
        self._code = early.INTERRUPTED

    def install(self) -> None:
        """Handle the signals from now on. One that came before raises ``KeyboardInterrupt`` here."""
        sys.unraisablehook = _reported_unless_interrupted
        early.handle_with(self._handle)
        if early.remembered() and not self._seen:
            self._handle(signal.SIGINT, None)

    def reporting(self) -> None:
        """The command has come to its end and its answer is being written: a signal now ends the process at once."""
        self._phase = _Phase.REPORTING

    def over(self, code: int) -> None:
        """Everything is told: a signal now only makes the process end sooner, with ``code``."""
        self._code = code
        self._phase = _Phase.OVER

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self._seen += 1
        streams.hurry()
        self._cancellation.request()
        if self._phase is _Phase.WORKING:
            if self._seen != 2:
                raise KeyboardInterrupt
            return
        if self._phase is _Phase.REPORTING:
            # Not by the stream: it may be what is interrupted, or what is blocked.
            streams.write_at_once(_LATE)
        os._exit(self._code)


def _reported_unless_interrupted(unraisable: Any) -> None:
    """An interrupt that comes up in a destructor is no fault to print a traceback of; the token has it."""
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)
