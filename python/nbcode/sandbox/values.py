"""What a confined command may touch, as values."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from pathlib import Path

from nbcode.primitives import Diagnostic, NbcodeError, dataclass


class IsolationLevel(StrEnum):
    """How strongly a command is confined; the order of :data:`ISOLATION_LEVELS` is the order of strength."""

    PROCESS = "process"
    ENVIRONMENT = "environment"
    LANDLOCK = "landlock"
    NAMESPACES = "namespaces"


ISOLATION_LEVELS = (
    IsolationLevel.PROCESS,
    IsolationLevel.ENVIRONMENT,
    IsolationLevel.LANDLOCK,
    IsolationLevel.NAMESPACES,
)
"""Weakest first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mount:
    """A host path and where the confined command finds it. Below ``namespaces`` both are the host path."""

    host: Path
    inside: Path

    def path_at(self, level: IsolationLevel) -> Path:
        """The path to give to the command on this isolation level."""
        return self.inside if level is IsolationLevel.NAMESPACES else self.host


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """Limits of the process tree. None is no limit.

    ``memory_bytes`` bounds the private writable memory of one process and the temporary file system together with
    what a watcher sees; ``file_bytes`` bounds one file, ``written_bytes`` what the tree has on disk at once, so far as a watcher sees; ``cpu_s`` is what one of its programs may compute. ``waiting_s`` bounds the time in which none of its programs computes; what
    a program forks off does not count for it.
    """

    time_s: float | None = None
    waiting_s: float | None = None
    cpu_s: float | None = None
    memory_bytes: int | None = None
    file_bytes: int | None = None
    written_bytes: int | None = None
    open_files: int = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One command to confine.

    ``arguments`` go to ``python`` and may hold ``{out}``, ``{scratch}`` and the names in ``mounts`` in braces: they are
    replaced by the path as seen inside. ``scratch`` is private, writable, temporary; ``out`` is the one writable place
    that survives; ``mounts`` are readable. ``cwd`` is the working directory, below ``scratch``.
    """

    python: Path
    arguments: tuple[str, ...]
    scratch: Path
    out: Path | None = None
    mounts: tuple[tuple[str, Mount], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    bounds: Bounds = field(default_factory=Bounds)
    canary: Path | None = None
    cwd: str = "cwd"


class SandboxUnavailableError(NbcodeError):
    """The isolation level that was asked for does not hold on this machine; ``reason`` says what was tried and what came."""

    def __init__(self, level: IsolationLevel, reason: str) -> None:
        """Keep both for whoever tries another level."""
        self.level = level
        self.reason = reason
        super().__init__([not_available(level, reason)])


def not_available(isolation: str, why: str) -> Diagnostic:
    """NBC-H19: the isolation level that was asked for is not there. It is never replaced in silence."""
    return Diagnostic(
        code="NBC-H19",
        message=f"isolation `{isolation}` is not available here",
        cause=why,
        fixes=("install bubblewrap and allow user namespaces", "choose --isolation=process"),
    )
