"""Returns by quantile of the prediction, and how fast the quantiles change."""

from __future__ import annotations

from collections.abc import Mapping

from alpha_bench.evaluation import Outcome
from alpha_bench.reporting.markup import bps, figure, heading, number, percent
from alpha_bench.reporting.pictures import Picture
from alpha_bench.runtime import Html, element, joined


def draw(report: Outcome, pictures: Mapping[str, Picture]) -> Html:
    """Bars, the spread in words, lines over time."""
    f = report.figures
    p = f["monotonicity_p"]
    rises = (
        "The returns rise from each quantile to the next"
        if isinstance(p, float) and p < 0.05
        else "That the returns rise from each quantile to the next is not shown"
    )
    spread = (
        f"Q{report.definition.quantiles} less Q1: {bps(f['quantile_spread'])} basis points in {report.definition.horizon} sessions, Newey-West t "
        f"{number(f['quantile_spread_t'], 2)}. {rises} (p {number(p, 3)}, Patton and Timmermann 2010; rank correlation of the means with "
        f"their order {number(f['quantile_order'], 2)})."
    )
    turnover = (
        f"{_when(report)} {percent(f['quantile_turnover_top'], 0)} of the highest quantile and "
        f"{percent(f['quantile_turnover_bottom'], 0)} of the lowest are new; the rank of a prediction has a correlation of "
        f"{number(f['rank_autocorrelation'], 3)} with the {'session' if report.definition.rebalance == 'day' else 'renewal'} before."
    )
    return joined(
        heading("Returns by prediction", "quantiles"),
        figure(pictures["quantiles"]),
        element("p", spread),
        element("p", turnover),
        figure(pictures.get("quantile_paths")),
        figure(pictures.get("turnover")),
    )


def _when(report: Outcome) -> str:
    every = report.definition.rebalance
    return "On an average session" if every == "day" else f"At an average renewal (the end of a {every})"
