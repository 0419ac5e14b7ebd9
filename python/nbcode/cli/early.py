"""The program's first lines: a signal that comes while the program is still being loaded is remembered, and told when it can be.

Loads nothing but what the interpreter has in it: until `remember_signals` was called a signal ends the process as Python or the kernel
would, and `signal` itself is not loaded before some milliseconds of `enum`.
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]
import os

TYPE_CHECKING = False  # not from `typing`, which takes longer to load than all of this
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import TypeAlias

    Handler: TypeAlias = Callable[[int, FrameType | None], object]

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTERRUPTED = 5
_PATIENCE = 3
"""A terminal and a wrapper such as npm send the same Ctrl-C twice: only the third is somebody who does not want to wait."""
_seen: list[int] = []


def remember_signals() -> None:
    """Take the signals from now on, but for those that the process was started to ignore (``nohup``)."""
    handle_with(_remember)


def handle_with(handler: Handler) -> None:
    """Have ``handler`` called for each of the program's signals; one that is ignored stays so."""
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def remembered() -> bool:
    """Whether a signal has come since `remember_signals`, and before others took them."""
    return bool(_seen)


def _remember(number: int, _frame: FrameType | None) -> None:
    _seen.append(number)
    if len(_seen) >= _PATIENCE:
        os._exit(INTERRUPTED)
