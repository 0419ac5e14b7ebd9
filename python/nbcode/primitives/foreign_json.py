"""Files of a process that may write what it likes: plain ones of bounded size, never waited for; and strict JSON in them."""

from __future__ import annotations

import errno
import math
import os
import stat
from pathlib import Path
from typing import BinaryIO

from nbcode.primitives.strict_json import JsonReading, PlainJson, read_json, walk

MOST_BYTES = 32 << 20
"""Of a document of figures, which are numbers by name: more than nbcode itself ever writes."""
_INTEGER_DIGITS = 17  # of -(2**53 - 1), sign and all


def plain_file(path: Path) -> BinaryIO:
    """The file ``path``, open to be read. No link is followed, and no pipe is waited for. Raises ``OSError`` where it is not there, cannot be
    read, or is no plain file (``EISDIR`` for a folder, ``ENXIO`` else)."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        code = errno.EISDIR if stat.S_ISDIR(mode) else errno.ENXIO
        raise OSError(code, "no plain file", str(path))
    return os.fdopen(descriptor, "rb")


def foreign_json(path: Path, depth: int = 64) -> PlainJson:
    """The JSON in the file ``path``: finite numbers, integers of at most 16 digits, no key twice, no half characters, at most ``depth`` levels.

    Raises:
        OSError: as :func:`plain_file`.
        ValueError: for what is no such JSON, and more than 32 MiB of it.
    """
    with plain_file(path) as stream:
        data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES} bytes")
    reading = read_json(data.decode("utf-8"), depth=depth, integer_digits=_INTEGER_DIGITS)
    if (why := _refused(reading, depth)) is not None:
        raise ValueError(why)
    for _, item in walk(reading.value):
        if isinstance(item, float) and not math.isfinite(item):
            raise ValueError("it holds a number that is too large to be one")
        if isinstance(item, str | dict):
            "".join(item).encode("utf-8")  # half a character is a ValueError
    return reading.value


def _refused(reading: JsonReading, depth: int) -> str | None:
    if reading.too_deep:
        return f"it nests more than {depth} levels deep"
    if reading.failed:
        return f"{reading.reason} at byte {reading.offset}"
    if reading.non_finite is not None:
        return f"it holds {reading.non_finite}, which is no figure"
    if reading.long_integer_digits is not None:
        return f"it holds an integer of {reading.long_integer_digits} digits"
    return "it holds a key twice" if reading.key_twice else None
