"""A tagged cell is not valid Python.

Why: a cell that cannot be parsed cannot be run, and nothing else about it can be checked. The place is that of
Python's own caret, counted in the cell.

Bad::

    ret_20 = features.ret(window=20

Good::

    ret_20 = features.ret(window=20)
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcode.cells.context import Context
from nbcode.primitives import Diagnostic, Place

CODE = "D01"
TITLE = "syntax error"


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding for each tagged cell that Python refuses."""
    for facts in context.tagged:
        problem = facts.parsed.problem
        if problem is None or problem.too_deep or "\0" in facts.cell.source:
            continue
        base = facts.place(problem.line)
        yield Diagnostic(
            code="NBC-D01",
            message=f"syntax error: {problem.message}",
            cause=f"Python stops reading at column {problem.column}",
            fixes=("correct the line",),
            place=Place(
                path=base.path,
                cell=base.cell,
                tag=base.tag,
                line=problem.line,
                column=problem.column,
                end_line=None if problem.end_column is None else problem.line,
                end_column=problem.end_column,
                file_line=base.file_line,
            ),
        )
