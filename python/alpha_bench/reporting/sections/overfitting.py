"""The probability of backtest overfitting, where a search was judged on combinatorial paths."""

from __future__ import annotations

from alpha_bench.definitions import EvaluationDefinition
from alpha_bench.evaluation import Outcome
from alpha_bench.model_selection import CombinatorialPurgedKFold
from alpha_bench.reporting.markup import number, percent
from alpha_bench.runtime import Html, element


def draw(report: Outcome) -> Html | None:
    """A paragraph; None for a splitter without combinatorial paths."""
    plan = report.definition
    if not isinstance(plan, EvaluationDefinition) or not isinstance(plan.splitter, CombinatorialPurgedKFold):
        return None
    found = report.supplement.overfitting
    if found is None:
        text = "The probability of backtest overfitting needs variants to choose among: judge a grid_search, which has its candidates."
        return element("p", text, class_="quiet")
    return element(
        "p",
        f"Probability of backtest overfitting: {percent(found.probability, 0)}. The best of the {found.variants} candidates on one half of the sessions was below "
        f"their median on the other half in {percent(found.probability, 0)} of {number(len(found.logits), 0)} choices of halves, and had a negative IC there in "
        f"{percent(found.loss, 0)} (CSCV of the candidates' daily ICs on the paths, {found.blocks} blocks). Half is what choosing by chance gives.",
    )
