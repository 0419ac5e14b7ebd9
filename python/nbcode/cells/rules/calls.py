"""Small questions about a call, asked by several rules."""

from __future__ import annotations

import ast
import re

from nbcode.cells.context import Context

SEEDED_BY_THE_RUN = (
    "the clean run seeds it with 0: it draws the same each time, and not what this kernel drew"
)
"""The cause in every finding of a draw without a seed."""


LEFT_BEHIND = "and other numbers in the clean run, which leaves this cell behind"
"""The end of the cause in every finding of a draw that another cell, not promoted, moves or seeds."""


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword, or None."""
    return next((k.value for k in call.keywords if k.arg == name), None)


def has_double_star(call: ast.Call) -> bool:
    """Whether keywords come from a mapping that is not read here."""
    return any(k.arg is None for k in call.keywords)


def literal(node: ast.expr | None) -> object:
    """The value of a plain constant (also a negative number), else None."""
    if isinstance(node, ast.Constant):
        return node.value
    if (
        isinstance(node, ast.UnaryOp)
        and isinstance(node.op, ast.USub)
        and isinstance(node.operand, ast.Constant)
    ):
        value = node.operand.value
        return -value if isinstance(value, int | float) else None
    return None


def seeds(context: Context, function: str) -> bool:
    """Whether a tagged cell calls ``function`` (``numpy.random.seed``) with a seed."""
    return any(
        dotted == function and (call.args or call.keywords)
        for facts in context.tagged
        for call, dotted in context.calls_of(facts)
    )


def sessions_of_horizon(context: Context) -> int | None:
    """The horizon of [meta] in sessions; None where it is not readable."""
    found = re.fullmatch(r"(\d+)d?", str(context.meta.horizon if context.meta is not None else None))
    return int(found.group(1)) if found else None
