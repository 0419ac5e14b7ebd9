"""One file a picture. Each is SVG text with a title, units, a description for those who cannot see it, and a sentence on how to read it."""

from __future__ import annotations

from dataclasses import dataclass

from alpha_bench.evaluation import Outcome
from alpha_bench.reporting.pictures import (
    capacity,
    coefficients,
    coverage,
    decay,
    equity,
    exposures,
    folds,
    groups,
    ic,
    months,
    paths,
    quantile_paths,
    quantiles,
    turnover,
    underwater,
    years,
)
from alpha_bench.runtime import Html


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """SVG text, and one sentence that says how to read it."""

    svg: Html
    caption: str


_ALWAYS = {
    "ic": (
        ic,
        (
            "Pearson correlation of prediction and label over the assets of each test session: bars are monthly means; a line that rises steadily "
            "is a signal that lasts, one that rises in a few jumps is not."
        ),
    ),
    "months": (
        months,
        "Mean daily IC of each month: a real signal is blue in most rows, not in one year only.",
    ),
    "quantiles": (
        quantiles,
        (
            "On each date the assets are put into bins by their prediction (pandas.qcut): a bar is the mean over dates of the bin's mean "
            "label with its 95 % band (Newey-West); holding periods overlap, no costs."
        ),
    ),
    "coverage": (
        coverage,
        "A step or a hole is a change of the data, and figures across it are not of one market; the last sessions' labels are not known yet.",
    ),
}
_OF_FOLDS = {
    "folds": (
        folds,
        (
            "A model is fitted on the training sessions alone (thin); it is judged on the test sessions (thick). Sessions whose labels share prices "
            "with the test sessions are dropped (purge), and some more as a margin (embargo)."
        ),
    ),
}


def gallery(report: Outcome) -> dict[str, Picture]:
    """Name -> picture, of those that this report has."""
    wanted = _ALWAYS | (_OF_FOLDS if report.folds else {})
    found = {name: Picture(svg=part.draw(report), caption=text) for name, (part, text) in wanted.items()}
    study = report.study
    if study.decay:
        found["decay"] = Picture(
            svg=decay.draw(report),
            caption="Correlation of the prediction with the return over each horizon, and its 95 % band (Newey-West): a band that "
            "includes zero shows nothing at that horizon.",
        )
    if study.groups:
        found["groups"] = Picture(
            svg=groups.draw(report),
            caption="Correlation among the assets of one group alone (in brackets: how many): if it holds only across groups, the signal is a "
            "bet on groups. With this many rows one band in twenty misses zero by chance.",
        )
    if report.folds and all(fold.coef is not None for fold in report.folds):
        found["coefficients"] = Picture(
            svg=coefficients.draw(report),
            caption="By fold, each feature on its own scale, in units of label per unit of feature: steady is good; a change of sign is a "
            "question.",
        )
    if len(report.paths) > 1:
        found["paths"] = Picture(
            svg=paths.draw(report),
            caption="Each path predicts every session once, with folds fitted on other sessions: paths that lie far apart mean that the result "
            "depends on which sessions trained it.",
        )
    return found | _of_the_book(report)


def _of_the_book(report: Outcome) -> dict[str, Picture]:
    book = report.study.portfolio
    if book is None:
        return {}
    found = {
        "equity": Picture(
            svg=equity.draw(report),
            caption="Demeaned ranks of the predictions as weights, gross 1, 1/h of the book renewed at a time: summed profits, each line after "
            "a cost in basis points of every unit bought or sold. Not compounded.",
        ),
        "turnover": Picture(
            svg=turnover.draw(report),
            caption="Means of each month: the share of the highest and of the lowest quantile that is new since the renewal before, and what the book trades as a share of "
            "its capital: what rises here rises in cost.",
        ),
        "underwater": Picture(
            svg=underwater.draw(report),
            caption="How much of the capital was lost since the best day so far, and for how long: deeper or longer than you would bear is an answer too.",
        ),
        "years": Picture(
            svg=years.draw(report),
            caption="Mean over standard deviation of the book's daily profits, times the root of 252, of each calendar year (grey: less than half of one): one year that carries "
            "all the others is one event, not a signal.",
        ),
        "quantile_paths": Picture(
            svg=quantile_paths.draw(report),
            caption="Equal-weighted holdings of each quantile, summed daily returns less those of all predicted assets: the lines should fan out in "
            "order, the highest on top, and not from the shorted side alone.",
        ),
    }
    if len(book.exposures.at) > 1:
        found["exposures"] = Picture(
            svg=exposures.draw(report),
            caption="At each month's end, for one unit of capital: beta in units of the market, styles in standard deviations, groups in per cent of "
            "capital, net. A line far from zero is a bet that the predictions did not have to make.",
        )
    if book.capacity is not None:
        found["capacity"] = Picture(
            svg=capacity.draw(report),
            caption="Trades of a book of that size against the average of 20 sessions' dollar volume (ADV): beyond some per cent the costs above are "
            "too low.",
        )
    return found
