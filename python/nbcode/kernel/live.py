"""The live session of one kernel: names on loading, labels when a cell mentions them, data when a value is asked for."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from pathlib import Path

from nbcode.kernel.place import meta_in_cell, resolve_data, saved_meta
from nbcode.notebook import Meta
from nbcode.primitives import Diagnostic
from nbcode.session import ActiveSession, begin_lazily

_LABEL = re.compile(r"\bfwd_ret_[1-9][0-9]*d\b")


class LiveSession:
    """The names of the clean run in ``namespace``, on the data of the project that holds ``folder``."""

    def __init__(
        self, *, namespace: MutableMapping[str, object], folder: Path, notebook: Path | None
    ) -> None:
        self.namespace = namespace
        self.folder = folder
        self.notebook = notebook
        self.meta = saved_meta(notebook) if notebook is not None else None
        self._active = self._begin()
        if self.meta is not None:
            self._active.label(f"fwd_ret_{self.meta.horizon}")

    def before_cell(self, source: str) -> tuple[Diagnostic, ...]:
        """Make ready for a cell: what its [meta] declares, and the labels that it mentions. Returns what is wrong."""
        found: tuple[Diagnostic, ...] = ()
        reading = meta_in_cell(source)
        if reading is not None:
            found = reading.diagnostics
            if reading.meta is not None:
                self._declare(reading.meta)
        for name in sorted(set(_LABEL.findall(source))):
            if name not in self.namespace:
                self._active.label(name)
        return found

    def close(self) -> None:
        """Take the names back."""
        self._active.close()

    def _declare(self, meta: Meta) -> None:
        before, self.meta = self.meta, meta
        if before is None or (before.data, before.inputs) != (meta.data, meta.inputs):
            labels = [name for name in self._active.names if _LABEL.fullmatch(name)]
            self._active.close()
            self._active = self._begin()
            for name in labels:
                self._active.label(name)
        self._active.label(f"fwd_ret_{meta.horizon}")

    def _begin(self) -> ActiveSession:
        meta = self.meta
        start = self.notebook or self.folder
        names = [name for name, _ in meta.inputs] if meta is not None else []
        return begin_lazily(self.namespace, lambda: resolve_data(start, meta), names)
