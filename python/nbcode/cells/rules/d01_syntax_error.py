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
        trouble = facts.parsed.trouble
        if trouble is None or trouble.too_deep or "\0" in facts.cell.source:
            continue
        base = facts.place(trouble.line)
        yield Diagnostic(
            code="NBC-D01",
            message=f"syntax error: {trouble.message}",
            cause=f"Python stops reading at column {trouble.column}",
            fixes=("correct the line",),
            place=Place(
                path=base.path,
                cell=base.cell,
                tag=base.tag,
                line=trouble.line,
                column=trouble.column,
                end_line=None if trouble.end_column is None else trouble.line,
                end_column=trouble.end_column,
                file_line=base.file_line,
            ),
        )
