"""The program's standard streams, and the law of its exit code.

1. 0 is given only when a command returned it: its result is on record, or it was a question that was answered.
2. SIGINT, SIGTERM and SIGHUP end any command with 5 and NBC-X02, unless the process was started with the signal ignored
   (``nohup``). Every process of the command ends, the journal stays resumable. One that comes when the answer is already written
   changes nothing. A stream that is open and that nobody reads does not hold the end up: what it does not take is lost.
3. Standard error carries progress and findings beside the result. Closed, full or without a reader it is muted: the work goes
   on to its end, and the code is the command's own.
4. Standard output carries the result. Whatever happens to it, the work goes on, and a code that is not 0 stays. Where the
   command says 0: a reader that has gone (``| head``) has seen what it wanted, and 0 stays; closed, full or failing, it is
   NBC-X06 on standard error and 3, for a script would take the missing answer for an empty one.

So no error of a stream may come up in the middle of the work: a descriptor here takes everything, and remembers what it was
first refused.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import select
import stat
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_DESCRIPTORS = (0, 1, 2)
_PATIENCE_S = 2.0
"""How long a process that is to end waits for a reader who has taken nothing."""
_hurried: list[bool] = []
_bell: list[int] = []
"""A pipe, readable since `hurry`."""


class _Patient(io.FileIO):
    """A descriptor that takes everything: what is written after the first refusal is dropped. It waits for a reader, but only so
    that `hurry` ends the waiting, in every thread."""

    refused: OSError | None = None

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self.unblocked = _unblocked(descriptor)

    def write(self, data: ReadableBuffer, /) -> int:
        view = memoryview(data).cast("B")
        while self.refused is None:
            try:
                if self.unblocked is not None:
                    return os.write(self.unblocked, view)
                if self._has_room():
                    return os.write(self.fileno(), view[: select.PIPE_BUF])
            except BlockingIOError:
                self._has_room()
            except OSError as error:
                self.refused = error
        return len(view)

    def _has_room(self) -> bool:
        """Wait for room; where the process is to end, not for long, and without room that is a refusal."""
        if not _hurried:
            return self in select.select(_bell[:1], [self], [])[1]
        if select.select([], [self], [], _PATIENCE_S)[1]:
            return True
        self.refused = TimeoutError(errno.ETIMEDOUT, "nobody reads it")
        return False


def guard() -> None:
    """Make the standard streams ones that raise nothing. Only for the program: it owns its process."""
    for descriptor in _DESCRIPTORS:
        _occupy(descriptor)
    _bell.extend(os.pipe())
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - a descriptor
    sys.stdout = _text(1, sys.stdout, line_buffering=os.isatty(1))
    sys.stderr = _text(2, sys.stderr, line_buffering=True)


def hurry() -> None:
    """The process is to end: from now on no stream waits long for a reader. May be called in a signal handler."""
    if not _hurried:
        _hurried.append(True)
        for descriptor in _bell[1:]:
            os.write(descriptor, b"!")  # never read: it stays heard


def write_at_once(text: bytes) -> None:
    """To standard error, past the stream, which may be what is waited for; lost where there is no room."""
    unblocked = getattr(getattr(getattr(sys.stderr, "buffer", None), "raw", None), "unblocked", None)
    with contextlib.suppress(OSError, ValueError):
        if unblocked is not None:
            os.write(unblocked, text)
        elif select.select([], [2], [], 0)[1]:
            os.write(2, text)


def refusal(stream: TextIO) -> OSError | None:
    """Why ``stream``, one of `guard`'s, took no more; None as long as it takes everything."""
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    found = getattr(raw, "refused", None)
    return found if isinstance(found, OSError) else None


def reader_closed(error: OSError) -> bool:
    """Whether a refusal means that nobody reads any more."""
    return error.errno == errno.EPIPE


def _occupy(descriptor: int) -> None:
    """Put something where a standard stream was closed, lest the next file that is opened gets its number and what is
    printed. Standard output's cannot be written, so that the loss of a result is known."""
    try:
        os.fstat(descriptor)
    except OSError:
        flags = os.O_WRONLY if descriptor == 2 else os.O_RDONLY
        opened = os.open(os.devnull, flags)
        if opened != descriptor:
            os.dup2(opened, descriptor)
            os.close(opened)


def _unblocked(descriptor: int) -> int | None:
    """The same pipe or terminal, opened anew so that writing never waits, None where that cannot be done: whether a descriptor waits is
    shared with all who have it, the user's shell too."""
    if not (stat.S_ISFIFO(os.fstat(descriptor).st_mode) or os.isatty(descriptor)):
        return None
    try:
        flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        return os.open(f"/proc/self/fd/{descriptor}", flags)
    except OSError:
        return None


def _text(descriptor: int, before: TextIO | None, *, line_buffering: bool) -> TextIO:
    return io.TextIOWrapper(
        io.BufferedWriter(_Patient(descriptor)),
        encoding=before.encoding if before is not None else "utf-8",
        # What an encoding cannot hold is written as an escape instead of failing.
        errors="backslashreplace",
        line_buffering=line_buffering,
    )
