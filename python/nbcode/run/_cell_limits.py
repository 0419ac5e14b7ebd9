"""Inside the kernel: what a cell is told that has used up its memory, its files or the disk; ``plain`` is its error, as any other would be told."""

from __future__ import annotations

from nbcode.configuration import setting
from nbcode.primitives import Diagnostic


def memory_full(plain: Diagnostic, limit_bytes: int) -> Diagnostic:
    """NBC-H02."""
    return Diagnostic(
        code="NBC-H02",
        message="the cell needs more memory than the run may use",
        cause=f"The limit is {limit_bytes >> 20} MiB",
        fixes=("use less memory", f"raise {setting('run', 'memory_limit')}"),
        place=plain.place,
        related=plain.related,
    )


def file_full(plain: Diagnostic, limit_bytes: int) -> Diagnostic:
    """NBC-H05 for one file that is too large."""
    return Diagnostic(
        code="NBC-H05",
        message="the run wrote more than it may",
        cause=f"One file may have {limit_bytes >> 20} MiB",
        fixes=("write less", f"raise {setting('run', 'output_limit')}"),
        place=plain.place,
        related=plain.related,
    )


def disk_full(plain: Diagnostic) -> Diagnostic:
    """NBC-H05."""
    return Diagnostic(
        code="NBC-H05",
        message="there is no space left where the run writes",
        cause="the disk of the store, or the temporary directory inside the sandbox, which takes memory, is full",
        fixes=("make room on the disk of the store", "write less", f"raise {setting('run', 'memory_limit')}"),
        place=plain.place,
        related=plain.related,
    )
