"""What the engine runs."""

from __future__ import annotations

from collections.abc import Callable

from alpha_bench.kernels.reference import REFERENCE

COMPILED = dict(REFERENCE)


def warm_up(progress: Callable[[str], None] | None = None) -> None:
    """Compile every kernel to the on-disk cache."""
