"""The steps of a run: each has one name, no two share one, and a run is always in exactly one of them.

The kernel cannot speak to the outside while the executor listens to its cells: it notes its steps in a file of the scratch
directory, with the time at which they began, and the executor passes them on. Cells may write to that file too, so that only
names that belong to the kernel are believed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from nbcode.primitives import plain_file

OUTSIDE = ("prepare", "kernels", "sandbox")
EXECUTOR = ("inputs", "engine", "kernel", "session", "cells")
KERNEL = ("figures", "report", "model", "leak probe", "pins")
AFTERWARDS = ("kernel end", "notebook", "judge", "inputs again", "manifest", "sandbox end", "check")
STEPS = (*OUTSIDE, *EXECUTOR, *KERNEL, *AFTERWARDS)
"""In the order in which a run takes them. ``engine`` is papermill's import, ``kernel`` the wait for the kernel's own imports,
``session`` the platform's names, ``leak probe`` the second look of plain Python cells; ``check`` what the outside does with the
result."""
_NAME = "steps.txt"
_BEGUN = "begun.txt"
_MOST_BYTES = 4096
_OPEN, _WRITE, _CLOSE = os.open, os.write, os.close


def note_step(scratch: Path, step: str) -> None:
    """In the kernel: ``step`` begins now."""
    with (scratch / _NAME).open("a", encoding="ascii") as notes:
        notes.write(f"{time.monotonic():.6f} {step}\n")


def note_cell(scratch: str) -> None:
    """In the kernel: a promoted cell, or what follows the last one, begins now. By functions that no cell can have replaced."""
    descriptor = _OPEN(f"{scratch}/{_BEGUN}", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    _WRITE(descriptor, b".")
    _CLOSE(descriptor)


def cells_begun(scratch: Path) -> int:
    """In the executor: how often the kernel has noted that."""
    try:
        return (scratch / _BEGUN).stat().st_size
    except OSError:
        return 0


class NotedSteps:
    """In the executor: what the kernel has noted, each once."""

    def __init__(self, scratch: Path) -> None:
        """Nothing was read yet."""
        self._path = scratch / _NAME
        self._read = 0

    def new(self) -> Iterator[tuple[str, float]]:
        """(step, when it began on this machine's monotonic clock), as far as written whole."""
        try:
            with plain_file(self._path) as notes:
                notes.seek(self._read)
                data = notes.read(_MOST_BYTES)
        except OSError:
            return
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.decode("ascii", "replace").splitlines():
            at, _, step = line.partition(" ")
            if step in KERNEL and at.replace(".", "", 1).isdigit():
                yield step, float(at)
