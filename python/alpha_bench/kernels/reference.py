"""The numpy reference of every operator: short, slow, and the oracle that the compiled kernels are held against."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Operand: TypeAlias = "Floats | float"
Implementation: TypeAlias = Callable[..., Floats]


def finite_or_nan(x: Floats) -> Floats:
    """``x`` with NaN for infinite values: aggregating operators treat both as missing."""
    return np.where(np.isfinite(x), x, np.nan)


def missing_unless_known(result: Operand | NDArray[np.bool_], *operands: Operand) -> Floats:
    """A condition's value as 1.0 or 0.0, and NaN where an operand is missing."""
    unknown: Any = False
    for operand in operands:
        unknown = unknown | np.isnan(operand)
    return np.where(unknown, np.nan, result)


def less(x: Operand, y: Operand) -> Floats:
    return missing_unless_known(np.less(x, y), x, y)


def less_equal(x: Operand, y: Operand) -> Floats:
    return missing_unless_known(np.less_equal(x, y), x, y)


def greater(x: Operand, y: Operand) -> Floats:
    return missing_unless_known(np.greater(x, y), x, y)


def greater_equal(x: Operand, y: Operand) -> Floats:
    return missing_unless_known(np.greater_equal(x, y), x, y)


def both(x: Operand, y: Operand) -> Floats:
    return missing_unless_known(np.minimum(x, y), x, y)


def either(x: Operand, y: Operand) -> Floats:
    return missing_unless_known(np.maximum(x, y), x, y)


def negation(x: Operand) -> Floats:
    return np.subtract(1.0, x)


def logarithm(x: Operand) -> Floats:
    return np.where(np.equal(x, 0), np.nan, np.log(x))


ELEMENTS: Mapping[str, Implementation] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "pow": np.power,
    "lt": less,
    "le": less_equal,
    "gt": greater,
    "ge": greater_equal,
    "and": both,
    "or": either,
    "not": negation,
    "neg": np.negative,
    "abs": np.abs,
    "sign": np.sign,
    "log": logarithm,
    "exp": np.exp,
    "sqrt": np.sqrt,
}


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


def cs_rank(x: Floats) -> Floats:
    out = np.full_like(x, np.nan)
    for row, values in enumerate(x):
        known = np.isfinite(values)
        v = values[known]
        ordered = np.sort(v)
        low, high = np.searchsorted(ordered, v, "left"), np.searchsorted(ordered, v, "right")
        out[row, known] = (low + high + 1) / 2 / max(len(v), 1)
    return out


def cs_demean(x: Floats) -> Floats:
    out = np.full_like(x, np.nan)
    for row, values in enumerate(x):
        known = np.isfinite(values)
        v = values[known]
        out[row, known] = v - (v[:1] + np.mean(v - v[:1]) if len(v) else 0.0)
    return out


def cs_zscore(x: Floats) -> Floats:
    out = np.full_like(x, np.nan)
    for row, centred in enumerate(cs_demean(x)):
        known = np.isfinite(centred)
        v = centred[known]
        std = np.sqrt(np.sum(v**2) / (len(v) - 1)) if len(v) > 1 else 0.0
        out[row, known] = v / std if std > 0 else np.nan
    return out


_FUNCTIONS: Mapping[str, Implementation] = {
    **ELEMENTS,
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
    "cs.rank": cs_rank,
    "cs.demean": cs_demean,
    "cs.zscore": cs_zscore,
}


def _into(function: Implementation) -> Implementation:
    """``function``, which can also write its result into an array that is there already."""

    def run(*operands: Operand, out: Floats | None = None, **params: int) -> Floats:
        result = function(*operands, **params)
        if out is None:
            return result
        out[...] = result
        return out

    return run


REFERENCE: Mapping[str, Implementation] = MappingProxyType({n: _into(f) for n, f in _FUNCTIONS.items()})
