"""Returns of prices in one pass: dividing, subtracting and looking for what is no price would read the memory three times."""

from __future__ import annotations

import numpy as np

from alpha_bench.runtime import Floats, njit, types

_READ = types.Array(types.float64, 2, "C", readonly=True)  # writable arrays are taken too
_WRITTEN = types.Array(types.float64, 2, "C")


@njit((_READ, _READ, _WRITTEN), cache=True, nogil=True, error_model="numpy")
def price_ratio_less_one(now: Floats, before: Floats, out: Floats) -> None:
    """``now / before - 1`` into ``out``, all (D, N); NaN where one of the two is no price: missing, zero or negative."""
    for t in range(out.shape[0]):
        for j in range(out.shape[1]):
            a, b = now[t, j], before[t, j]
            ratio = a / b - 1.0
            out[t, j] = ratio if (a > 0.0) & (b > 0.0) else np.nan
