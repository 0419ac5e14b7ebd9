"""Time-series operators: per asset, over the last ``window`` sessions, today included.

The first ``window - 1`` sessions, and every window with a missing value in it, are NaN.
"""

from __future__ import annotations

from typing import NoReturn

from alpha_bench.errors import unknown_name
from alpha_bench.expr import Expr, apply

__all__ = ["delta", "lag", "max", "mean", "min", "std", "sum", "var", "zscore"]


def lag(x: object, d: object) -> Expr:
    """``x`` as it was ``d`` sessions ago, ``d >= 0``."""
    return apply("lag", x, d=d)


def delta(x: object, window: object) -> Expr:
    """``x[t] - x[t-window]``."""
    return apply("delta", x, window=window)


def sum(x: object, window: object) -> Expr:  # noqa: A001 - the field's own name
    """Sum."""
    return apply("ts.sum", x, window=window)


def mean(x: object, window: object) -> Expr:
    """Mean."""
    return apply("ts.mean", x, window=window)


def var(x: object, window: object) -> Expr:
    """Variance, ddof=1; ``window >= 2``."""
    return apply("ts.var", x, window=window)


def std(x: object, window: object) -> Expr:
    """Standard deviation, ddof=1; ``window >= 2``."""
    return apply("ts.std", x, window=window)


def zscore(x: object, window: object) -> Expr:
    """``(x - mean) / std`` with ddof=1; NaN where the standard deviation is 0; ``window >= 2``."""
    return apply("ts.zscore", x, window=window)


def min(x: object, window: object) -> Expr:  # noqa: A001 - the field's own name
    """Least value."""
    return apply("ts.min", x, window=window)


def max(x: object, window: object) -> Expr:  # noqa: A001 - the field's own name
    """Greatest value."""
    return apply("ts.max", x, window=window)


def __getattr__(name: str) -> NoReturn:
    raise unknown_name("ts", name, __all__)


def __dir__() -> list[str]:
    return sorted(__all__)
