"""The triple-barrier kernel: each row walks forward until a barrier is touched, for the columns ``[first, last)``."""

from __future__ import annotations

import numpy as np

from alpha_bench.runtime import Floats, njit, types

_READ = types.Array(types.float64, 2, "C", readonly=True)  # writable arrays are taken too
_WRITTEN = types.Array(types.float64, 2, "C")
_COUNT, _REAL = types.int64, types.float64


@njit(
    (_READ, _READ, _WRITTEN, _COUNT, _COUNT, _COUNT, _COUNT, _REAL, _REAL),
    cache=True,
    nogil=True,
    error_model="numpy",
)
def triple_barrier(  # noqa: PLR0917 - numba takes no keywords here
    x: Floats,
    scale: Floats,
    out: Floats,
    first: int,
    last: int,
    horizon: int,
    delay: int,
    up: float,
    down: float,
) -> None:
    """Which barrier ``x`` touches first; see the operator's declaration."""
    rows = x.shape[0]
    # Sessions outside, assets inside: a walk ends at another step for each asset, so nothing here can be vectorised, but what
    # neighbouring assets read then lies side by side and is in the cache already.
    for t in range(rows):
        for j in range(first, last):
            if t + delay + horizon >= rows:
                out[t, j] = np.nan
                continue
            entry = x[t + delay, j]
            width = scale[t, j]
            if not (np.isfinite(entry) and entry > 0.0 and np.isfinite(width)):
                out[t, j] = np.nan
                continue
            touched = 0.0
            for step in range(1, horizon + 1):
                price = x[t + delay + step, j]
                # A session without a price ends the walk as unknown: a barrier may have been touched on it.
                gain = price / entry - 1.0
                if not (np.isfinite(gain) and price > 0.0):
                    touched = np.nan
                elif gain <= -down * width:  # first: where the width is 0 and nothing moved, both are touched
                    touched = -1.0
                elif gain >= up * width:
                    touched = 1.0
                if touched != 0.0:
                    break
            out[t, j] = touched
