"""The gap before a test block is counted in calendar days and is shorter than the horizon, which counts sessions.

Why: ten calendar days are six to eight sessions. A label of ten sessions then reaches into the test block for the last two to four
training dates of every fold. A warning, given where training rows are cut at a date less a duration.

Bad::

    # horizon: 10d
    train = table[table["date"] < start - pd.Timedelta(days=10)]

Good::

    # horizon: 10d
    train = table[table["date"] < dates[position - 10]]
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.cells.rules.calls import keyword, literal, sessions_of_horizon
from nbcode.primitives import Diagnostic, Severity

CODE = "D30"
TITLE = "gap in calendar days"

_DURATIONS = frozenset({"pandas.Timedelta", "pandas.DateOffset", "datetime.timedelta", "numpy.timedelta64"})
_DAYS = re.compile(r"\s*(\d+)\s*(d|D|day|days)\s*")


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding a comparison with a date less too few calendar days."""
    horizon = sessions_of_horizon(context)
    if horizon is None:
        return
    for facts in context.tagged:
        for compare in facts.all_of(ast.Compare):
            for cut in _cuts(compare):
                days = _days(context, cut.right)
                if days is not None and days > 0 and _weekdays(days) < horizon:
                    yield finding(
                        CODE,
                        f"a gap of {days} calendar days is {_weekdays(days)} sessions or a little more, and the horizon is {horizon}",
                        facts.place_of(cut),
                        cause="labels of the last training dates reach into the test block",
                        fixes=(
                            "count the gap in sessions: take the date that many rows of the calendar earlier",
                        ),
                        severity=Severity.WARNING,
                    )


def _cuts(compare: ast.Compare) -> Iterator[ast.BinOp]:
    """``start - gap`` where it bounds something from above: ``dates < start - gap`` and ``start - gap > dates``."""
    for left, operation, right in zip(
        [compare.left, *compare.comparators], compare.ops, compare.comparators, strict=False
    ):
        bound = right if isinstance(operation, ast.Lt | ast.LtE) else left
        ordered = isinstance(operation, ast.Lt | ast.LtE | ast.Gt | ast.GtE)
        if ordered and isinstance(bound, ast.BinOp) and isinstance(bound.op, ast.Sub):
            yield bound


def _days(context: Context, node: ast.expr) -> int | None:
    if not isinstance(node, ast.Call) or context.dotted(node.func) not in _DURATIONS:
        return None
    given = literal(keyword(node, "days"))
    if given is None and node.args:
        given = literal(node.args[0])
        if isinstance(given, str):
            matched = _DAYS.fullmatch(given)
            return int(matched.group(1)) if matched else None
        if len(node.args) > 1 and literal(node.args[1]) != "D":
            return None
    return given if type(given) is int else None


def _weekdays(days: int) -> int:
    """The fewest weekdays among ``days`` days in a row."""
    return days // 7 * 5 + max(0, days % 7 - 2)
