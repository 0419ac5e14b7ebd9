"""Time-series operators against independent implementations: pandas, numpy's least squares, alpha101v, bottleneck."""

from __future__ import annotations

from collections.abc import Callable

import alpha101v
import bottleneck
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from pandas.core.window.rolling import Rolling

from alpha_bench.kernels import COMPILED
from fakes import sp500

Floats = NDArray[np.float64]
Panda = Callable[[Rolling, pd.DataFrame, int], pd.DataFrame]
WINDOWS = [5, 20, 63]

# What pandas calls it, and how far apart the two may be on daily returns and their like (numbers about 1).
PANDAS: dict[str, tuple[Panda, float]] = {
    "ts.sum": (lambda r, _y, _w: r.sum(), 1e-12),
    "ts.product": (lambda r, _y, _w: r.apply(np.prod, raw=True), 1e-12),
    "ts.mean": (lambda r, _y, _w: r.mean(), 1e-13),
    "ts.var": (lambda r, _y, _w: r.var(), 1e-12),
    "ts.std": (lambda r, _y, _w: r.std(), 1e-12),
    "ts.skew": (lambda r, _y, _w: r.skew(), 1e-9),
    "ts.kurt": (lambda r, _y, _w: r.kurt(), 1e-7),
    "ts.min": (lambda r, _y, _w: r.min(), 0.0),
    "ts.max": (lambda r, _y, _w: r.max(), 0.0),
    "ts.argmin": (lambda r, _y, w: w - 1 - r.apply(np.argmin, raw=True), 0.0),
    "ts.argmax": (lambda r, _y, w: w - 1 - r.apply(np.argmax, raw=True), 0.0),
    "ts.median": (lambda r, _y, _w: r.median(), 1e-15),
    "ts.rank": (lambda r, _y, _w: r.rank(pct=True), 1e-15),
    "ts.cov": (lambda r, y, _w: r.cov(y), 1e-12),
    "ts.corr": (lambda r, y, _w: r.corr(y), 1e-11),
    "ts.count": (lambda r, _y, w: r.obj.notna().rolling(w).sum(), 0.0),
}


