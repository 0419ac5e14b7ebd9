"""Data and folds: coverage, when each fold trained and was tested, its coefficients."""

from __future__ import annotations

from collections.abc import Mapping

from alpha_bench.evaluation import Outcome
from alpha_bench.fitting import SearchResult
from alpha_bench.reporting.markup import figure, heading, number, table
from alpha_bench.reporting.pictures import Picture
from alpha_bench.reporting.pictures.frame import mean_of
from alpha_bench.runtime import Child, Html, code, joined


def draw(report: Outcome, pictures: Mapping[str, Picture]) -> Html:
    """Coverage, folds with their table, coefficients."""
    return joined(
        heading("Coverage", "coverage"),
        figure(pictures["coverage"]),
        [heading("Folds", "folds"), figure(pictures["folds"]), _table(report)] if report.folds else None,
        [heading("Coefficients"), figure(pictures["coefficients"])] if "coefficients" in pictures else None,
    )


def _table(report: Outcome) -> Html:
    first = report.splits[0].test.start
    body: list[tuple[Child, ...]] = []
    for k, (fold, split) in enumerate(zip(report.folds, report.splits, strict=True)):
        tested = [i - first for i in split.test]
        body.append(
            (
                str(k + 1),
                str(fold.train_sessions),
                f"{fold.train_rows:,}",
                fold.test_first,
                fold.test_last,
                number(mean_of(report.daily.ic[tested]), 4),
            )
        )
    heads = [">fold", ">training sessions", ">training rows", "test from", "to", ">mean IC"]
    chosen = [_chosen(fold.search) for fold in report.folds]
    if any(chosen):
        heads.append("chosen on its training part")
        body = [(*row, code(text)) for row, text in zip(body, chosen, strict=True)]
    return table(heads, body)


def _chosen(search: SearchResult | None) -> str:
    """The parameters that a fold's search chose, as they are written; empty where there was none."""
    return "" if search is None else ", ".join(f"{k}={v!r}" for k, v in search.chosen.items())
