"""A table says when its figures were filed, and a tagged cell joins or dates it by the end of their period alone.

Why: a quarter that ends on 31 March is filed in May. Joined on its end, every row of April knows a figure that nobody had. A warning,
given where the table is a declared input whose header has both columns and no tagged cell reads the later one.

Bad::

    # [meta]
    # inputs:
    #   fundamentals: fundamentals.csv
    table = prices.merge(inputs["fundamentals"], left_on=["date", "symbol"], right_on=["period_end", "symbol"])

Good::

    from alpha_bench import as_filed
    table = as_filed(prices, inputs["fundamentals"], filed="filed", period_end="period_end")
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from alpha_bench.names import FILINGS, PERIODS
from nbcode.cells.context import Context, finding
from nbcode.cells.facts import CellFacts
from nbcode.primitives import Diagnostic, Severity

CODE = "D39"
TITLE = "dated by the end of a period that was filed later"
_JOINING = frozenset(
    "merge merge_asof merge_ordered join join_asof set_index rename pivot pivot_table asof reindex".split()
)


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding a table."""
    for table, columns in context.tables.known():
        periods = frozenset(c for c in columns if c.lower() in PERIODS)
        filed = sorted(c for c in columns if c.lower() in FILINGS)
        if not periods or not filed or any(_reads(facts, frozenset(filed)) for facts in context.tagged):
            continue
        for facts, node, period in _dated_by(context, periods):
            call = f'as_filed(prices, inputs["{table}"], filed="{filed[0]}", period_end="{period}")'
            yield finding(
                CODE,
                f"`{table}` is joined by `{period}`, and its figures were filed on `{filed[0]}`",
                facts.place_of(node),
                cause="between the two nobody knew them: the rows look ahead by weeks",
                fixes=(f"join them as they were filed: from alpha_bench import as_filed; {call}",),
                severity=Severity.WARNING,
            )
            break


def _dated_by(context: Context, periods: frozenset[str]) -> Iterator[tuple[CellFacts, ast.AST, str]]:
    """Where a frame is joined, indexed or renamed by one of the columns, or its values become the column of dates."""
    for facts in context.tagged:
        for call in facts.all_of(ast.Call):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name in _JOINING:
                for part in (*call.args, *(k.value for k in call.keywords)):
                    yield from ((facts, call, text) for text in _texts(part) if text in periods)
        for assign in facts.all_of(ast.Assign):
            if any(isinstance(t, ast.Subscript) and "date" in _texts(t.slice) for t in assign.targets):
                yield from ((facts, assign, text) for text in _texts(assign.value) if text in periods)


def _reads(facts: CellFacts, columns: frozenset[str]) -> bool:
    texts = (node.value for node in facts.all_of(ast.Constant))
    return any(text in columns for text in texts if isinstance(text, str)) or any(
        node.attr in columns for node in facts.all_of(ast.Attribute)
    )


def _texts(node: ast.expr) -> list[str]:
    return [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