def returns(seed: int, rows: int = 160, columns: int = 6) -> Floats:
    """Numbers about 1 with fat tails, ties and holes."""
    rng = np.random.default_rng(seed)
    x = np.round(rng.standard_t(4, (rows, columns)), 3)
    x[rng.random(x.shape) < 0.01] = np.nan
    return x


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("name", PANDAS)
def test_rolling_operators_agree_with_pandas(name: str, window: int) -> None:
    x, y = returns(1), returns(2)
    x[np.isnan(y)] = np.nan
    y[np.isnan(x)] = np.nan  # where one is missing, pandas' corr and cov look at fewer sessions of the other
    theirs, tolerance = PANDAS[name]
    operands = (x, y) if name in {"ts.cov", "ts.corr"} else (x,)
    expected = theirs(pd.DataFrame(x).rolling(window), pd.DataFrame(y), window).to_numpy()
    np.testing.assert_allclose(COMPILED[name](*operands, window=window), expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("q", [0.0, 0.05, 0.5, 0.77, 1.0])
def test_quantiles_agree_with_pandas(window: int, q: float) -> None:
    x = returns(3)
    expected = pd.DataFrame(x).rolling(window).quantile(q).to_numpy()
    np.testing.assert_allclose(COMPILED["ts.quantile"](x, window=window, q=q), expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize("limit", [1, 3, 200])
def test_backfill_agrees_with_pandas_ffill(limit: int) -> None:
    x = returns(4)
    x[np.random.default_rng(0).random(x.shape) < 0.6] = np.nan
    expected = pd.DataFrame(x).ffill(limit=limit).to_numpy()
    assert np.array_equal(COMPILED["ts.backfill"](x, limit=limit), expected, equal_nan=True)


@pytest.mark.parametrize("halflife", [0.5, 3.0, 40.0])
def test_ewm_is_pandas_ewm_of_the_window_alone(halflife: float) -> None:
    x = np.nan_to_num(returns(5, rows=90))
    ours = COMPILED["ts.ewm"](x, window=20, halflife=halflife)
    theirs = [
        pd.DataFrame(x[t - 19 : t + 1]).ewm(halflife=halflife).mean().iloc[-1] for t in range(19, len(x))
    ]
    np.testing.assert_allclose(ours[19:], theirs, rtol=0, atol=1e-13)


def test_linear_weights_are_numpys_average() -> None:
    x = np.nan_to_num(returns(6))
    weights = np.arange(1.0, 21.0)
    theirs = [np.average(x[t - 19 : t + 1], axis=0, weights=weights) for t in range(19, len(x))]
    np.testing.assert_allclose(COMPILED["ts.decay_linear"](x, window=20)[19:], theirs, rtol=0, atol=1e-13)


@pytest.mark.parametrize("on_time", [True, False])
def test_regressions_are_numpys_least_squares(on_time: bool) -> None:
    w, x = 20, np.nan_to_num(returns(7))
    y = np.tile(np.arange(float(len(x)))[:, None], x.shape[1]) if on_time else np.nan_to_num(returns(8))
    slope, resid, fit = (np.full(x.shape, np.nan) for _ in range(3))
    for t in range(w - 1, len(x)):
        for j in range(x.shape[1]):
            design = np.column_stack([y[t - w + 1 : t + 1, j], np.ones(w)])
            past = x[t - w + 1 : t + 1, j]
            found = np.linalg.lstsq(design, past, rcond=None)[0]
            rest = past - design @ found
            slope[t, j], resid[t, j] = found[0], rest[-1]
            fit[t, j] = 1 - rest @ rest / ((past - past.mean()) @ (past - past.mean()))
    names = ("ts.slope", "ts.resid", "ts.rsq") if on_time else ("ts.beta", "ts.resid_on", None)
    operands = (x,) if on_time else (x, y)
    for name, expected in zip(names, (slope, resid, fit), strict=True):
        if name is not None:
            np.testing.assert_allclose(COMPILED[name](*operands, window=w), expected, rtol=0, atol=1e-11)
    if not on_time:
        np.testing.assert_allclose(COMPILED["ts.corr"](x, y, window=w) ** 2, fit, rtol=0, atol=1e-12)


def test_the_operators_of_the_101_alphas_agree_with_alpha101v() -> None:
    """With each convention turned into ours: ranks over n, ddof=1, days ago, the greatest weight today."""
    w = 10
    x, y = (pd.DataFrame(np.nan_to_num(returns(seed))) for seed in (9, 10))
    a, b = (np.ascontiguousarray(v.to_numpy()) for v in (x, y))
    theirs = {
        "ts.argmax": alpha101v.ts_argmax(x, w),
        "ts.argmin": alpha101v.ts_argmin(x, w),
        "ts.rank": (alpha101v.ts_rank(x, w) * (w - 1) + 1) / w,
        "ts.decay_linear": alpha101v.decay_linear(x, w),
        "ts.std": alpha101v.stddev(x, w, ddof=1),
        "ts.product": alpha101v.product(x, w),
    }
    for name, expected in theirs.items():
        np.testing.assert_allclose(COMPILED[name](a, window=w), expected.to_numpy(), rtol=0, atol=1e-10)
    np.testing.assert_allclose(
        COMPILED["ts.corr"](a, b, window=w), alpha101v.correlation(x, y, w).to_numpy(), rtol=0, atol=1e-10
    )
    np.testing.assert_allclose(
        COMPILED["ts.cov"](a, b, window=w),
        alpha101v.covariance(x, y, w, ddof=1).to_numpy(),
        rtol=0,
        atol=1e-10,
    )
    np.testing.assert_allclose(
        COMPILED["signed_power"](a, 2.0), alpha101v.signedpower(x, 2.0).to_numpy(), rtol=1e-15
    )


def test_qlibs_idxmax_is_window_less_argmax() -> None:
    """qlib's IdxMax is ``rolling(N).apply(lambda x: x.argmax() + 1)``: the oldest session is 1."""
    x = np.nan_to_num(returns(11))
    theirs = pd.DataFrame(x).rolling(20).apply(lambda v: v.argmax() + 1, raw=True).to_numpy()
    assert np.array_equal(20 - COMPILED["ts.argmax"](x, window=20), theirs, equal_nan=True)


@pytest.mark.parametrize(
    ("name", "theirs", "off"),
    [
        ("ts.std", bottleneck.move_std, 0.5),
        ("ts.var", bottleneck.move_var, 0.5),
        ("ts.mean", bottleneck.move_mean, 1e-6),
    ],
)
def test_after_a_spike_bottleneck_is_wrong_and_these_are_right(
    name: str, theirs: Callable[..., Floats], off: float
) -> None:
    """bottleneck adds what comes and subtracts what goes: what the spike's rounding took away never comes back."""
    x = 1e-3 * np.random.default_rng(12).normal(size=(300, 3))
    spiked = x.copy()
    spiked[100] = 1e8
    more = {} if name == "ts.mean" else {"ddof": 1}
    clean, ours = (COMPILED[name](v, window=20)[120:] for v in (x, spiked))
    others, before = (theirs(v, 20, axis=0, **more) for v in (spiked, x))
    assert np.array_equal(ours, clean)
    np.testing.assert_allclose(
        before[19:], COMPILED[name](x, window=20)[19:], rtol=1e-6, atol=1e-12
    )  # they agree
    wrong = np.abs(others[120:] - clean) / np.abs(clean)
    assert np.median(wrong) > off


@sp500.needs_sp500
@pytest.mark.parametrize("name", [n for n in PANDAS if n not in {"ts.product", "ts.argmin", "ts.argmax"}])
def test_on_the_real_panel_they_agree_with_pandas_too(name: str) -> None:
    """Returns and changes of volume of 40 names with entries, splits and missing sessions; relative to their own size."""
    close, volume = (sp500.panel().fields[n][:, ::13][:, :40] for n in ("close", "volume"))
    with np.errstate(all="ignore"):
        x, y = close[1:] / close[:-1] - 1, np.log(volume[1:] / volume[:-1])
    x, y = (np.where(np.isfinite(x) & np.isfinite(y), v, np.nan) for v in (x, y))
    operands = (x, y) if name in {"ts.cov", "ts.corr"} else (x,)
    expected = PANDAS[name][0](pd.DataFrame(x).rolling(63), pd.DataFrame(y), 63).to_numpy()
    ours = COMPILED[name](*operands, window=63)
    assert np.isfinite(ours).mean() > 0.9
    np.testing.assert_allclose(ours, expected, rtol=1e-8, atol=1e-10 * np.nanmax(np.abs(expected)))
