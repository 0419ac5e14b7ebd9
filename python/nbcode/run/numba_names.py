"""Where numba looks for compiled kernels. A kept cache does not hang on where the sources are; numba's own names do."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path


def numba_folder(sources: Path) -> str:
    """The name of a directory of sources in a cache of one's own; SHA-1 is numba's choice, and only a name."""
    return f"{sources.name}_{hashlib.sha1(str(sources).encode(), usedforsecurity=False).hexdigest()}"


def place_kernels(kept: Path, cache: Path, packages: Path) -> None:
    """Copy the kernels in ``kept``, which lie as their sources do below ``packages``, to where numba looks in ``cache``."""
    for kernel in kept.rglob("*.nb[ic]"):
        target = cache / numba_folder(packages / kernel.parent.relative_to(kept))
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(kernel, target / kernel.name)


def place_beside(kept: Path, packages: Path) -> None:
    """Copy the kernels in ``kept`` to where numba looks beside the sources: for live kernels of this installation."""
    for kernel in kept.rglob("*.nb[ic]"):
        target = packages / kernel.parent.relative_to(kept) / "__pycache__"
        target.mkdir(exist_ok=True)
        (target / kernel.name).unlink(missing_ok=True)
        shutil.copyfile(kernel, target / kernel.name)
