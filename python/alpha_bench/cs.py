"""Cross-sectional operators: per session, over the assets that have a value on it."""

from __future__ import annotations

from typing import NoReturn

from alpha_bench.errors import unknown_name
from alpha_bench.expr import Expr, apply

__all__ = ["demean", "mean", "rank", "std", "zscore"]


def rank(x: object) -> Expr:
    """Rank over ``n``: the least is ``1/n``, the greatest 1; ties take their average."""
    return apply("cs.rank", x)


def zscore(x: object) -> Expr:
    """``(x - mean) / std`` with ddof=1; NaN where the standard deviation is 0."""
    return apply("cs.zscore", x)


def demean(x: object) -> Expr:
    """``x`` less the session's mean."""
    return apply("cs.demean", x)


def mean(x: object) -> Expr:
    """The session's mean, given to every asset, also to those without a value: ``cs.mean(features.ret(1))`` is the market's return."""
    return apply("cs.mean", x)


def std(x: object) -> Expr:
    """The session's standard deviation (ddof=1), given to every asset, also to those without a value."""
    return apply("cs.std", x)


def __getattr__(name: str) -> NoReturn:
    raise unknown_name("cs", name, __all__)


def __dir__() -> list[str]:
    return sorted(__all__)
