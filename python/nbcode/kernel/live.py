"""The live session of one kernel: names on loading, labels when a cell mentions them, data when a value is asked for."""

from __future__ import annotations

import os
import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import TypeAlias

from nbcode.kernel.compiled import give_back, take_kernels
from nbcode.kernel.location import meta_in_cell, resolve_data, saved_meta
from nbcode.namespace import ActiveSession, DataSource, open_session_lazily
from nbcode.notebook import Meta
from nbcode.primitives import Diagnostic, Severity

_LABEL = re.compile(r"\bfwd_ret_[1-9][0-9]*d\b")

Signature: TypeAlias = "tuple[int, int] | None"


class LiveSession:
    """The names of the clean run in ``namespace``, on the data of the project that holds ``folder``."""

    def __init__(
        self, *, namespace: MutableMapping[str, object], folder: Path, notebook: Path | None
    ) -> None:
        self.namespace = namespace
        self.folder = folder
        self.notebook = notebook
        self.meta = saved_meta(notebook) if notebook is not None else None
        self._read_from: dict[Path, Signature] = {}
        self.dataset: str | None = None
        self._took_kernels = False
        self._active = self._begin()
        if self.meta is not None:
            self._active.label(f"fwd_ret_{self.meta.horizon}")

    def before_cell(self, source: str) -> tuple[Diagnostic, ...]:
        """Make ready for a cell: what its [meta] declares, and the labels that it mentions. Returns what is wrong."""
        found = self._follow_the_files()
        reading = meta_in_cell(source)
        if reading is not None:
            found = (*found, *reading.diagnostics)
            if reading.meta is not None:
                self._declare(reading.meta)
        for name in sorted(set(_LABEL.findall(source))):
            if name not in self.namespace:
                self._active.label(name)
        return found

    @property
    def root(self) -> Path:
        """The project's folder: that of the nearest nbcode.toml above the notebook, else the notebook's own."""
        from nbcode.configuration import find_root

        return find_root(self.notebook or self.folder)

    @property
    def bound(self) -> bool:
        """Whether figures are of the data that a clean run reads; not after ``alpha_bench.use(panel)``."""
        return self._active.bound

    @property
    def rebound(self) -> tuple[str, ...]:
        """The platform's names that a cell gave another meaning."""
        return self._active.rebound

    def close(self) -> None:
        """Take the names back."""
        self._active.close()
        if self._took_kernels:
            give_back(os.environ)

    def _declare(self, meta: Meta) -> None:
        before, self.meta = self.meta, meta
        if before is None or (before.data, before.inputs, before.as_of) != (
            meta.data,
            meta.inputs,
            meta.as_of,
        ):
            self._begin_again()
        self._active.label(f"fwd_ret_{meta.horizon}")

    def _begin(self) -> ActiveSession:
        meta = self.meta
        start = self.notebook or self.folder
        names = [name for name, _ in meta.inputs] if meta is not None else []

        def resolve() -> DataSource:
            self._took_kernels = take_kernels(os.environ) or self._took_kernels
            source, files = resolve_data(start, meta)
            self.dataset = None if source.panel_files is None else source.panel_files.name
            self._read_from = {path: signature(path) for path in files}
            return source

        return open_session_lazily(self.namespace, resolve, names)

    def _begin_again(self) -> None:
        labels = [name for name in self._active.names if _LABEL.fullmatch(name)]
        self._active.close()
        self._read_from = {}
        self._active = self._begin()
        for name in labels:
            self._active.label(name)

    def _follow_the_files(self) -> tuple[Diagnostic, ...]:
        """Begin again where a file that was read is another now: the next cell sees what a clean run would."""
        changed = [path.name for path, before in self._read_from.items() if signature(path) != before]
        if not changed:
            return ()
        self._begin_again()
        return (
            Diagnostic(
                code="NBC-E12",
                severity=Severity.NOTE,
                message=f"{', '.join(changed)} changed and is read again",
                cause="a clean run would read it as it is now; values that earlier cells took are those of before",
                fixes=("run the cells that took values again",),
            ),
        )


def signature(path: Path) -> Signature:
    """What changes when a file is written: modification time and size; None where there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
