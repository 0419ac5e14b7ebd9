"""Figures of any notebook that are too good to be believed: which of them are an IC, a Sharpe ratio or an R squared is told by their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from alpha_bench.describe import limits_of_belief
from nbcode.primitives import Diagnostic, Json, Place, Severity
from nbcode.results.called import words_in

CODE = "NBC-H25"
_KINDS = {"ic": {"ic", "rankic", "spearman"}, "sharpe": {"sharpe"}, "r_squared": {"r2", "rsquared"}}
_SAID = {"ic": "an IC", "sharpe": "a Sharpe ratio", "r_squared": "an R squared"}
_TOO_GOOD = (
    "too good to be believed of",
    "a leak, rows of the training, or a label that is no return are likelier",
    "look for rows that were trained on and tested, for the label among the features, and for what knows the whole sample",
)
_TOO_BAD = (
    "too far below zero to be believed of",
    "a sign that is turned round, a cost that is counted more than once, or bars that are annualised as if they were days are likelier",
    "look at the sign of the signal against its return, at the costs, and at the periods of a year; a leak that is turned round looks so too",
)
_OTHER = frozenset(
    "std t tstat stat ir p pval pvalue n count se err error var variance low high lower upper probability deflated limit "
    "threshold train training fit fitted insample gate cost hit rate decay".split()
)
"""Words of what is no mean, no level, or of the training rows."""


def too_good(figures: Mapping[str, Json], horizon: int) -> tuple[Diagnostic, ...]:
    """NBC-H25, a warning, for each of ``figures`` beyond what a forecast of returns over ``horizon`` sessions is known to reach."""
    sessions = figures.get("portfolio_sessions")
    length = int(sessions) if isinstance(sessions, int | float) and sessions > 0 else None
    limits = limits_of_belief(horizon, length)
    found = []
    for name, value in _numbers(figures):
        kind = kind_of_figure(name)
        if kind is not None and (value if kind == "r_squared" else abs(value)) > limits[kind]:
            found.append(_told(name, value, kind, limits[kind], horizon))
    return tuple(found)


def kind_of_figure(name: str) -> str | None:
    """``ic``, ``sharpe`` or ``r_squared`` for a figure that is called so; None for any other."""
    words = frozenset(words_in(name))
    if _OTHER & words or {"in", "sample"} <= words:
        return None
    return next((kind for kind, called in _KINDS.items() if called & words), None)


def _numbers(value: Mapping[str, Json], path: str = "") -> Iterator[tuple[str, float]]:
    """The numbers by name, also inside of mappings; a list is of folds or quantiles, each of few rows."""
    for name, one in value.items():
        called = f"{path}.{name}" if path else name
        if isinstance(one, Mapping):
            yield from _numbers(one, called)
        elif isinstance(one, int | float) and not isinstance(one, bool):
            yield called, float(one)


def _told(name: str, value: float, kind: str, limit: float, horizon: int) -> Diagnostic:
    over = "1 session" if horizon == 1 else f"{horizon} sessions"
    if value < 0:
        message, likelier, fix = _TOO_BAD
    else:
        message, likelier, fix = _TOO_GOOD
    return Diagnostic(
        code=CODE,
        severity=Severity.WARNING,
        message=f"`{name}` is {value:.3g}: {message} {_SAID[kind]}",
        cause=f"figures of daily returns over {over} stay within {limit:.2g} of zero; {likelier}",
        fixes=(fix,),
        place=Place(tag="eval"),
    )
