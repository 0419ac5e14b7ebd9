"""The overlapping-tranche book: what it earned, after costs, how deep it fell, how sure its Sharpe ratio is."""

from __future__ import annotations

import math
from collections.abc import Mapping

from alpha_bench.evaluation import Outcome, Portfolio
from alpha_bench.reporting.markup import figure, heading, number, percent, table
from alpha_bench.reporting.pictures import Picture
from alpha_bench.reporting.pictures.frame import mean_of
from alpha_bench.runtime import Html, element, joined


def draw(report: Outcome, pictures: Mapping[str, Picture]) -> Html:
    """Tables of costs and of evidence around the underwater picture; one sentence where there is no book."""
    head = heading("The book", "book")
    book = report.study.portfolio
    if book is None:
        why = "There is no book: the panel has no price for the label, or the tested sessions are fewer than its tranches need."
        return joined(head, element("p", why))
    h, d, every = report.definition.holding, report.definition.delay, report.definition.rebalance
    each, unit = (
        ("each session", "session") if every == "day" else (f"at the last session of each {every}", every)
    )
    held = (
        f"1/{h} of the book is renewed {each} and held for {h} {unit}s"
        if h > 1
        else f"the whole book is renewed {each}"
    )
    entered = "that close itself" if d == 0 else f"the close {d} {'session' if d == 1 else 'sessions'} later"
    made = (
        f"Weights are the demeaned ranks of the predictions at a close, gross 1, traded at {entered}; {held} (Jegadeesh and Titman 1993). "
        "Capital is constant and profits are not reinvested; a year is 252 sessions; no borrowing cost, no impact, no dividends beyond the "
        "price's."
    )
    return joined(
        head,
        element("p", made),
        _costs(report, book),
        figure(pictures.get("underwater")),
        _evidence(book),
        _shape(report, book),
    )


def _costs(report: Outcome, book: Portfolio) -> Html:
    dates = report.test_dates[book.begin :]
    rows = []
    for cost, p in book.by_cost.items():
        fall = f"{dates[p.peak] if p.peak >= 0 else dates[0]} to {dates[p.trough]}" if p.sessions else "none"
        again = "not yet" if p.recovered is None else str(dates[p.recovered])
        rows.append(
            (
                f"{cost} bps" if cost else "none", percent(p.annual_return), percent(p.volatility), number(p.sharpe, 2), percent(p.drawdown), fall, again,
            )
        )  # fmt: skip
    heads = (
        "cost of a unit traded",
        ">return a year",
        ">volatility",
        ">Sharpe",
        ">drawdown",
        "from, to",
        "made good",
    )
    even = (
        "it loses before any cost"
        if not book.break_even_bps > 0
        else f"nothing is left at {number(book.break_even_bps, 1)} basis points"
    )
    traded = (
        f"{percent(mean_of(book.turnover))} of the capital is bought or sold on an average session; {even}."
    )
    return joined(table(heads, rows), element("p", traded))


def _evidence(book: Portfolio) -> Html:
    e = book.evidence
    least = (
        "no record is long enough"
        if math.isinf(e.least_sessions)
        else f"{number(e.least_sessions, 0)} sessions"
    )
    year = math.sqrt(252)
    rows = [
        ("Sharpe ratio, a year", number(e.ratio * year, 2), f"of {e.n} sessions; skewness {number(e.skewness, 2)}, kurtosis {number(e.kurtosis, 1)}"),
        ("probabilistic", percent(e.probabilistic), "probability that the true ratio is above 0, were this the only trial"),
        (
            "deflated", percent(e.deflated),
            (f"probability that it is above {number(e.threshold * year, 2)}, the best expected of {e.trials} "
            f"{'trial' if e.trials == 1 else 'trials'} without merit"),
        ),
        ("record needed", least, "to be 95 % sure that the true ratio is above 0"),
    ]  # fmt: skip
    return joined(element("h3", "How sure is the Sharpe ratio?"), table(("", ">value", "what it says"), rows))


def _shape(report: Outcome, book: Portfolio) -> Html:
    longs, whole = (mean_of(v[book.begin :]) * 252 for v in (book.profit_long, book.profit))
    widest = ""
    if book.widest is not None:
        day, asset, made = book.widest
        widest = (
            f" The largest profit or loss of one asset in one session was {percent(made, 2)} of capital, {asset} on "
            f"{report.test_dates[day]}: if that is a bad print, so is part of the result."
        )
    return element(
        "p",
        f"{percent(longs)} a year comes from what is held and {percent(whole - longs)} from what is sold short; gross exposure "
        f"{percent(mean_of(book.gross), 0)} on average (tranches offset one another), net {percent(mean_of(book.net))}.{widest}",
    )
