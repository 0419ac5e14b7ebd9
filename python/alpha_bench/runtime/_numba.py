"""The window to numba: loads it without SciPy's linear algebra, which none of our kernels calls and which takes 0.2 s.

While it is imported, numba tries whether ``scipy.linalg.cython_blas`` can be. Here that is not found during that import alone, and
what numba concluded from it is put right afterwards: a function of the user's own that calls ``np.dot`` makes numba look again, and
gets the same BLAS as ever.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import TYPE_CHECKING, Any

_ASKED = "scipy.linalg"
_CONCLUDED = "_HAVE_BLAS"


def _load() -> Any:
    if "numba" in sys.modules or _ASKED in sys.modules or importlib.util.find_spec("scipy") is None:
        return importlib.import_module("numba")
    sys.modules[_ASKED] = None  # type: ignore[assignment]  # Python's own sign for "not to be found"
    try:
        numba = importlib.import_module("numba")
        concluded = importlib.import_module("numba.np.arraymath")
    finally:
        del sys.modules[_ASKED]
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
    from numba.core import cgutils
    from numba.extending import intrinsic, models, register_model

__all__ = ["carray", "cgutils", "intrinsic", "models", "njit", "register_model", "types"]
