"""Published factors written by others: alpha101v's 101 alphas with its own parameters set to this project's conventions, and the
classical factors in plain pandas, from the papers; and panels for both."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from alpha101v import factors, operators

from alpha_bench import data, feature
from alpha_bench.expressions.expr import Expr, apply, walk
from alpha_bench.panel.panel import Panel
from fakes.small_panels import SHARED

ORDERING = {"cs.rank", "ts.rank", "lt", "le", "gt", "ge", "ts.argmax", "ts.argmin", "sign"}
"""Operators whose result jumps where two values are equal, so that rounding decides."""


def nine_digits(x):
    """Rounded: 9 decimals of numbers under 1, 9 digits of larger ones."""
    size = 10.0 ** np.maximum(0, np.floor(np.log10(np.maximum(np.abs(x), 1e-300))))
    return np.round(x / size, 9) * size


@feature(inputs=[data.close], window=1)
def rounded(x):
    return nine_digits(x)


def with_ties(expr: Expr) -> Expr:
    """``expr``, where all that is put in order is rounded before: values that are equal in exact arithmetic are equal."""
    made: dict[Expr, Expr] = {}
    for node in walk((expr,)):
        args = [made[a] for a in node.args]
        if node.op in ORDERING:
            args = [a if a.op in {"field", "const"} or a.kind == "filter" else rounded(a) for a in args]
        made[node] = apply(node.op, *args, **dict(node.params)) if args else node
    return made[expr]


# -- alpha101v -----------------------------------------------------------------------------------------------------


def _both_known(choose: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda left, right: choose(left, right).where(left.notna() & right.notna())


def peer_alphas() -> dict[int, Callable[..., Any]]:
    """alpha101v's functions as they come: ranks from 0 to 1, ddof=0, missing values counted as 0 by decay_linear."""
    return {n: getattr(factors, f"alpha{n}") for n in range(1, 102)}


def peer_alphas_in_our_conventions(*, with_ties: bool) -> dict[int, Callable[..., Any]]:
    """alpha101v's functions over its own operators, each with the parameter that says our convention.

    Ranks are r / n, deviations have ddof=1, nothing missing is filled or skipped. ``with_ties``: what is put in order is rounded
    before, as :func:`with_ties` does.
    """
    names: dict[str, Any] = {
        **vars(factors),
        "rank": functools.partial(operators.rank, normalization="one_over_n"),
        "ts_rank": functools.partial(operators.ts_rank, normalization="one_over_n"),
        "stddev": functools.partial(operators.stddev, ddof=1),
        "covariance": functools.partial(operators.covariance, ddof=1),
        "decay_linear": functools.partial(operators.decay_linear, dense=True),
        "minimum": _both_known(lambda left, right: left.where(left <= right, right)),
        "maximum": _both_known(lambda left, right: left.where(left >= right, right)),
    }
    if with_ties:
        for name in ("rank", "ts_rank", "ts_argmax", "ts_argmin", "sign"):
            names[name] = _of_rounded(names[name])
    for name, value in list(names.items()):
        if isinstance(value, types.FunctionType) and value.__module__ == factors.__name__:
            names[name] = types.FunctionType(
                value.__code__, names, name, value.__defaults__, value.__closure__
            )
    if with_ties:
        for name in ("_lt", "_gt"):
            names[name] = _of_rounded(names[name])
    return {n: names[f"alpha{n}"] for n in range(1, 102)}


def _of_rounded(operator: Callable[..., Any]) -> Callable[..., Any]:
    def of(value: Any) -> Any:
        if not isinstance(value, pd.DataFrame):
            return value
        return pd.DataFrame(nine_digits(value.to_numpy(float)), index=value.index, columns=value.columns)

    return lambda *args: operator(*(of(a) for a in args))


def peer_value(alpha: Callable[..., Any], frames: dict[str, pd.DataFrame]) -> np.ndarray:
    return alpha(**{name: frames[name] for name in inspect.signature(alpha).parameters}).to_numpy(float)


def peer_frames(panel: Panel) -> dict[str, pd.DataFrame]:
    """The panel under alpha101v's names."""
    index, columns = pd.DatetimeIndex(panel.dates), [str(a) for a in panel.assets]

    def frame(values: Any) -> pd.DataFrame:
        return pd.DataFrame(values, index=index, columns=columns)

    named = {name: frame(values) for name, values in panel.fields.items()}
    close = named["close"]
    groups = {"sector": "ind_sector", "industry": "ind_industry", "sub_industry": "ind_subindustry"}
    return {
        **named,
        "Open": named["open"],
        "returns": close.pct_change(fill_method=None),
        "amount": close * named["volume"],
        "cap": close * named["shares_outstanding"],
        **{peer: frame(panel.groups[ours]).astype(int).astype(str) for ours, peer in groups.items()},
    }


# -- panels --------------------------------------------------------------------------------------------------------


