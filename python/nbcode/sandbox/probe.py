"""Which rungs hold here, shown by canaries and not by version numbers."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from nbcode.sandbox.launch import launch
from nbcode.sandbox.scratch import scratch_directory
from nbcode.sandbox.values import RUNGS, Request, Rung, SandboxUnavailableError


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """Whether a rung holds, and if not, why."""

    rung: Rung
    holds: bool
    reason: str


def probe(rung: Rung, python: Path | None = None) -> Probe:
    """Start a command on ``rung`` that tries to read a file, to connect and to see the environment: it must be refused
    each, as far as the rung promises it. About 50 ms."""
    with scratch_directory() as scratch:
        canary = scratch / "canary"
        canary.write_bytes(b"sing")
        request = Request(
            python=python or Path(sys.executable), arguments=("-c", ""), scratch=scratch / "s", canary=canary
        )
        try:
            launch(request, rung=rung, on_line=lambda _line: None)
        except SandboxUnavailableError as error:
            return Probe(rung=rung, holds=False, reason=error.reason)
    return Probe(rung=rung, holds=True, reason="")


def strongest(python: Path | None = None) -> Rung:
    """The strongest rung that holds, without regard to ``environment``, which the caller decides by its interpreter."""
    for rung in (Rung.NAMESPACES, Rung.LANDLOCK):
        if probe(rung, python).holds:
            return rung
    return RUNGS[0]
