"""The numpy references of the labels: the only operators that look ahead."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from alpha_bench.kernels.arrays import Implementation
from alpha_bench.kernels.reference_element import logarithm
from alpha_bench.kernels.reference_series import priced, shifted
from alpha_bench.runtime import Floats


def fwd_log_ret(x: Floats, *, horizon: int, delay: int) -> Floats:
    return logarithm(shifted(priced(x), -(delay + horizon)) / shifted(priced(x), -delay))


def triple_barrier(x: Floats, scale: Floats, *, horizon: int, delay: int, up: float, down: float) -> Floats:
    x = priced(x)
    entry = shifted(x, -delay)
    out = np.where(np.isfinite(scale) & np.isfinite(entry), 0.0, np.nan)
    for step in range(1, horizon + 1):
        gain = shifted(x, -(delay + step)) / entry - 1.0
        # It counts only where no barrier was touched before; a session without a price leaves it unknown which one would have been.
        touched = np.where(gain <= -down * scale, -1.0, np.where(gain >= up * scale, 1.0, 0.0))
        touched[~np.isfinite(gain)] = np.nan
        out = np.where(out == 0.0, touched, out)
    # Without a whole horizon ahead even a barrier that was touched is no label: which ones are known would depend on the outcome.
    out[max(len(x) - horizon - delay, 0) :] = np.nan
    return out


def fwd_ret_delisted(x: Floats, delisting: Floats, *, horizon: int, delay: int) -> Floats:
    x = priced(x)
    out = np.full(x.shape, np.nan)
    for t in range(len(x) - horizon - delay):
        for j in range(x.shape[1]):
            path = x[t + delay : t + delay + horizon + 1, j]
            if np.isfinite(path[0]):
                last = int(np.flatnonzero(np.isfinite(path))[-1])
                whole = last == horizon
                out[t, j] = (
                    path[last] * (1.0 if whole else 1.0 + delisting[t + delay + last, j]) / path[0] - 1.0
                )
    return out


FORWARD: Mapping[str, Implementation] = {
    "fwd_ret_delisted": fwd_ret_delisted,
    "fwd_log_ret": fwd_log_ret,
    "triple_barrier": triple_barrier,
}
