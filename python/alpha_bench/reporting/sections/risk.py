"""Exposures and capacity: what else the book bets on, and how much money it could carry."""

from __future__ import annotations

from collections.abc import Mapping

from alpha_bench.evaluation import Outcome, Portfolio
from alpha_bench.reporting.markup import figure, heading, items, number, percent, table
from alpha_bench.reporting.pictures import Picture
from alpha_bench.reporting.pictures.frame import mean_of, money
from alpha_bench.runtime import Html, element, joined


def draw(report: Outcome, pictures: Mapping[str, Picture]) -> Html:
    """Both sections; nothing where there is no book."""
    book = report.study.portfolio
    if book is None:
        return joined()
    return joined(_exposures(book, pictures), _capacity(book, pictures))


def _exposures(book: Portfolio, pictures: Mapping[str, Picture]) -> Html:
    fit = book.fit
    rows = [
        (
            name,
            number(mean_of(v), 2),
            number(_least(v.tolist(), min), 2),
            number(_least(v.tolist(), max), 2),
        )
        for name, v in book.exposures.styles.items()
    ]
    against = (
        f"Against the equal-weighted market the book had a beta of {number(fit.beta, 2)} (R² {number(fit.r_squared, 2)}); "
        f"{percent(fit.annual_alpha)} a year is left beside it, Newey-West t {number(fit.alpha_t, 2)}."
    )
    lacking = [f"{name}: {why}." for name, why in book.exposures.missing.items()]
    return joined(
        heading("Exposures", "exposures"),
        element("p", against),
        table(("at month's end", ">mean", ">lowest", ">highest"), rows) if rows else None,
        figure(pictures.get("exposures")),
        items(lacking) if lacking else None,
    )


def _least(values: list[float], which: object) -> float:
    known = [v for v in values if v == v]  # noqa: PLR0124 - NaN is not equal to itself
    return which(known) if known and callable(which) else float("nan")


def _capacity(book: Portfolio, pictures: Mapping[str, Picture]) -> Html:
    found = book.capacity
    head = heading("Capacity", "capacity")
    if found is None:
        return joined(head, element("p", "The panel has no volume: capacity cannot be estimated."))
    rows = [
        (money(size), *(percent(share) for share in row))
        for size, row in zip(found.sizes, found.exceeding, strict=True)
        if size in {1e6, 1e7, 1e8, 1e9, 1e10}
    ]
    looked = (
        "" if found.every_sessions == 1 else f" Trades of every {found.every_sessions}th session are counted."
    )
    unknown = f" {found.unknown} trades without a known volume are left out." if found.unknown else ""
    carried = (
        f"One trade in twenty is above 5 % of its asset's average daily volume at {money(found.tail_at_5_percent)}; the median "
        f"trade at {money(found.book_at_5_percent)}.{looked}{unknown}"
    )
    return joined(
        head,
        element("p", carried),
        figure(pictures.get("capacity")),
        table(("capital", *(f">above {100 * limit:g} %" for limit in found.limits)), rows),
    )
