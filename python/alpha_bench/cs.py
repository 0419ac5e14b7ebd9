"""Cross-sectional operators: per session, over the assets that have a value on it."""

from __future__ import annotations

from typing import NoReturn

from alpha_bench.errors import unknown_name
from alpha_bench.expr import Expr, apply

__all__ = ["demean", "rank", "zscore"]


def rank(x: object) -> Expr:
    """Rank over ``n``: the least is ``1/n``, the greatest 1; ties take their average."""
    return apply("cs.rank", x)


def zscore(x: object) -> Expr:
    """``(x - mean) / std`` with ddof=1; NaN where the standard deviation is 0."""
    return apply("cs.zscore", x)


def demean(x: object) -> Expr:
    """``x`` less the session's mean."""
    return apply("cs.demean", x)


def __getattr__(name: str) -> NoReturn:
    raise unknown_name("cs", name, __all__)


def __dir__() -> list[str]:
    return sorted(__all__)
