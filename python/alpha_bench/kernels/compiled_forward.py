"""Labels as the engine runs them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from alpha_bench.kernels.arrays import Implementation
from alpha_bench.kernels.compiled_series import log_ratio, of_prices, shifting
from alpha_bench.runtime import Floats, in_pieces

_WIDTH = 64  # columns in one piece: the rows that a walk touches stay in the first-level cache


def fwd_log_ret(x: Floats, *, horizon: int, delay: int, out: Floats | None = None) -> Floats:
    return shifting(of_prices(log_ratio), horizon + delay, horizon, x, out)


def fwd_ret_delisted(
    x: Floats, delisting: Floats, *, horizon: int, delay: int, out: Floats | None = None
) -> Floats:
    """Whole arrays, a session of the way after the other: only where prices end it differs from ``fwd_ret``."""
    made = np.empty(x.shape) if out is None else out
    made[:] = np.nan
    rows = len(x) - horizon - delay
    if rows <= 0:
        return made
    with np.errstate(all="ignore"):
        entry = np.where(x[delay : delay + rows] > 0.0, x[delay : delay + rows], np.nan)
        last, final = entry.copy(), delisting[delay : delay + rows].copy()
        for step in range(delay + 1, delay + horizon):
            now = x[step : step + rows]
            known = np.isfinite(now) & (now > 0.0)
            np.copyto(last, now, where=known)
            np.copyto(final, delisting[step : step + rows], where=known)
        end = x[delay + horizon : delay + horizon + rows]
        whole = np.isfinite(end) & (end > 0.0)
        made[:rows] = np.where(whole, end, last * (1.0 + final)) / entry - 1.0
    made[:rows][~np.isfinite(entry)] = np.nan
    return made


def triple_barrier(
    x: Floats,
    scale: Floats,
    *,
    horizon: int,
    delay: int,
    up: float,
    down: float,
    out: Floats | None = None,
) -> Floats:
    from alpha_bench.kernels import barriers

    # Cut by assets, not by sessions: a walk reads sessions to come, which a cut by sessions would read in two pieces.
    made = np.empty(x.shape) if out is None else out

    def piece(first: int, last: int) -> None:
        barriers.triple_barrier(x, scale, made, first, last, horizon, delay, up, down)

    in_pieces(piece, x.shape[1], _WIDTH, x.size)
    return made


FORWARD: Mapping[str, Implementation] = MappingProxyType(
    {"fwd_ret_delisted": fwd_ret_delisted, "fwd_log_ret": fwd_log_ret, "triple_barrier": triple_barrier}
)


def run_once(name: str) -> None:
    """Run ``name`` on a few numbers, so that its kernel is compiled."""
    sample = np.arange(1.0, 13.0).reshape(4, 3)
    operands = (sample,) if name == "fwd_log_ret" else (sample, sample)
    further = {"up": 1.0, "down": 1.0} if name == "triple_barrier" else {}
    FORWARD[name](*operands, horizon=1, delay=0, **further)
