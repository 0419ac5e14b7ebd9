"""The program's standard streams, and the law of its exit code.

1. 0 is given only when a command returned it: its result is on record, or it was a question that was answered.
2. SIGINT, SIGTERM and SIGHUP end any command with 5 and NBC-X02, unless the process was started with the signal ignored
   (``nohup``). Every process of the command ends, the journal stays resumable. One that comes when the answer is already written
   changes nothing.
3. Standard error carries progress and findings beside the result. Closed, full or without a reader it is muted: the work goes
   on to its end, and the code is the command's own.
4. Standard output carries the result. Whatever happens to it, the work goes on, and a code that is not 0 stays. Where the
   command says 0: a reader that has gone (``| head``) has seen what it wanted, and 0 stays; closed, full or failing, it is
   NBC-X06 on standard error and 3, for a script would take the missing answer for an empty one.

So no error of a stream may come up in the middle of the work: a descriptor here takes everything, and remembers what it was
first refused.
"""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_DESCRIPTORS = (0, 1, 2)


class _Patient(io.FileIO):
    """A descriptor that takes everything: what is written after the first refusal is dropped."""

    refused: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        size = memoryview(data).nbytes
        while self.refused is None:
            try:
                taken = super().write(data)
            except OSError as error:
                self.refused = error
                break
            if taken is not None:
                return taken
            # Somebody who shares the descriptor made it non-blocking, and it is full.
            select.select([], [self], [])
        return size


def guard() -> None:
    """Make the standard streams ones that raise nothing. Only for the program: it owns its process."""
    for descriptor in _DESCRIPTORS:
        _occupy(descriptor)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - a descriptor
    sys.stdout = _text(1, sys.stdout, line_buffering=os.isatty(1))
    sys.stderr = _text(2, sys.stderr, line_buffering=True)


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


def _text(descriptor: int, before: TextIO | None, *, line_buffering: bool) -> TextIO:
    return io.TextIOWrapper(
        io.BufferedWriter(_Patient(descriptor, "w", closefd=False)),
        encoding=before.encoding if before is not None else "utf-8",
        # What an encoding cannot hold is written as an escape instead of failing.
        errors="backslashreplace",
        line_buffering=line_buffering,
    )
