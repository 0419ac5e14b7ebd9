"""What a process gives to the commands that run in it. Made once, by whoever owns the process, and handed in."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from nbcode.primitives.values import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Runtime:
    """``environment`` and ``cwd`` as they were when the process began; ``now`` is UTC, ``monotonic_s`` seconds of which only
    differences count; ``who`` the person, for the record."""

    environment: Mapping[str, str]
    cwd: Path
    now: Callable[[], datetime]
    monotonic_s: Callable[[], float]
    who: Callable[[], str]

    def now_text(self) -> str:
        """The time as ISO 8601 UTC text, to the millisecond: it sorts as text does."""
        return time_text(self.now())


def time_text(at: datetime) -> str:
    """A time of UTC as ISO 8601 text, to the millisecond: it sorts as text does."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def this_process() -> Runtime:
    """The runtime of the process as it is now. The only place that asks for the current folder."""
    return Runtime(
        environment=MappingProxyType(dict(os.environ)),
        cwd=_current_folder(),
        now=lambda: datetime.now(UTC),
        monotonic_s=time.monotonic,
        who=_person,
    )


def _person() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        import socket

        return f"uid {os.getuid()} on {socket.gethostname()}"


def _current_folder() -> Path:
    """A folder that was deleted under the process has no name any more: the root stands for it."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path("/")
