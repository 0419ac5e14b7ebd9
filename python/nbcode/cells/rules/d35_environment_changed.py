"""A tagged cell sets or removes environment variables.

Why: a note. The run has its own environment, which is empty but for what makes two runs the same. Thread settings
(``OMP_NUM_THREADS``) are among that: the run has one thread a library, whatever a cell says. A variable that is set for a
library in an earlier cell works as in the kernel.

Bad::

    os.environ["OMP_NUM_THREADS"] = "4"

Good::

    # an untagged cell
    os.environ["OMP_NUM_THREADS"] = "4"
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.cells.facts import CellFacts
from nbcode.cells.rules.calls import literal
from nbcode.primitives import Diagnostic, Severity

CODE = "D35"
TITLE = "environment changed"

_THREADS = re.compile(
    r"(OPENBLAS|OMP|MKL|BLIS|NUMEXPR|NUMBA)_NUM_THREADS|VECLIB_MAXIMUM_THREADS|OPENBLAS_CORETYPE|PYTHONHASHSEED"
)
_CHANGES = frozenset(
    {
        *("os.environ.update", "os.environ.pop", "os.environ.clear", "os.environ.setdefault"),
        *("os.putenv", "os.unsetenv"),
    }
)


def check(context: Context) -> Iterator[Diagnostic]:
    """Each such statement."""
    for facts in context.tagged:
        if "environ" not in facts.cell.source and "putenv" not in facts.cell.source:
            continue
        for node in facts.all_of(ast.Subscript):
            if not isinstance(node.ctx, ast.Load) and context.dotted(node.value) == "os.environ":
                yield _told(facts, node, literal(node.slice))
        for call, dotted in context.calls_of(facts):
            if dotted in _CHANGES:
                yield _told(facts, call, literal(call.args[0]) if call.args else None)


def _told(facts: CellFacts, node: ast.expr, name: object) -> Diagnostic:
    shown = f"`{name}`" if isinstance(name, str) else "the environment"
    threads = isinstance(name, str) and _THREADS.fullmatch(name) is not None
    return finding(
        CODE,
        f"changes {shown}" + (", which the run sets itself" if threads else ""),
        facts.place_of(node),
        cause="the run has one thread a library, so that two runs give the same last digits"
        if threads
        else "the run's environment is its own; what is set here holds for the cells below",
        fixes=("move the line to an untagged cell",),
        severity=Severity.NOTE,
    )
