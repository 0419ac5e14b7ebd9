"""What the tagged cells define, as plain data with its digest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeAlias

from nbcode.primitives import Diagnostic, Digest, Json, dataclass

DefinitionKind = Literal["declarative", "python"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """``plain`` holds every field, also defaults; ``digest`` is over its RFC 8785 bytes."""

    kind: DefinitionKind
    plain: Json
    digest: Digest


@dataclass(frozen=True, kw_only=True, slots=True)
class DescribeResult:
    """A definition, or the reasons why there is none."""

    definition: Definition | None
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ChildRequest:
    """A child process to start: no data, no network, nothing inherited.

    ``arguments`` follow the interpreter ``python``; ``stdin`` is all its input; ``readable`` are the only directories it
    needs beside the interpreter's own. At most ``output_bytes`` of its standard output are kept. It may take ``timeout_s`` in all, and
    ``waiting_s`` without computing; ``memory_bytes`` bounds its memory, and what it has on disk at once.
    """

    python: Path
    arguments: tuple[str, ...]
    stdin: bytes
    readable: tuple[Path, ...]
    timeout_s: float
    waiting_s: float | None = None
    memory_bytes: int
    output_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ChildOutcome:
    """How a child ended. ``exit_code`` is negative for a signal, as in ``subprocess``; ``timed_out``, ``waited``, ``out_of_memory`` and ``out_of_disk`` say
    that it was ended for passing that limit."""

    exit_code: int
    stdout: bytes
    stderr: bytes
    timed_out: bool = False
    waited: bool = False
    out_of_memory: bool = False
    out_of_disk: bool = False


Launch: TypeAlias = Callable[[ChildRequest], ChildOutcome]
"""The port: starts an isolated process and waits for it. It never leaves a child behind."""
