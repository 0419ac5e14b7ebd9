"""Cross-sectional operators as the engine runs them: one kernel call a run of sessions, on all cores."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from alpha_bench.kernels.arrays import Floats, Implementation
from alpha_bench.kernels.pieces import in_pieces

_SESSIONS = 64  # in one piece


def _cross(kernel: str, *how: int) -> Implementation:
    """An operator of one array and no parameter."""

    def run(x: Floats, *, out: Floats | None = None) -> Floats:
        from alpha_bench.kernels import cross

        call: Any = getattr(cross, kernel)
        made = np.empty(x.shape) if out is None else out
        in_pieces(lambda first, last: call(x, made, first, last, *how), len(x), _SESSIONS, x.size)
        return made

    return run


CROSS: Mapping[str, Implementation] = MappingProxyType(
    {
        "cs.rank": _cross("rank"),
        "cs.demean": _cross("centre", 0),
        "cs.zscore": _cross("centre", 1),
        "cs.mean": _cross("centre", 2),
        "cs.std": _cross("centre", 3),
    }
)


def run_once(name: str) -> None:
    """Run the kernel ``name`` on a few numbers, so that it is compiled."""
    CROSS[name](np.arange(12.0).reshape(4, 3))
