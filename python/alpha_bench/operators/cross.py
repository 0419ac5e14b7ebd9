"""Cross-sectional operators: all assets that have a value, the same session."""

from __future__ import annotations

from alpha_bench.operators.spec import Operator, Reach


def _cross(name: str, summary: str) -> Operator:
    return Operator(name=name, summary=summary, reach=Reach.CROSS)


CROSS: tuple[Operator, ...] = (
    _cross(
        "cs.rank",
        "Rank among the n assets of the session over n: least 1/n, greatest 1; ties take their average.",
    ),
    _cross("cs.zscore", "(x - mean) / std (ddof=1) over the assets of the session; NaN where std is 0."),
    _cross("cs.demean", "x less its mean over the assets of the session."),
)
