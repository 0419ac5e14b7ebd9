"""The sign of life of a process that stays: a file that is touched at each of its turns, for whoever has to know whether it hangs (a probe of Kubernetes)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

VARIABLE = "NBCODE_HEARTBEAT"
"""Of the environment: the file's path. Where it is not set there is none."""


def beating(wait: Callable[[float], None], path: str | None) -> Callable[[float], None]:
    """``wait``, and before each wait the file at ``path`` is touched; a place that takes no file is no reason to end."""
    if not path:
        return wait

    def touched(seconds: float) -> None:
        with contextlib.suppress(OSError):
            Path(path).touch()
        wait(seconds)

    return touched
