"""Operators within groups: per session, each asset among the assets of its own group that have a finite value.

``groups`` is a classifier (``data.sector``), or a factor whose equal values are a group (``cs.quantile(features.adv(20), 5)``). An
asset without a group has no result. Each gives the shape it takes, (T, N); a row is made from that row alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from alpha_bench.expressions import Expr, ExprLike, answer_calls, apply, unknown_function
from alpha_bench.vocabulary.neutralization import counted, groups_of

__all__ = ["by", "demean", "mean", "neutralize", "rank", "zscore"]


def by(name: str) -> Expr:
    """The groups of a text column of the panel under any name; ``data.rating`` is the same where the panel holds texts, and
    ``data.sector`` and its like always are.

    Formula: the group's number in the panel.
    Missing: where the asset has no group.
    Source: a text column of the long table, as of each date, or of the reference table, one for all sessions.
    Example: group.by("sector")
    """
    return apply("classifier", name=name)


def demean(x: ExprLike, groups: Expr) -> Expr:
    """``x`` less the mean of its group, in the unit of ``x``; 0 for an asset alone. IndNeutralize of the 101 Formulaic Alphas.

    Example: ``group.demean(features.ret(20), data.sector)``
    """
    return apply("group.demean", x, groups_of(groups, "group.demean"))


def zscore(x: ExprLike, groups: Expr) -> Expr:
    """``(x - mean) / std`` with ddof=1 over the group; missing where the group's deviation is 0, as for an asset alone.

    Example: ``group.zscore(features.size(), data.sector)``
    """
    return apply("group.zscore", x, groups_of(groups, "group.zscore"))


def rank(x: ExprLike, groups: Expr) -> Expr:
    """Rank in the group over the group's ``n``: the least is ``1/n``, the greatest 1; ties take their average.

    Example: ``group.rank(features.ret(20), cs.quantile(features.adv(20), 5))``
    """
    return apply("group.rank", x, groups_of(groups, "group.rank"))


def mean(x: ExprLike, groups: Expr) -> Expr:
    """The group's mean, given to each of its assets, also to those without a value: of returns, the sector's.

    Example: ``features.ret(1) - group.mean(features.ret(1), data.sector)``
    """
    return apply("group.mean", x, groups_of(groups, "group.mean"))


def neutralize(
    x: ExprLike, groups: Expr, exposures: Expr | Iterable[Expr] = (), weights: ExprLike | None = None
) -> Expr:
    """The residual of ``x`` on the exposures, fitted by (weighted) least squares in each group apart, in the unit of ``x``.

    Each group has an intercept and slopes of its own; common slopes are :func:`alpha_bench.vocabulary.cs.neutralize`. Without exposures it
    is :func:`demean` (with ``weights``, less the weighted mean). An asset that lacks ``x``, an exposure, its group or a weight above
    0 is left out and has no result; a group of as many assets as parameters has residual 0.

    Raises:
        AlphaBenchError: R45, R46 for groups and exposures that cannot be.
    """
    operands, counts = counted("group.neutralize", exposures, None, weights)
    del counts["groups"]  # it is always there
    return apply("group.neutralize", x, groups_of(groups, "group.neutralize"), *operands, **counts)


answer_calls(globals(), "group", __all__)


def __getattr__(name: str) -> NoReturn:
    raise unknown_function("group", name, __all__)


def __dir__() -> list[str]:
    return sorted(__all__)
