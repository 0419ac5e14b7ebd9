"""Inside the kernel: what cells may change of the process, and what writes the result must find as it was.

A cell that sets a low recursion limit or replaces ``open`` does so for the cells after it. Once they have run, what is written of
them is nbcode's work, and is done in the process as it was before them.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

_MODULES = ("builtins", "codecs", "io", "json", "os", "pathlib", "posixpath", "shutil", "tempfile", "numpy")
_MISSING = object()


class Settings:
    """The process before the first cell."""

    def __init__(self) -> None:
        self._recursion = sys.getrecursionlimit()
        self._streams = (sys.stdout, sys.stderr)
        self._names: list[tuple[ModuleType, dict[str, Any]]] = [
            (sys.modules[name], dict(vars(sys.modules[name]))) for name in _MODULES if name in sys.modules
        ]

    def restore(self) -> None:
        """After the last cell, before anything is written."""
        sys.setrecursionlimit(max(self._recursion, sys.getrecursionlimit()))
        sys.stdout, sys.stderr = self._streams
        for module, names in self._names:
            now = vars(module)
            for name, value in names.items():
                if now.get(name, _MISSING) is not value:
                    now[name] = value
