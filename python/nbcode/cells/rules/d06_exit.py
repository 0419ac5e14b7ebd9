"""A tagged cell ends the process, or signals it.

Why: a cell that calls ``exit()`` looks like success to a notebook runner, and the cells below it never run. A clean run
counts it as failed; here it is found before.

Bad::

    if report["ic"] < 0:
        exit()

Good::

    assert report["ic"] >= 0, "no signal"
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.cells.facts import CellFacts
from nbcode.primitives import Diagnostic

CODE = "D06"
TITLE = "ends the process"

_ENDS = frozenset(
    {
        "exit",
        "quit",
        "sys.exit",
        "os._exit",
        "os.abort",
        "os.kill",
        "os.killpg",
        "signal.raise_signal",
        "os.execv",
        "os.execve",
        "os.execvp",
        "os.fork",
    }
)
_RAISED = frozenset({"SystemExit", "KeyboardInterrupt"})


def check(context: Context) -> Iterator[Diagnostic]:
    """Each such call and each ``raise SystemExit``."""
    for facts in context.tagged:
        for call, dotted in context.calls_of(facts):
            if dotted in _ENDS:
                yield _ends(facts, call, dotted)
        for node in facts.all_of(ast.Raise):
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            if raised is not None and context.dotted(raised) in _RAISED:
                yield _ends(facts, node, context.dotted(raised))


def _ends(facts: CellFacts, node: ast.AST, name: str) -> Diagnostic:
    return finding(
        CODE,
        f"`{name}` ends the run",
        facts.place_of(node),
        cause="the cells below never run, and some runners count that as success",
        fixes=("raise an exception that says what is wrong", "remove it"),
    )
