"""The numpy references of the time-series operators: every window is looked at anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from alpha_bench.kernels.arrays import Floats, Implementation, finite_or_nan
from alpha_bench.kernels.reference_element import logarithm


def shifted(x: Floats, d: int) -> Floats:
    """``x[t-d]``; negative ``d`` looks ahead."""
    out = np.full_like(x, np.nan)
    rows = len(x)
    if d >= 0:
        out[d:] = x[: max(rows - d, 0)]
    else:
        out[: max(rows + d, 0)] = x[-d:]
    return out


def lag(x: Floats, *, d: int) -> Floats:
    return shifted(x, d)


def delta(x: Floats, *, window: int) -> Floats:
    return x - shifted(x, window)


def ret(x: Floats, *, window: int) -> Floats:
    return x / shifted(x, window) - 1.0


def log_ret(x: Floats, *, window: int) -> Floats:
    return logarithm(x / shifted(x, window))


def fwd_ret(x: Floats, *, horizon: int, delay: int) -> Floats:
    return shifted(x, -(delay + horizon)) / shifted(x, -delay) - 1.0


def _windows(statistic: Callable[[Floats], Floats]) -> Implementation:
    """A rolling operator from a statistic over the last axis."""

    def rolling(x: Floats, *, window: int) -> Floats:
        out = np.full_like(x, np.nan)
        if len(x) >= window:
            out[window - 1 :] = statistic(sliding_window_view(finite_or_nan(x), window, axis=0))
        return out

    return rolling


def _mean(windows: Floats) -> Floats:
    pivot = windows[..., :1]  # the mean of a constant is then exact
    mean: Floats = pivot[..., 0] + np.mean(windows - pivot, axis=-1)
    return mean


def _var(windows: Floats) -> Floats:
    total: Floats = np.sum((windows - _mean(windows)[..., None]) ** 2, axis=-1)
    variance: Floats = total / (windows.shape[-1] - 1)
    return variance


def _zscore(windows: Floats) -> Floats:
    std = np.sqrt(_var(windows))
    return np.divide(windows[..., -1] - _mean(windows), std, out=np.full_like(std, np.nan), where=std > 0)


SERIES: Mapping[str, Implementation] = {
    "lag": lag,
    "delta": delta,
    "ret": ret,
    "log_ret": log_ret,
    "fwd_ret": fwd_ret,
    "ts.sum": _windows(lambda w: np.sum(w, axis=-1)),
    "ts.mean": _windows(_mean),
    "ts.var": _windows(_var),
    "ts.std": _windows(lambda w: np.sqrt(_var(w))),
    "ts.zscore": _windows(_zscore),
    "ts.min": _windows(lambda w: np.min(w, axis=-1)),
    "ts.max": _windows(lambda w: np.max(w, axis=-1)),
}
