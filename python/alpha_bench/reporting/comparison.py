"""Two reports beside each other: is one better, by more than chance, and what differs in how they were made.

Daily figures are compared where both have them, on the same dates: the difference of two ICs of one date has far less noise than either.
Its mean has the Newey-West t of lag 2(h-1), h the longer of the two horizons.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from alpha_bench.definitions import EvaluationDefinition
from alpha_bench.errors import DefinitionError
from alpha_bench.evaluation import FigureValue, Outcome
from alpha_bench.metrics import mean_of_known, moments, newey_west_error, ratio, score_dates
from alpha_bench.reporting.comparison_page import ComparisonView, comparison_fragment, comparison_page
from alpha_bench.reporting.page_file import page_or_file
from alpha_bench.reporting.plain import plain
from alpha_bench.runtime import Floats

SCHEMA_VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Paired:
    """A mean difference, second less first, over ``n`` common sessions, and its Newey-West t."""

    n: int
    difference: float
    t: float


@dataclass(frozen=True, kw_only=True, slots=True, repr=False, eq=False)
class Comparison:
    """Two reports beside each other; differences are the second less the first.

    Attributes:
        first, second: the reports; ``names``: what they are called.
        sessions: how many test sessions they have in common.
        ic, rank_ic: the daily differences; ``profit``: that of the books' daily profits, None where one has no book.
        prediction_correlation, rank_correlation: means over the common sessions of the correlation of the two predictions of a
            session, over the assets that both predict.
        profit_correlation: of the books' daily profits; NaN where one has no book.
        differences: what differs in the definitions: (where, first, second), as texts.
        warnings: what makes the two hard to compare.
    """

    first: Outcome
    second: Outcome
    names: tuple[str, str]
    sessions: int
    ic: Paired
    rank_ic: Paired
    profit: Paired | None
    prediction_correlation: float
    rank_correlation: float
    profit_correlation: float
    differences: tuple[tuple[str, str, str], ...]
    warnings: tuple[str, ...]

    @property
    def figures(self) -> dict[str, tuple[FigureValue, FigureValue, float | None]]:
        """Name -> (first, second, difference), of every figure; a difference is None where one is not a number."""
        found: dict[str, tuple[FigureValue, FigureValue, float | None]] = {}
        for name in self.first.figures:
            a, b = self.first.figures[name], self.second.figures[name]
            if isinstance(a, int | float) and isinstance(b, int | float):
                found[name] = (a, b, float(b) - float(a))
            else:
                found[name] = (a, b, None)
        return found

    def to_json(self) -> dict[str, object]:
        """Plain JSON data, no NaN."""
        parts = (
            "names", "sessions", "ic", "rank_ic", "profit", "prediction_correlation", "rank_correlation", "profit_correlation",
            "figures", "warnings",
        )  # fmt: skip
        return {
            "schema_version": SCHEMA_VERSION,
            "digests": [self.first.definition.digest, self.second.definition.digest],
            **{name: plain(getattr(self, name)) for name in parts},
            "differences": [{"at": at, "first": a, "second": b} for at, a, b in self.differences],
        }

    def to_html(self, path: str | os.PathLike[str] | None = None, *, title: str | None = None) -> str:
        """One page, as a report's: no network, complete without its script. ``path`` and ``title`` as
        :meth:`alpha_bench.reporting.report.Report.to_html` takes them."""
        return page_or_file(path, lambda chosen: comparison_page(self._view, chosen or "Comparison"), title)

    def _repr_html_(self) -> str:
        return comparison_fragment(self._view, "Comparison")

    @property
    def _view(self) -> ComparisonView:
        profit = None if self.profit is None else (self.profit.difference, self.profit.t)
        return ComparisonView(
            reports=(self.first, self.second),
            names=self.names,
            sessions=self.sessions,
            paired={
                "daily IC": (self.ic.difference, self.ic.t),
                "daily rank IC": (self.rank_ic.difference, self.rank_ic.t),
            }
            | ({} if profit is None else {"daily profit of the book": profit}),
            correlations={
                "predictions of a session": self.prediction_correlation,
                "ranks of the predictions": self.rank_correlation,
                "daily profits of the books": self.profit_correlation,
            },
            figures=self.figures,
            differences=self.differences,
            warnings=self.warnings,
        )

    def __repr__(self) -> str:
        a, b = (r.figures["ic_mean"] for r in (self.first, self.second))
        shown = [f"{v:+.4f}" if isinstance(v, float) else "none" for v in (a, b)]
        return (
            f"Comparison: IC {shown[0]} ({self.names[0]}) and {shown[1]} ({self.names[1]}); on {self.sessions} common sessions the "
            f"difference is {self.ic.difference:+.4f} (Newey-West t {self.ic.t:+.2f})"
        )


class HasReport(Protocol):
    """What is evaluated when its report is asked for: what ``walk_forward`` gives."""

    @property
    def report(self) -> Outcome:
        """Of the evaluation."""


def compare(
    first: Outcome | HasReport, second: Outcome | HasReport, names: tuple[str, str] = ("first", "second")
) -> Comparison:
    """Put two reports, or what ``walk_forward`` gives, beside each other.

    Raises:
        AlphaBenchError: R55 when one is no report, or they have no test session in common.
    """
    a, b = _report(first, names[0]), _report(second, names[1])
    _, here, there = np.intersect1d(a.test_dates, b.test_dates, return_indices=True)
    if not len(here):
        raise DefinitionError(
            "R55",
            f"the two reports have no test session in common: {a.test_dates[0]} to {a.test_dates[-1]} and "
            f"{b.test_dates[0]} to {b.test_dates[-1]}",
            fix="evaluate both on the same panel with the same splitter",
        )
    lag = 2 * (max(a.definition.horizon, b.definition.horizon) - 1)
    alike = _predictions(a, b, here, there)
    books = _profits(a, b)
    return Comparison(
        first=a,
        second=b,
        names=(names[0], names[1] if names[1] != names[0] else f"{names[1]} (2)"),
        sessions=len(here),
        ic=paired(a.daily.ic[here], b.daily.ic[there], lag=lag),
        rank_ic=paired(a.daily.rank_ic[here], b.daily.rank_ic[there], lag=lag),
        profit=None if books is None else paired(*books, lag=lag),
        prediction_correlation=mean_of_known(alike[0]),
        rank_correlation=mean_of_known(alike[1]),
        profit_correlation=float("nan") if books is None else correlation(*books),
        differences=(
            *_features(a, b),
            *(d for d in differences(_readable(a), _readable(b)) if not d[0].startswith("features")),
        ),
        warnings=tuple(_warnings(a, b, len(here))),
    )


def paired(first: Floats, second: Floats, *, lag: int) -> Paired:
    """Second less first where both are known."""
    both = second - first
    known = both[np.isfinite(both)]
    n, mean, _ = moments(known)
    return Paired(n=n, difference=mean, t=ratio(mean, newey_west_error(known, lag)))


def correlation(first: Floats, second: Floats) -> float:
    """Pearson's, where both are known."""
    return float(score_dates(first[None], second[None]).ic[0])


