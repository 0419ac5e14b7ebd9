"""A file that a command ends with, at the place that the user named or at nbcode's own, and what is said where it cannot be there."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

from alpha_bench.describe import ForeignFileError, prepare_named, write_atomic, write_named
from nbcode.primitives import Diagnostic, Exit, NbcodeError, Place, dataclass

_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedFile:
    """``what`` goes to ``path``, which the user named; ``ours`` recognises the beginning of an earlier one, and is None where the place is
    nbcode's own. ``instead`` is the command that names another."""

    path: Path
    what: str
    ours: Callable[[bytes], bool] | None
    instead: str

    def prepare(self) -> None:
        """Make its folder, and see that it can be written. Raises ``NbcodeError``: NBC-X04, or NBC-X08 for another file that is there."""
        try:
            if self.ours is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            else:
                prepare_named(self.path, self.ours)
        except OSError as error:
            raise self._refused(error) from error

    def write(self, data: bytes) -> None:
        """Write it: whole or not at all, but into a device or a FIFO. Raises as `prepare`."""
        try:
            if self.ours is None:
                write_atomic(self.path, data, durable=False)
            else:
                write_named(self.path, data, durable=False, ours=self.ours)
        except OSError as error:
            raise self._refused(error) from error

    def _refused(self, error: OSError) -> NbcodeError:
        place = Place(path=str(self.path))
        if isinstance(error, ForeignFileError):
            there = Diagnostic(
                code="NBC-X08",
                message=f"{self.path.name} is there and is no {self.what} of nbcode",
                cause="a file that nbcode did not write is not replaced",
                fixes=(f"name another: {self.instead}",),
                place=place,
            )
            return NbcodeError([there])
        unwritable = Diagnostic(
            code="NBC-X04",
            message=f"the {self.what} cannot be written here",
            cause=(error.strerror or str(error)).lower(),
            fixes=("make room on that disk", f"write to another: {self.instead}")
            if error.errno in _FULL
            else (f"name a file: {self.instead}",),
            place=place,
        )
        return NbcodeError([unwritable], Exit.ENVIRONMENT)
