"""Data and folds: coverage, when each fold trained and was tested, its coefficients."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from alpha_bench.evaluation import Outcome
from alpha_bench.fitting import SearchResult
from alpha_bench.reporting.markup import figure, number, table
from alpha_bench.reporting.pictures import Picture
from alpha_bench.reporting.pictures.frame import mean_of


def draw(report: Outcome, pictures: Mapping[str, Picture]) -> str:
    """Coverage, folds with their table, coefficients."""
    parts = [
        '<h2 id="ab-coverage">Coverage</h2>',
        figure(pictures["coverage"]),
        '<h2 id="ab-folds">Folds</h2>',
        figure(pictures["folds"]),
        _table(report),
    ]
    if "coefficients" in pictures:
        parts += ["<h2>Coefficients</h2>", figure(pictures["coefficients"])]
    return "".join(parts)


def _table(report: Outcome) -> str:
    first = report.splits[0].test.start
    body: list[tuple[str, ...]] = []
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
        body = [(*row, f"<code>{escape(text)}</code>") for row, text in zip(body, chosen, strict=True)]
    return table(heads, body)


def _chosen(search: SearchResult | None) -> str:
    """The parameters that a fold's search chose, as they are written; empty where there was none."""
    return "" if search is None else ", ".join(f"{k}={v!r}" for k, v in search.chosen.items())
