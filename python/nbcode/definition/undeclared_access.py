"""What an ``OSError`` of a described cell is really about: something that it did not declare, or another process (E11)."""

from __future__ import annotations

import errno
import os
import sys

from nbcode.primitives import Diagnostic, Place

_NO_FILE = {errno.ENOENT, errno.EACCES, errno.EPERM, errno.EROFS}
_REFUSED = {errno.EACCES, errno.EPERM}
_NO_NETWORK = {errno.ENETUNREACH, errno.ENETDOWN, errno.ECONNREFUSED, errno.EHOSTUNREACH}


class ForkRefusedError(PermissionError):
    """A cell asked for a copy of its own process."""


def undeclared(error: BaseException, place: Place | None) -> Diagnostic | None:
    """NBC-E11 for a refused or missing file, for the network and for processes; None for any other error."""
    if not isinstance(error, OSError):
        return None
    if isinstance(inner := getattr(error, "reason", None), OSError):  # urllib tells it so
        return undeclared(inner, place)
    unnamed_refusal = error.errno in {*_REFUSED, errno.ENOSYS} and error.filename is None
    if isinstance(error, ForkRefusedError) or (unnamed_refusal and _of_multiprocessing(error)):
        by = "by multiprocessing" if _of_multiprocessing(error) else "by os.fork"
        return Diagnostic(
            code="NBC-E11",
            message=f"started another Python process, {by}, which no run may",
            cause="a clean run is one process: what others compute would be part of the result without being held to its limits",
            fixes=("compute in this process, or in threads: `ThreadPoolExecutor`, `n_jobs=1`",),
            place=place,
        )
    unnamed = error.errno in _REFUSED and error.filename is None  # a wall refuses a connection by permission
    if unnamed or error.errno in _NO_NETWORK or _of_a_name_server(error):
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
            fixes=("declare it under inputs: in [meta]; the cell stays as it is",),
            place=place,
        )
    return None


def _of_a_name_server(error: OSError) -> bool:
    socket = sys.modules.get("socket")  # only who has it can raise its errors
    return socket is not None and isinstance(error, socket.gaierror)


def _of_multiprocessing(error: OSError) -> bool:
    """Whether it was raised where processes are prepared: semaphores and shared memory are refused first."""
    at = error.__traceback__
    while at is not None:
        if "/multiprocessing/" in at.tb_frame.f_code.co_filename:
            return True
        at = at.tb_next
    return False
