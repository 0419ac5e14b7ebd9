"""What an ``OSError`` of a described cell is really about: something that it did not declare (E11)."""

from __future__ import annotations

import errno
import os
import socket

from nbcode.primitives import Diagnostic, Place

_NO_FILE = {errno.ENOENT, errno.EACCES, errno.EPERM, errno.EROFS}
_REFUSED = {errno.EACCES, errno.EPERM}
_NO_NETWORK = {errno.ENETUNREACH, errno.ENETDOWN, errno.ECONNREFUSED, errno.EHOSTUNREACH}


def undeclared(error: BaseException, place: Place | None) -> Diagnostic | None:
    """NBC-E11 for a refused or missing file and for the network; None for any other error."""
    if not isinstance(error, OSError):
        return None
    unnamed = error.errno in _REFUSED and error.filename is None  # a wall refuses a connection by permission
    if unnamed or error.errno in _NO_NETWORK or isinstance(error, socket.gaierror):
        return Diagnostic(
            code="NBC-E11",
            message="used the network, which no run has",
            cause="what a server answers today is not what it answers tomorrow",
            fixes=("save the data to a file and declare it under inputs: in [meta]",),
            place=place,
        )
    if error.errno in _NO_FILE and isinstance(error.filename, str | bytes | os.PathLike):
        return Diagnostic(
            code="NBC-E11",
            message=f"reached for {os.fsdecode(error.filename)}, which is not declared",
            cause="the clean run sees only declared inputs, so that it gives the same result elsewhere",
            fixes=("declare it under inputs: in [meta] and read it as inputs[...]",),
            place=place,
        )
    return None
