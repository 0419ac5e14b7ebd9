"""Which isolation levels hold here, shown by canaries and not by version numbers."""

from __future__ import annotations

import sys
from pathlib import Path

from nbcode.primitives import dataclass
from nbcode.sandbox.launch import launch
from nbcode.sandbox.scratch import scratch_directory
from nbcode.sandbox.values import ISOLATION_LEVELS, IsolationLevel, Request, SandboxUnavailableError


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """Whether an isolation level holds, and if not, why."""

    level: IsolationLevel
    available: bool
    reason: str


def probe(level: IsolationLevel, python: Path | None = None) -> Probe:
    """Start a command on ``isolation level`` that tries to read a file, to connect and to see the environment: it must be refused
    each, as far as the isolation level promises it. About 50 ms."""
    with scratch_directory() as scratch:
        canary = scratch / "canary"
        canary.write_bytes(b"sing")
        request = Request(
            python=python or Path(sys.executable), arguments=("-c", ""), scratch=scratch / "s", canary=canary
        )
        try:
            launch(request, level=level, on_line=lambda _line: None)
        except SandboxUnavailableError as error:
            return Probe(level=level, available=False, reason=error.reason)
    return Probe(level=level, available=True, reason="")


def strongest(python: Path | None = None) -> IsolationLevel:
    """The strongest isolation level that holds, without regard to ``environment``, which the caller decides by its interpreter."""
    for level in (IsolationLevel.NAMESPACES, IsolationLevel.LANDLOCK):
        if probe(level, python).available:
            return level
    return ISOLATION_LEVELS[0]
