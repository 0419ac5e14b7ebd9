"""Cross-sectional operators: all assets that have a value, the same session."""

from __future__ import annotations

from alpha_bench.operators.params import Param
from alpha_bench.operators.spec import Kind, Operator, Reach

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
    gives: Kind = Kind.FACTOR,
) -> Operator:
    return Operator(
        name=name,
        summary=summary,
        reach=Reach.CROSS,
        params=params,
        gives=gives,
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
)
