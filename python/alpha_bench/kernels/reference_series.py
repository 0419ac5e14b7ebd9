"""The numpy references of the time-series operators: every window is looked at anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from alpha_bench.kernels.arrays import Implementation, finite_or_nan
from alpha_bench.kernels.reference_element import logarithm
from alpha_bench.runtime import Floats


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


def priced(x: Floats) -> Floats:
    """``x`` where it is above 0: what is not is no price."""
    return np.where(x > 0.0, x, np.nan)


def ret(x: Floats, *, window: int) -> Floats:
    return priced(x) / shifted(priced(x), window) - 1.0


def log_ret(x: Floats, *, window: int) -> Floats:
    return logarithm(priced(x) / shifted(priced(x), window))


def fwd_ret(x: Floats, *, horizon: int, delay: int) -> Floats:
    return shifted(priced(x), -(delay + horizon)) / shifted(priced(x), -delay) - 1.0


def _windows(statistic: Callable[..., Floats]) -> Implementation:
    """A rolling operator from a statistic over the last axis; every operand is missing where one of them is."""

    def rolling(*operands: Floats, window: int, **params: float) -> Floats:
        known = [finite_or_nan(x) for x in operands]
        out = np.full_like(known[0], np.nan)
        if len(out) >= window:
            windows = [sliding_window_view(x, window, axis=0) for x in known]
            missing = sum(np.isnan(w).any(axis=-1) for w in windows) > 0
            out[window - 1 :] = np.where(missing, np.nan, statistic(*windows, **params))
        return out

    return rolling


def _mean(windows: Floats) -> Floats:
    pivot = windows[..., :1]  # the mean of a constant is then exact
    mean: Floats = pivot[..., 0] + np.mean(windows - pivot, axis=-1)
    return mean


def _away(windows: Floats) -> Floats:
    return windows - _mean(windows)[..., None]


def _sum(windows: Floats) -> Floats:
    total: Floats = np.sum(windows, axis=-1)
    return total


def _var(windows: Floats) -> Floats:
    return _cov(windows, windows)


def _ratio(above: Floats, below: Floats) -> Floats:
    """``above / below``, and NaN where ``below`` is not above zero."""
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)


def _zscore(windows: Floats) -> Floats:
    return _ratio(_away(windows)[..., -1], np.sqrt(_var(windows)))


def _skew(windows: Floats) -> Floats:
    n, d = windows.shape[-1], _away(windows)
    square = _sum(d**2) / n
    skew: Floats = np.sqrt(n * (n - 1.0)) / (n - 2.0) * _ratio(_sum(d**3) / n, square * np.sqrt(square))
    return skew


def _kurt(windows: Floats) -> Floats:
    n, d = windows.shape[-1], _away(windows)
    four = _ratio(_sum(d**4) / n, (_sum(d**2) / n) ** 2)
    kurt: Floats = (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * four - 3.0 * (n - 1.0))
    return kurt


def _quantile(windows: Floats, *, q: float) -> Floats:
    ordered = np.sort(windows, axis=-1)
    place = q * (windows.shape[-1] - 1)
    low = int(place)
    a, b = ordered[..., low], ordered[..., min(low + 1, windows.shape[-1] - 1)]
    between: Floats = a + (b - a) * (place - low)
    return between


def _rank(windows: Floats) -> Floats:
    today = windows[..., -1:]
    # The average rank of those that are equal: as many below, and half of the ties, today itself counted.
    places: Floats = np.sum(windows < today, axis=-1) + (np.sum(windows == today, axis=-1) + 1) / 2
    share: Floats = places / windows.shape[-1]
    return share


def _since(position: Callable[..., Floats]) -> Callable[[Floats], Floats]:
    return lambda windows: windows.shape[-1] - 1.0 - position(windows, axis=-1)


def _cov(x: Floats, y: Floats) -> Floats:
    cov: Floats = _sum(_away(x) * _away(y)) / (x.shape[-1] - 1)
    return cov


def _corr(x: Floats, y: Floats) -> Floats:
    # Rounding may lead past 1 by a bit.
    return np.clip(_ratio(_cov(x, y), np.sqrt(_var(x) * _var(y))), -1.0, 1.0)


def _beta(x: Floats, y: Floats) -> Floats:
    return _ratio(_cov(x, y), _var(y))


def _resid_on(x: Floats, y: Floats) -> Floats:
    rest: Floats = _away(x)[..., -1] - _beta(x, y) * _away(y)[..., -1]
    return rest


def _weighted(windows: Floats, weights: Floats) -> Floats:
    # Distances from today's value: a constant series gives the constant, whatever the rounding of the weights.
    pivot = windows[..., -1:]
    return pivot[..., 0] + _sum((windows - pivot) * weights) / np.sum(weights)


def _ewm(windows: Floats, *, halflife: float) -> Floats:
    ages = np.arange(windows.shape[-1])[::-1]
    return _weighted(windows, 0.5 ** (ages / halflife))


def _decay_linear(windows: Floats) -> Floats:
    return _weighted(windows, np.arange(1.0, windows.shape[-1] + 1))


def _time(windows: Floats) -> Floats:
    return np.broadcast_to(np.arange(float(windows.shape[-1])), windows.shape)


def _slope(windows: Floats) -> Floats:
    return _beta(windows, _time(windows))


def _rsq(windows: Floats) -> Floats:
    return np.minimum(_ratio(_cov(windows, _time(windows)) ** 2, _var(windows) * _var(_time(windows))), 1.0)


def _resid(windows: Floats) -> Floats:
    return _resid_on(windows, _time(windows))


def count(x: Floats, *, window: int) -> Floats:
    out = np.full_like(x, np.nan)
    if len(x) >= window:
        out[window - 1 :] = _sum(sliding_window_view(np.isfinite(x), window, axis=0))
    return out


def backfill(x: Floats, *, limit: int) -> Floats:
    out = known = finite_or_nan(x)
    for age in range(1, min(limit, len(x)) + 1):
        out = np.where(np.isnan(out), shifted(known, age), out)
    return out


SERIES: Mapping[str, Implementation] = {
    "lag": lag,
    "delta": delta,
    "ret": ret,
    "log_ret": log_ret,
    "fwd_ret": fwd_ret,
    "ts.sum": _windows(_sum),
    "ts.product": _windows(lambda w: np.prod(w, axis=-1)),
    "ts.mean": _windows(_mean),
    "ts.ewm": _windows(_ewm),
    "ts.decay_linear": _windows(_decay_linear),
    "ts.var": _windows(_var),
    "ts.std": _windows(lambda w: np.sqrt(_var(w))),
    "ts.zscore": _windows(_zscore),
    "ts.skew": _windows(_skew),
    "ts.kurt": _windows(_kurt),
    "ts.min": _windows(lambda w: np.min(w, axis=-1)),
    "ts.max": _windows(lambda w: np.max(w, axis=-1)),
    "ts.argmin": _windows(_since(np.argmin)),
    "ts.argmax": _windows(_since(np.argmax)),
    "ts.median": _windows(lambda w: _quantile(w, q=0.5)),
    "ts.quantile": _windows(_quantile),
    "ts.rank": _windows(_rank),
    "ts.cov": _windows(_cov),
    "ts.corr": _windows(_corr),
    "ts.beta": _windows(_beta),
    "ts.resid_on": _windows(_resid_on),
    "ts.slope": _windows(_slope),
    "ts.rsq": _windows(_rsq),
    "ts.resid": _windows(_resid),
    "ts.count": count,
    "ts.backfill": backfill,
}
