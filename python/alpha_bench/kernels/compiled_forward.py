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
    {"fwd_log_ret": fwd_log_ret, "triple_barrier": triple_barrier}
)


def run_once(name: str) -> None:
    """Run ``name`` on a few numbers, so that its kernel is compiled."""
    sample = np.arange(1.0, 13.0).reshape(4, 3)
    operands = (sample, sample) if name == "triple_barrier" else (sample,)
    further = {"up": 1.0, "down": 1.0} if name == "triple_barrier" else {}
    FORWARD[name](*operands, horizon=1, delay=0, **further)
