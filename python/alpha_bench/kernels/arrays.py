"""What kernels and their references take and give."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from alpha_bench.runtime import Floats

Operand: TypeAlias = "Floats | float"
Implementation: TypeAlias = Callable[..., Floats]


def finite_or_nan(x: Floats) -> Floats:
    """``x`` with NaN for infinite values: aggregating operators treat both as missing."""
    return np.where(np.isfinite(x), x, np.nan)
