"""The book's record: how sure its Sharpe ratio is, years, worst drawdowns, what can be lost, and what a benchmark earned."""

from __future__ import annotations

from collections.abc import Mapping

from alpha_bench.evaluation import AgainstBenchmark, Outcome
from alpha_bench.metrics import Downside, Drawdown, SharpeInterval
from alpha_bench.reporting.markup import figure, heading, number, percent, table
from alpha_bench.reporting.pictures import Picture
from alpha_bench.runtime import Html, element, joined


def draw(report: Outcome, pictures: Mapping[str, Picture]) -> Html:
    """Tables; years alone where there is no book."""
    book, more = report.study.portfolio, report.supplement
    head = heading("The record", "record")
    if book is None:
        return joined(head, _years(report), figure(pictures.get("years")))
    return joined(
        head,
        _interval(more.interval),
        figure(pictures.get("years")),
        _years(report),
        _drawdowns(report, more.drawdowns, book.begin),
        _losses(more.downside),
        None if more.against is None else _benchmark(report, more.against),
    )


def _interval(found: SharpeInterval) -> Html:
    return element(
        "p",
        f"The Sharpe ratio of a year is {number(found.sharpe, 2)}, and with 95 % confidence between {number(found.low, 2)} and {number(found.high, 2)} (Lo 2002, "
        f"standard error {number(found.error, 2)}; {number(found.error_normal, 2)} were the {found.n} returns independent and normal).",
    )


def _years(report: Outcome) -> Html:
    rows = [
        (
            y.year, number(y.n_dates, 0), number(y.ic, 4), number(y.ic_t, 2), number(y.rank_ic, 4), number(y.sessions, 0), percent(y.profit), percent(y.volatility),
            number(y.sharpe, 2), percent(y.drawdown),
        )
        for y in report.supplement.years
    ]  # fmt: skip
    heads = (
        "year", ">dates", ">IC", ">t", ">rank IC", ">sessions", ">profit", ">volatility", ">Sharpe", ">drawdown",
    )  # fmt: skip
    return joined(element("h3", "By year, before costs"), table(heads, rows))


def _drawdowns(report: Outcome, found: tuple[Drawdown, ...], begin: int) -> Html:
    dates = report.test_dates[begin:]
    last = len(dates) - 1
    rows = [
        (
            percent(d.depth), str(dates[max(d.peak, 0)]), str(dates[d.trough]), "not yet" if d.recovered is None else str(dates[d.recovered]),
            number(d.trough - d.peak, 0), number((last if d.recovered is None else d.recovered) - d.peak, 0),
        )
        for d in found
    ]  # fmt: skip
    heads = (">depth", "from", "deepest on", "made good", ">sessions down", ">in all")
    return joined(element("h3", "Worst drawdowns, before costs"), table(heads, rows))


def _losses(found: Downside) -> Html:
    return element(
        "p",
        f"Sortino ratio {number(found.sortino, 2)}, Calmar ratio {number(found.calmar, 2)}. On the worst 5 % of sessions the book loses "
        f"{percent(-found.value_at_risk, 2)} of the capital or more (value at risk), {percent(-found.expected_shortfall, 2)} on average (expected shortfall).",
    )


def _benchmark(report: Outcome, found: AgainstBenchmark) -> Html:
    top = found.top
    active = (percent(top.active_return), percent(top.tracking_error), number(top.information_ratio, 2))
    sides = (
        (f"Q{report.definition.quantiles} alone", active, top),
        ("long-short book", ("", "", ""), found.book),  # it holds no benchmark to be active against
    )
    rows = [
        (
            name,
            *first,
            number(r.beta, 2),
            percent(r.annual_alpha),
            number(r.alpha_t, 2),
            number(r.appraisal_ratio, 2),
        )
        for name, first, r in sides
    ]
    heads = (
        "", ">active return", ">tracking error", ">information ratio", ">beta", ">alpha", ">t of alpha", ">appraisal ratio",
    )  # fmt: skip
    said = f"Returns of a year before costs, less those of the benchmark (the {found.name}) or beside them, on {found.top.sessions} sessions."
    return joined(
        element("h3", "Against the benchmark"), table(heads, rows), element("p", said, class_="quiet")
    )