def differences(first: object, second: object, at: str = "") -> list[tuple[str, str, str]]:
    """What differs in two plain documents: the path, and both sides as short texts; ``absent`` where one side has nothing."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        found = []
        for key in sorted({*first, *second}):
            path = f"{at}.{key}" if at else str(key)
            found += differences(first.get(key, _ABSENT), second.get(key, _ABSENT), path)
        return found
    if isinstance(first, list) and isinstance(second, list):
        longest = max(len(first), len(second))
        pad = [[*side, *[_ABSENT] * (longest - len(side))] for side in (first, second)]
        return [d for i, (a, b) in enumerate(zip(*pad, strict=True)) for d in differences(a, b, f"{at}[{i}]")]
    return [] if first == second else [(at, _short(first), _short(second))]


class _Absent:
    def __repr__(self) -> str:
        return "absent"


_ABSENT = _Absent()


def _readable(report: Outcome) -> dict[str, object]:
    """The definition with its expressions as people write them."""
    plan = report.definition
    texts = {"label": plan.label, "universe": plan.universe}
    if isinstance(plan, EvaluationDefinition):
        texts["weights"] = plan.model.weights
    return plan.to_plain() | {k: None if e is None else str(e) for k, e in texts.items()}


def _features(first: Outcome, second: Outcome) -> list[tuple[str, str, str]]:
    """Features by what they are, not by their place."""
    sides = [r.formulas for r in (first, second)]
    return [("features", f, "absent") for f in sides[0] if f not in sides[1]] + [
        ("features", "absent", f) for f in sides[1] if f not in sides[0]
    ]


def _short(value: object) -> str:
    text = repr(value) if not isinstance(value, str) else value
    return text if len(text) <= 200 else text[:199] + "…"


def _report(given: object, name: str) -> Outcome:
    report = given if isinstance(given, Outcome) else getattr(given, "report", None)
    if not isinstance(report, Outcome):
        raise DefinitionError(
            "R55",
            f"the {name} of the two is a {type(given).__name__}, not a report",
            fix="compare(walk_forward(m1), walk_forward(m2)), with data bound, or two results of evaluate()",
        )
    return report


def _predictions(
    a: Outcome, b: Outcome, here: NDArray[np.intp], there: NDArray[np.intp]
) -> tuple[Floats, Floats]:
    _, left, right = np.intersect1d(a.assets, b.assets, return_indices=True)
    scores = score_dates(a.prediction[np.ix_(here, left)], b.prediction[np.ix_(there, right)])
    return scores.ic, scores.rank_ic


def _profits(a: Outcome, b: Outcome) -> tuple[Floats, Floats] | None:
    """Daily profits of the two books on the sessions that both have, or None."""
    books = [r.study.portfolio for r in (a, b)]
    if books[0] is None or books[1] is None:
        return None
    _, here, there = np.intersect1d(
        a.test_dates[books[0].begin :], b.test_dates[books[1].begin :], return_indices=True
    )
    if len(here) < 3:
        return None
    return books[0].profit[books[0].begin :][here], books[1].profit[books[1].begin :][there]


def _warnings(a: Outcome, b: Outcome, common: int) -> list[str]:
    found = []
    if a.definition.label is not b.definition.label:
        found.append(
            f"The labels differ ({a.definition.label} and {b.definition.label}): their ICs are not of the same thing; compare the books."
        )
    if len(a.assets) != len(b.assets) or not np.array_equal(a.assets, b.assets):
        found.append("The panels do not have the same assets: an IC over other assets is another figure.")
    longest = max(len(a.test_dates), len(b.test_dates))
    if common < longest:
        found.append(
            f"Only {common} of {longest} test sessions are common: the figures of the table are each report's own, over all of its sessions."
        )
    if a.definition.digest == b.definition.digest:
        found.append("The definitions are the same: what differs is the data.")
    return found
