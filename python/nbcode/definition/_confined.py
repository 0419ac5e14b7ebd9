"""The describe child behind the same wall as a run: no data, no network, a private directory, limits."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from nbcode.definition import ChildOutcome, ChildRequest, Launch
from nbcode.definition._budget import ENDED_BY
from nbcode.sandbox import (
    ISOLATION_LEVELS,
    Bounds,
    IsolationLevel,
    Mount,
    Request,
    SandboxUnavailableError,
    interpreter_roots,
    launch,
    scratch_directory,
)
from nbcode.sandbox.pins import pinned_environment

_INSIDE = Path("/question.json")


def confined(level: IsolationLevel) -> Launch:
    """The launch port of :func:`nbcode.definition.describe_cells` on exactly this isolation level.

    The port raises ``SandboxUnavailableError`` where the isolation level does not hold.
    """

    def start(request: ChildRequest) -> ChildOutcome:
        with scratch_directory() as scratch:
            question = scratch / _INSIDE.name
            question.write_bytes(request.stdin)
            return _launched(request, level, scratch, Mount(host=question, inside=_INSIDE))

    return start


def strongest() -> Launch:
    """The launch port on the strongest isolation level that holds on this machine, tried anew at each launch."""

    def start(request: ChildRequest) -> ChildOutcome:
        for level in reversed(ISOLATION_LEVELS[1:]):
            try:
                return confined(level)(request)
            except SandboxUnavailableError:
                continue
        return confined(ISOLATION_LEVELS[0])(request)

    return start


def _launched(request: ChildRequest, level: IsolationLevel, scratch: Path, question: Mount) -> ChildOutcome:
    kept = bytearray()

    def keep(line: str) -> None:
        kept.extend((line + "\n").encode()[: max(0, request.output_bytes - len(kept))])

    roots = interpreter_roots(request.python)
    more = [p for p in request.readable if not any(p.is_relative_to(root) for root in roots)]
    ended = launch(
        Request(
            python=request.python,
            arguments=("-I", *request.arguments, "{question}"),
            scratch=scratch,
            mounts=(
                ("question", question),
                *((f"readable{i}", Mount(host=p, inside=p)) for i, p in enumerate(more)),
            ),
            environment=(*pinned_environment(), ("HOME", "{scratch}"), ("TMPDIR", "{scratch}")),
            bounds=Bounds(
                time_s=request.timeout_s,
                waiting_s=request.waiting_s,
                memory_bytes=request.memory_bytes,
                file_bytes=request.memory_bytes,
                written_bytes=request.memory_bytes,
            ),
        ),
        level=level,
        on_line=keep,
    )
    late = ended.stopped_by == "time"
    by_signal = ended.returncode - 128 in {signal.SIGKILL, ENDED_BY}
    exit_code = 128 - ended.returncode if by_signal else ended.returncode
    stderr = ended.stderr.encode(errors="replace") + os.linesep.encode()
    return ChildOutcome(
        exit_code=exit_code,
        stdout=bytes(kept),
        stderr=stderr,
        timed_out=late,
        waited=ended.stopped_by == "waiting",
        out_of_memory=ended.stopped_by == "memory",
        out_of_disk=ended.stopped_by == "written",
    )
