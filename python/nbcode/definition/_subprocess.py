"""The plain launcher: a clean subprocess with limits, an empty environment and an empty working directory.

It bounds time, memory and output, and hides the environment; it does not hide files. The sandboxed launcher does.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from typing import IO

from nbcode.definition.values import ChildOutcome, ChildRequest
from nbcode.sandbox import Idleness, scratch_directory

_GRACE_S = 5.0
_LOOK_S = 0.1
_STDERR_BYTES = 65_536


def launch_subprocess(request: ChildRequest) -> ChildOutcome:
    """Run the child in its own session and kill the whole of it at the end, on time-out and on an interrupt.

    The memory limit is set by the child itself before it runs a cell: that works where threads forbid ``preexec_fn``.
    """
    with scratch_directory() as scratch:
        directory = str(scratch)
        process = subprocess.Popen(
            [str(request.python), "-I", *request.arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=directory,
            env={
                "LC_ALL": "C.UTF-8",
                "TZ": "UTC",
                "PYTHONHASHSEED": "0",
                "HOME": directory,
                "TMPDIR": directory,
            },
            close_fds=True,
            start_new_session=True,
        )
        try:
            return _converse(process, request)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _converse(process: subprocess.Popen[bytes], request: ChildRequest) -> ChildOutcome:
    assert process.stdin is not None
    kept = {"stdout": bytearray(), "stderr": bytearray()}
    readers = [
        threading.Thread(
            target=_drain, args=(process.stdout, kept["stdout"], request.output_bytes), daemon=True
        ),
        threading.Thread(target=_drain, args=(process.stderr, kept["stderr"], _STDERR_BYTES), daemon=True),
    ]
    for reader in readers:
        reader.start()
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(request.stdin)
        process.stdin.close()
    passed = _passed(process, request)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for reader in readers:
        reader.join(_GRACE_S)
    return ChildOutcome(
        exit_code=process.returncode,
        stdout=bytes(kept["stdout"]),
        stderr=bytes(kept["stderr"]),
        timed_out=passed == "time",
        waited=passed == "waiting",
    )


def _passed(process: subprocess.Popen[bytes], request: ChildRequest) -> str | None:
    """The limit that it passed before it ended, None for none."""
    until, idle = time.monotonic() + request.timeout_s, Idleness(lambda: (process.pid,))
    while True:
        try:
            process.wait(max(0.0, min(_LOOK_S, until - time.monotonic())))
        except subprocess.TimeoutExpired:
            if time.monotonic() >= until:
                return "time"
            if request.waiting_s is not None and idle.look() > request.waiting_s:
                return "waiting"
        else:
            return None


def _drain(stream: IO[bytes] | None, kept: bytearray, most: int) -> None:
    """Read to the end, keep the first ``most`` bytes: a child that floods its output is not stopped by a full pipe."""
    assert stream is not None
    with stream:
        while block := stream.read1(65_536):  # type: ignore[attr-defined]
            kept.extend(block[: max(0, most - len(kept))])
