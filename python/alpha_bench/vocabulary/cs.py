"""Cross-sectional operators: per session, over the assets that have a finite value on it.

Each takes a factor, (T, N), and gives one of the same shape; a row is made from that row alone. In a model with a universe the
assets are those of the universe. What a missing value does is said of each.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from alpha_bench.errors import DefinitionError
from alpha_bench.expressions import Expr, ExprLike, answer_calls, apply, unknown_function
from alpha_bench.vocabulary.neutralization import counted

__all__ = [
    "bottom",
    "demean",
    "gaussianize",
    "mean",
    "neutralize",
    "quantile",
    "rank",
    "scale",
    "std",
    "top",
    "winsorize",
    "zscore",
]


def rank(x: ExprLike) -> Expr:
    """Rank over ``n``: the least is ``1/n``, the greatest 1; ties take their average. No unit; missing where ``x`` is.

    Example: ``cs.rank(features.ret(20))``
    """
    return apply("cs.rank", x)


def zscore(x: ExprLike) -> Expr:
    """``(x - mean) / std`` with ddof=1, in deviations; missing where ``x`` is, and for all where the deviation is 0.

    Example: ``cs.zscore(features.ret(20))``
    """
    return apply("cs.zscore", x)


def demean(x: ExprLike) -> Expr:
    """``x`` less the session's mean, in the unit of ``x``; missing where ``x`` is.

    Example: ``cs.demean(features.ret(1))`` is the return in excess of the market's.
    """
    return apply("cs.demean", x)


def mean(x: ExprLike) -> Expr:
    """The session's mean, given to every asset, also to those without a value: ``cs.mean(features.ret(1))`` is the market's return."""
    return apply("cs.mean", x)


def std(x: ExprLike) -> Expr:
    """The session's standard deviation (ddof=1), given to every asset, also to those without a value.

    Example: ``cs.std(features.ret(1))`` is the session's dispersion.
    """
    return apply("cs.std", x)


def scale(x: ExprLike) -> Expr:
    """``x / sum(|x|)``: absolute values sum to 1. Missing where ``x`` is, and for all where the sum is 0.

    ``cs.scale(cs.demean(x))`` is a long-short book of gross exposure 1. Scale of Kakushadze (2016), 101 Formulaic Alphas.
    """
    return apply("cs.scale", x)


def winsorize(x: ExprLike, limit: float = 0.01, by: str = "quantile") -> Expr:
    """``x`` drawn to two limits, in the unit of ``x``; missing where ``x`` is.

    Args:
        x: a factor.
        limit: by quantile, the share cut on each side, 0 to 0.5 (exclusive); else how many deviations are let stand.
        by: ``"quantile"``: quantiles ``limit`` and ``1 - limit`` of the session, linear between neighbours as numpy's; ``"std"``:
            about the mean, standard deviations (ddof=1); ``"mad"``: about the median, 1.4826 median absolute deviations, which
            a single outlier cannot move.

    The limits are of that session alone; in-fold limits over time are a step of the estimator.

    Example: ``cs.winsorize(features.ret(1), 0.01)``, ``cs.winsorize(x, 3, by="mad")``

    Raises:
        AlphaBenchError: R01 for another ``by``; R44 for a limit out of range.
    """
    made = apply("cs.winsorize", x, limit=limit, by=by)
    params = dict(made.params)
    if params["by"] == "quantile" and float(params["limit"]) >= 0.5:
        raise DefinitionError(
            "R44",
            f"cs.winsorize cuts {float(params['limit']):g} of the assets on each side: nothing is left",
            fix='cut less than 0.5, such as 0.01; or count deviations: limit=3, by="std"',
        )
    return made


def gaussianize(x: ExprLike) -> Expr:
    """The normal score of the rank: ``N^-1((r - 1/2) / n)``, ties at their average rank; missing where ``x`` is.

    Symmetric about 0, in standard deviations of a normal distribution; its own deviation is a little under 1, and
    ``cs.zscore(cs.gaussianize(x))`` is skfolio's ``CSGaussianRankScaler``.
    """
    return apply("cs.gaussianize", x)


def quantile(x: ExprLike, bins: int) -> Expr:
    """The bin between the session's quantiles, 1 (least) to ``bins``, as ``pandas.qcut``; missing where ``x`` is.

    A bin holds its upper edge. Equal values share a bin, so bins may be uneven or empty where there are ties. The bins are
    groups too: ``group.demean(x, cs.quantile(features.adv(20), 10))``.
    """
    return apply("cs.quantile", x, bins=bins)


def top(x: ExprLike, n: int) -> Expr:
    """A filter: whether ``x`` is among the ``n`` greatest of the session; unknown where ``x`` is missing.

    Whoever equals the n-th is in too, so the order of the assets decides nothing. A share is written ``cs.rank(x) > 0.8``.

    Example: ``universe=cs.top(features.adv(20), 500)``
    """
    return apply("cs.top", x, n=n)


def bottom(x: ExprLike, n: int) -> Expr:
    """A filter: whether ``x`` is among the ``n`` least of the session; unknown where ``x`` is missing. Ties as in :func:`top`.

    Example: ``cs.bottom(features.volatility(60), 100)``
    """
    return apply("cs.bottom", x, n=n)


def neutralize(
    x: ExprLike,
    exposures: Expr | Iterable[Expr] = (),
    groups: Expr | None = None,
    weights: ExprLike | None = None,
) -> Expr:
    """The residual of the session's (weighted) least squares fit of ``x`` on exposures and groups, in the unit of ``x``.

    ``x - (a_g + b . exposures)``: an intercept for each group and common slopes; without groups, one intercept. Slopes that differ
    by group are :func:`alpha_bench.vocabulary.group.neutralize`.

    Args:
        x: a factor.
        exposures: a factor, or a list of up to 50. One that is a combination of others on a session changes nothing.
        groups: a classifier such as ``data.sector``, or a factor whose equal values are a group.
        weights: a factor; the fit minimises ``sum(w * residual^2)``. ``features.size().exp().sqrt()`` weighs by the root of value.

    An asset that lacks ``x``, an exposure, its group, or a weight above 0 is left out and has no result.

    Example: ``neutralize(features.mom_12_1(), exposures=[features.size(), features.beta(252)], groups=data.sector)``

    Raises:
        AlphaBenchError: R45, R46 for groups and exposures that cannot be; R47 when there is neither.
    """
    operands, counts = counted("neutralize", exposures, groups, weights)
    if not counts["exposures"] and not counts["groups"]:
        raise DefinitionError(
            "R47",
            "neutralize has nothing to neutralize to",
            fix="give exposures=[...] or groups=data.sector; less the mean alone is cs.demean(x)",
        )
    return apply("cs.neutralize", x, *operands, **counts)


answer_calls(globals(), "cs", __all__)


def __getattr__(name: str) -> NoReturn:
    raise unknown_function("cs", name, __all__)


def __dir__() -> list[str]:
    return sorted(__all__)
