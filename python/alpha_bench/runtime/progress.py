"""Progress of a long computation. It is reported to nobody by default; whoever shows it to a person (a live kernel) listens."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Listener: TypeAlias = Callable[[str, int, int], None]
"""Hears what begins, its number from 1, and how many there are; 0 and 0 where that is not known."""

_listener: Listener | None = None


def listen(listener: Listener | None) -> None:
    """From now on ``listener`` hears of progress, in whichever thread computes; None: nobody does."""
    global _listener
    _listener = listener


def report_progress(what: str, number: int = 0, of: int = 0) -> None:
    """``what`` begins, the ``number``-th of ``of``."""
    if _listener is not None:
        _listener(what, number, of)
