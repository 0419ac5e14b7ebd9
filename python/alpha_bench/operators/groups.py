"""Operators within groups, and least squares residuals: the same session, the assets that have every value it takes."""

from __future__ import annotations

from alpha_bench.operators.params import Param
from alpha_bench.operators.spec import Kind, Operator, Scope

_MOST_EXPOSURES = 50
_KEPT = "An asset without a finite x, or without a group, is not counted and has no result."
_OPTIONAL_WEIGHTS = Param(name="weights", kind="count", most=1, default=0)
_EXPOSURES = Param(name="exposures", kind="count", most=_MOST_EXPOSURES, default=0)
_COMPLETE = (
    "An asset that lacks x, an exposure, its group or a weight above 0 is left out of the fit and has no result. Collinear, "
    "constant and missing exposures of a session, and groups without assets, change nothing; where as many parameters as assets "
    "are fitted the residual is 0."
)


def _within(name: str, summary: str, *, formula: str, source: str, missing: str = _KEPT) -> Operator:
    return Operator(
        name=name,
        summary=summary,
        scope=Scope.CROSS,
        arguments=("x", "groups"),
        operand_kinds={"groups": Kind.CLASSIFIER},
        formula=formula,
        missing=missing,
        source=source,
        example=f"{name}(features.ret(20), data.sector)",
    )


GROUPS: tuple[Operator, ...] = (
    _within(
        "group.demean",
        "x less the mean of its group; an asset alone in its group has 0.",
        formula="x - mean of x over the group",
        source="IndNeutralize of Kakushadze (2016), 101 Formulaic Alphas; WorldQuant group_neutralize.",
    ),
    _within(
        "group.zscore",
        "(x - mean) / std (ddof=1) over the asset's group.",
        formula="(x - mean(x)) / std(x) over the group, std with n - 1",
        missing=f"{_KEPT} Missing where the group's deviation is 0, as that of an asset alone is.",
        source="WorldQuant group_zscore; pandas groupby.transform.",
    ),
    _within(
        "group.rank",
        "Rank among the n assets of the group over n: least 1/n, greatest 1; ties take their average; alone, 1.",
        formula="average rank of x in the group / n of the group",
        source="pandas groupby.rank(pct=True); WorldQuant group_rank.",
    ),
    _within(
        "group.mean",
        "Mean of the group, given to each of its assets.",
        formula="mean of x over the group",
        missing="Assets without a finite x are not counted; they too are given their group's mean. Missing without a group, and "
        "where the group has no finite x.",
        source="pandas groupby.transform('mean'); WorldQuant group_mean.",
    ),
    Operator(
        name="group.neutralize",
        summary="Residual of x on the exposures, fitted in each group apart: intercept and slopes of its own.",
        scope=Scope.CROSS,
        arguments=("x", "groups", "exposures", "weights"),
        counted=("exposures", "weights"),
        operand_kinds={"groups": Kind.CLASSIFIER},
        params=(_EXPOSURES, _OPTIONAL_WEIGHTS),
        formula="x - (a_g + b_g . exposures), a_g and b_g by least squares over the group, weighted by weights",
        missing=_COMPLETE,
        source="Ordinary and weighted least squares; without exposures it is group.demean, WorldQuant's group_neutralize.",
        example="group.neutralize(features.ret(20), data.sector, exposures=[features.volatility(60)])",
    ),
    Operator(
        name="cs.neutralize",
        summary="Residual of x on exposures and groups by the session's least squares: intercepts of the groups, common slopes.",
        scope=Scope.CROSS,
        arguments=("x", "exposures", "groups", "weights"),
        counted=("exposures", "groups", "weights"),
        operand_kinds={"groups": Kind.CLASSIFIER},
        params=(_EXPOSURES, Param(name="groups", kind="count", most=1, default=0), _OPTIONAL_WEIGHTS),
        formula="x - (a_g + b . exposures), a_g and b by least squares over the session, weighted by weights; one a without groups",
        missing=_COMPLETE,
        source="Cross-sectional regression, Grinold and Kahn (2000), Active Portfolio Management; dummies by Frisch and Waugh (1933).",
        example="neutralize(features.ret(20), exposures=[features.volatility(60)], groups=data.sector)",
    ),
)
