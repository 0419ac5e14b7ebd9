"""Cross-sectional operators: all assets that have a value, the same session."""

from __future__ import annotations

from alpha_bench.operators.params import Param
from alpha_bench.operators.spec import Kind, Operator, Scope

_KEPT = "An asset without a finite x is not counted and has no result."


def _cross(
    name: str,
    summary: str,
    *,
    formula: str,
    source: str,
    example: str,
    missing: str = _KEPT,
    params: tuple[Param, ...] = (),
    result_kind: Kind = Kind.FACTOR,
) -> Operator:
    return Operator(
        name=name,
        summary=summary,
        scope=Scope.CROSS,
        params=params,
        result_kind=result_kind,
        formula=formula,
        missing=missing,
        source=source,
        example=example,
    )


CROSS: tuple[Operator, ...] = (
    _cross(
        "cs.rank",
        "Rank among the n assets of the session over n: least 1/n, greatest 1; ties take their average.",
        formula="average rank of x / n",
        source="pandas rank(pct=True); rank of Kakushadze (2016), 101 Formulaic Alphas.",
        example="cs.rank(features.ret(20))",
    ),
    _cross(
        "cs.zscore",
        "(x - mean) / std (ddof=1) over the assets of the session; NaN where std is 0.",
        formula="(x - mean(x)) / std(x), std with n - 1",
        missing=f"{_KEPT} Missing for all where the deviation is 0 or n is 1.",
        source="The standard score; Grinold and Kahn (2000), Active Portfolio Management.",
        example="cs.zscore(features.ret(20))",
    ),
    _cross(
        "cs.demean",
        "x less its mean over the assets of the session.",
        formula="x - sum(x) / n",
        source="pandas x.sub(x.mean(axis=1), axis=0).",
        example="cs.demean(features.ret(1))",
    ),
    _cross(
        "cs.mean",
        "Mean over the assets of the session, given to every asset: of returns, the market's (equal weights).",
        formula="sum(x) / n",
        missing="Assets without a finite x are not counted; they too are given the mean. Missing where n is 0.",
        source="pandas x.mean(axis=1).",
        example="cs.mean(features.ret(1))",
    ),
    _cross(
        "cs.std",
        "Standard deviation (ddof=1) over the assets of the session, given to every asset.",
        formula="sqrt(sum((x - mean(x))^2) / (n - 1))",
        missing="Assets without a finite x are not counted; they too are given the deviation. Missing where n is under 2.",
        source="pandas x.std(axis=1).",
        example="cs.std(features.ret(1))",
    ),
    _cross(
        "cs.scale",
        "x over the sum of the absolute values of the session, so that those sum to 1: weights of a long-short book.",
        formula="x / sum(|x|)",
        missing=f"{_KEPT} Missing for all where the sum is 0.",
        source="scale of Kakushadze (2016), 101 Formulaic Alphas, with a = 1.",
        example="cs.scale(cs.demean(features.ret(20)))",
    ),
    _cross(
        "cs.winsorize",
        "x drawn to two limits: its quantiles limit and 1 - limit, or limit deviations (std, or scaled mad) about its centre.",
        params=(
            Param(name="limit", kind="number", between=(0.0, 100.0), default=0.01),
            Param(name="by", kind="text", choices=("quantile", "std", "mad"), default="quantile"),
        ),
        formula="min(max(x, low), high); by quantile: low, high = Q(limit), Q(1 - limit), linear between neighbours; "
        "by std: mean -+ limit * std, std with n - 1; by mad: median -+ limit * 1.4826 * median(|x - median|)",
        source="Tukey (1962), The Future of Data Analysis; quantiles as numpy's default; 1.4826 makes the median absolute "
        "deviation that of a normal distribution, Hampel (1974).",
        example="cs.winsorize(features.ret(1), 0.01)",
    ),
    _cross(
        "cs.gaussianize",
        "The normal score of the rank: the inverse normal distribution at (r - 1/2) / n, ties at their average rank.",
        formula="N^-1((r - 1/2) / n), r = average rank of x",
        source="Hazen's plotting position, as skfolio's CSGaussianRankScaler(scale=False); N^-1 by Wichura (1988), AS 241.",
        example="cs.gaussianize(features.ret(20))",
    ),
    _cross(
        "cs.quantile",
        "The bin, 1 to bins, between quantiles of the session; each bin is closed at its upper edge, so equal values share one.",
        params=(Param(name="bins", kind="count", least=2, most=1000),),
        formula="1 + number of edges Q(k / bins), 0 < k < bins, that are below x; Q is linear between neighbours",
        source="pandas.qcut; where edges coincide, which qcut refuses, the bins between them stay empty.",
        example="cs.quantile(features.adv(20), 5)",
    ),
    _cross(
        "cs.top",
        "Whether x is among the n greatest of the session; ties with the last of them are in too.",
        params=(Param(name="n", kind="count", least=1),),
        result_kind=Kind.FILTER,
        formula="1 if fewer than n assets are greater, else 0",
        missing=f"{_KEPT} With n assets or fewer, all are in.",
        source="pandas nlargest(n, keep='all'). A share of the assets is cs.rank(x) > 0.8.",
        example="cs.top(features.adv(20), 500)",
    ),
    _cross(
        "cs.bottom",
        "Whether x is among the n least of the session; ties with the last of them are in too.",
        params=(Param(name="n", kind="count", least=1),),
        result_kind=Kind.FILTER,
        formula="1 if fewer than n assets are less, else 0",
        missing=f"{_KEPT} With n assets or fewer, all are in.",
        source="pandas nsmallest(n, keep='all'). A share of the assets is cs.rank(x) <= 0.2.",
        example="cs.bottom(features.volatility(20), 100)",
    ),
)
