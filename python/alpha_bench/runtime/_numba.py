"""The window to numba: loads it without SciPy's linear algebra, which none of our kernels calls and which takes 0.15 s.

While it is imported, numba tries whether ``scipy.linalg.cython_blas`` can be. Here that is not found, by the thread that imports numba
and during that import alone: no other thread sees anything of it. What numba concluded from it is put right afterwards: a function of
the user's own that calls ``np.dot`` makes numba look again, and gets the same BLAS as ever.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from alpha_bench.runtime.progress import report_progress

_ASKED = "scipy.linalg"
_CONCLUDED = "_HAVE_BLAS"


class _NotForUs:
    """Finds no `scipy.linalg` for the thread that made it."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        if name == _ASKED and threading.get_ident() == self._thread:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def _load() -> Any:
    if "numba" in sys.modules or _ASKED in sys.modules or importlib.util.find_spec("scipy") is None:
        return importlib.import_module("numba")
    finder = _NotForUs()
    sys.meta_path.insert(0, finder)
    try:
        numba = importlib.import_module("numba")
        concluded = importlib.import_module("numba.np.arraymath")
    finally:
        sys.meta_path.remove(finder)
    if getattr(concluded, _CONCLUDED, None) is False:
        setattr(concluded, _CONCLUDED, True)
    return numba


if TYPE_CHECKING:
    from numba import njit, types

    carray: Any
    cgutils: Any
    intrinsic: Any
    models: Any
    register_model: Any
else:
    carray, njit, types = (getattr(_load(), name) for name in ("carray", "njit", "types"))
    from numba.core import cgutils, event

    class _Compiling(event.Listener):
        """Hears when a function is compiled, and not when it is loaded from the cache."""

        def on_start(self, found: Any) -> None:
            function = found.data["dispatcher"].py_func
            report_progress(f"compiling {function.__module__.rpartition('.')[2]}.{function.__name__}")

        def on_end(self, found: Any) -> None:
            """Nothing more is reported."""

    event.register("numba:compile", _Compiling())
    from numba.extending import intrinsic, models, register_model

__all__ = ["carray", "cgutils", "intrinsic", "models", "njit", "register_model", "types"]
