"""A limit to the memory of computed columns: those that do not fit are written to a scratch file and mapped.

A scratch file has no name: it is made in ``ALPHA_BENCH_SCRATCH`` (else the system's directory for temporary files) and unlinked at
once, so it is gone with the process, however that ends. Its pages that are in memory are let go again and again while it is used;
what is in them is in the file. Values, and their bits, are the same as without a limit.

    with limited("500MB"):
        report = evaluate(walk_forward(m), panel)
"""

from __future__ import annotations

import contextlib
import mmap
import os
import re
import tempfile
import threading
import weakref
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import numpy as np

from alpha_bench.errors import CacheError, DefinitionError
from alpha_bench.runtime import Floats, add_part_hook, remove_part_hook

_UNITS = {
    "": 1,
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "kib": 1 << 10,
    "mib": 1 << 20,
    "gib": 1 << 30,
}
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)")
_LEAST = 1 << 20
_EVERY_S = 0.02  # how often pages are let go while nobody asks


def bytes_of(limit: int | str) -> int:
    """``500_000_000``, ``"500MB"``, ``"0.5 GB"``, ``"2GiB"`` as bytes. Raises AlphaBenchError R50 for anything else, or under 1 MiB."""
    found = _SIZE.fullmatch(limit.strip().lower()) if isinstance(limit, str) else None
    if found and found[2] in _UNITS:
        nbytes = int(float(found[1]) * _UNITS[found[2]])
    elif isinstance(limit, int) and not isinstance(limit, bool):
        nbytes = limit
    else:
        nbytes = 0
    if nbytes < _LEAST:
        raise DefinitionError(
            "R50",
            f"a limit of memory is {limit!r}",
            fix='write bytes, or text such as "500MB" or "2GiB"; at least 1MiB',
        )
    return nbytes


class Memory:
    """Where stored values are put: half of ``limit_bytes`` in memory, the others in scratch files; a quarter is for their pages
    that are in memory, a quarter for tiles."""

    def __init__(self, limit_bytes: int, directory: Path | None = None) -> None:
        self.limit_bytes = limit_bytes
        self.directory = directory or Path(os.environ.get("ALPHA_BENCH_SCRATCH") or tempfile.gettempdir())
        self._held = 0
        self._lock = threading.RLock()
        self._maps: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()
        self._before = _mapped_resident() or 0
        self._releaser: threading.Thread | None = None

    @property
    def tile_bytes(self) -> int:
        """What the tiles of all threads may take."""
        return self.limit_bytes // 4

    def empty(self, shape: tuple[int, int]) -> Floats:
        """An array that is not filled yet; in memory while there is room. Raises AlphaBenchError R53 when the disk has none."""
        nbytes = 8 * shape[0] * shape[1]
        with self._lock:
            if nbytes == 0 or self._held + nbytes <= self.limit_bytes // 2:
                self._held += nbytes
                array = np.empty(shape)
                weakref.finalize(array, self._freed, nbytes)
                return array
        return self._mapped(nbytes).reshape(shape)

    def _freed(self, nbytes: int) -> None:
        with self._lock:
            self._held -= nbytes

    def _mapped(self, nbytes: int) -> Floats:
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.directory) as file:
                reserve = getattr(os, "posix_fallocate", None)  # not on macOS
                if reserve is not None:
                    reserve(file.fileno(), 0, nbytes)  # a full disk is an error here, not a signal later
                else:
                    file.truncate(nbytes)
                held = mmap.mmap(file.fileno(), nbytes)
        except OSError as error:
            raise CacheError(
                "R53",
                f"a column of {nbytes:,} bytes does not fit the memory limit of {self.limit_bytes:,}, and {self.directory} "
                f"has no room for it: {error.strerror}",
                fix="free some disk, set ALPHA_BENCH_SCRATCH to another directory, or raise the limit",
            ) from error
        self._watch(held)
        return np.frombuffer(held, dtype=np.float64)

    def watch(self, array: Floats) -> None:
        """Let go the pages of ``array``, too, if it is a view of a mapped file."""
        held: Any = array
        while held is not None and not isinstance(held, mmap.mmap):
            held = held.obj if isinstance(held, memoryview) else getattr(held, "base", None)
        if held is not None:
            self._watch(held)

    def _watch(self, held: mmap.mmap) -> None:
        with self._lock:
            self._maps.add(held)
            if self._releaser is None or not self._releaser.is_alive():
                add_part_hook(self.relax)  # what reads them is cut into parts, nearly always
                self._releaser = threading.Thread(target=self._release_while_used, daemon=True)
                self._releaser.start()

    def relax(self) -> None:
        """Let go the pages of mapped arrays when they take more than their quarter."""
        resident = _mapped_resident()
        if resident is not None and resident - self._before <= self.limit_bytes // 4:
            return
        with self._lock:
            for held in self._maps:
                with contextlib.suppress(ValueError, OSError):  # closed meanwhile, or not to be let go
                    held.madvise(mmap.MADV_DONTNEED)

    def _release_while_used(self) -> None:
        pause = threading.Event()
        try:
            while len(self._maps):
                self.relax()
                pause.wait(_EVERY_S)
        finally:
            remove_part_hook(self.relax)


def _mapped_resident() -> int | None:
    """Bytes of files' pages that are in memory; None where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[2]) * mmap.PAGESIZE
    except OSError:
        return None


_current: ContextVar[Memory | None] = ContextVar("memory", default=None)


@contextlib.contextmanager
def limited(limit: int | str | None) -> Iterator[Memory | None]:
    """Columns that are computed inside take at most ``limit`` of memory (see :func:`bytes_of`); None: no limit of its own.

    Raises:
        AlphaBenchError: R50 for a limit that is none.
    """
    memory = None if limit is None else Memory(bytes_of(limit))
    if memory is None:
        yield current_memory()
        return
    token = _current.set(memory)
    try:
        yield memory
    finally:
        _current.reset(token)


def current_memory() -> Memory | None:
    """The limit that holds here: of :func:`limited`, else a new one of ``ALPHA_BENCH_MEMORY``, else none."""
    asked = os.environ.get("ALPHA_BENCH_MEMORY")
    return _current.get() or (Memory(bytes_of(asked)) if asked else None)