def random_market(seed: int = 0, sessions: int = 420, assets: int = 40) -> Panel:
    """Prices, volumes and groups, with holes, names that enter and names that leave."""
    rng = np.random.default_rng(seed)
    shape = (sessions, assets)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, shape), axis=0)) * rng.uniform(0.5, 3, assets)
    opened = close * np.exp(rng.normal(0, 0.01, shape))
    high = np.maximum(opened, close) * np.exp(np.abs(rng.normal(0, 0.01, shape)))
    low = np.minimum(opened, close) * np.exp(-np.abs(rng.normal(0, 0.01, shape)))
    volume = np.round(np.exp(rng.normal(13, 1, shape)))
    missing = rng.random(shape) < 0.002
    missing[:60, :3] = missing[-50:, 3:5] = True
    fields = {"open": opened, "high": high, "low": low, "close": close, "volume": volume}
    fields["vwap"] = (high + low + close) / 3
    fields = {name: np.where(missing, np.nan, values) for name, values in fields.items()}
    fields["shares_outstanding"] = np.broadcast_to(np.exp(rng.normal(18, 1, assets)), shape).copy()
    kinds = {"sector": 4, "industry": 7, "sub_industry": 11}
    return _panel(fields, {name: np.arange(assets) % count for name, count in kinds.items()})


def sp500_part(every: int = 6, sessions: int = 520) -> Panel:
    """Every sixth name of the real panel, its last sessions. vwap is (high + low + close) / 3; the one group that the reference
    has, the sector, stands for the finer ones too."""
    rows = pd.read_parquet(SHARED / "sp500_daily_2013_2018.parquet")
    reference = pd.read_csv(SHARED / "sp500_reference_2018_02_08.csv").set_index("symbol")
    wide = {
        name: rows.pivot(index="date", columns="symbol", values=name).astype(float).iloc[-sessions:, ::every]
        for name in ("open", "high", "low", "close", "volume")
    }
    symbols = wide["close"].columns
    fields = {name: frame.to_numpy() for name, frame in wide.items()}
    fields["vwap"] = (fields["high"] + fields["low"] + fields["close"]) / 3
    shares = (reference["market_cap_usd"] / reference["price_usd"]).reindex(symbols).to_numpy()
    fields["shares_outstanding"] = np.broadcast_to(shares, fields["close"].shape).copy()
    sector = pd.factorize(reference["sector"].reindex(symbols), sort=True)[0]
    return _panel(fields, dict.fromkeys(("sector", "industry", "sub_industry"), sector), list(symbols))


def _panel(fields: dict[str, Any], groups: dict[str, Any], assets: list[str] | None = None) -> Panel:
    sessions, count = fields["close"].shape
    return Panel(
        dates=np.datetime64("2015-01-01") + np.arange(sessions),
        assets=np.array(assets or [f"A{i:03d}" for i in range(count)]),
        fields=MappingProxyType(fields),
        groups=MappingProxyType(
            {n: np.broadcast_to(np.asarray(v, float), (sessions, count)).copy() for n, v in groups.items()}
        ),
    )


# -- the classical factors, in plain pandas ------------------------------------------------------------------------


@functools.cache
def classical_in_pandas(panel: Panel) -> dict[str, np.ndarray]:
    close, volume = pd.DataFrame(panel.fields["close"]), pd.DataFrame(panel.fields["volume"])
    returns = close.pct_change(fill_method=None)
    dollars = close * volume
    found = {
        "momentum_12_1": close.shift(21) / close.shift(252) - 1,
        "reversal": -(close / close.shift(21) - 1),
        "low_volatility": -returns.rolling(21).std(ddof=1),
        "illiquidity": (returns.abs() / dollars).rolling(252).mean() * 1e6,
        "max": -returns.rolling(21).max(),
    }
    made = {name: frame.to_numpy() for name, frame in found.items()}
    made["low_idiosyncratic_volatility"] = -residual_deviation(returns.to_numpy())
    return made


def residual_deviation(returns: np.ndarray, window: int = 21) -> np.ndarray:
    """By a regression a window, as the paper runs it: intercept and market, residuals over n - 2."""
    with np.errstate(all="ignore"):
        market = np.where(
            np.isfinite(returns).any(axis=1),
            np.nansum(returns, axis=1) / np.isfinite(returns).sum(axis=1),
            np.nan,
        )
    out = np.full(returns.shape, np.nan)
    for t in range(window, len(returns)):
        rows = slice(t + 1 - window, t + 1)
        design = np.column_stack([np.ones(window), market[rows]])
        known = np.isfinite(returns[rows]).all(axis=0)
        if not known.any() or not np.isfinite(design).all():
            continue
        _, squares, *_ = np.linalg.lstsq(design, returns[rows][:, known], rcond=None)
        out[t, known] = np.sqrt(squares / (window - 2))
    return out
