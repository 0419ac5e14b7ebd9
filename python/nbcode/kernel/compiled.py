"""The compiled kernels that a live kernel takes: those of clean runs, where there are some, so that nobody pays for them twice."""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from pathlib import Path

from nbcode.configuration import cache_home

_VARIABLE = "NUMBA_CACHE_DIR"


def take_kernels(environment: MutableMapping[str, str]) -> bool:
    """Point numba to them by ``environment``, unless another place is set or numba is imported already. Whether it was done."""
    if _VARIABLE in environment or "numba" in sys.modules:
        return False
    from nbcode.run import kernels_of_live

    found = kernels_of_live(cache_home() / "numba", Path(sys.executable))
    if found is not None:
        environment[_VARIABLE] = str(found)
    return found is not None


def give_back(environment: MutableMapping[str, str]) -> None:
    """Take away what :func:`take_kernels` set."""
    environment.pop(_VARIABLE, None)
