"""Expressions of ``[meta]``: parsed, bounded and written in one way, never evaluated here."""

from __future__ import annotations

import ast

from nbcode.primitives import dataclass

LONGEST = 1_000
_REFUSED: tuple[tuple[type[ast.AST], str], ...] = (
    (ast.NamedExpr, "an assignment"),
    (ast.Await, "await"),
    (ast.Yield, "yield"),
    (ast.YieldFrom, "yield"),
    (ast.JoinedStr, "an f-string"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Expression:
    """What a key of ``[meta]`` says to evaluate at the end of the run, in the namespace of the cells.

    ``text`` is the expression in one canonical form, so that spaces and quotes make no other spec; ``names`` are those that it
    reads from the cells or from Python, sorted; ``line`` counts in the ``[meta]`` cell.
    """

    text: str
    names: tuple[str, ...]
    line: int

    @property
    def is_name(self) -> bool:
        """Whether it is one name and nothing else."""
        return self.text.isidentifier()


class ExpressionError(ValueError):
    """A text that is no expression that may stand in ``[meta]``; its text says why."""


def parse_expression(text: str, line: int) -> Expression:
    """Read ``text`` as one Python expression.

    Raises:
        ExpressionError: it is none, is too long, or assigns, awaits, yields or holds an f-string (whose canonical form differs
            between versions of Python).
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"it has {len(text)} characters, and {LONGEST} are allowed")
    try:
        tree = ast.parse(text.strip(), mode="eval")
        canonical = ast.unparse(tree)
    except SyntaxError as error:
        raise ExpressionError(f"it is not a Python expression: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError("it is not a Python expression that can be read") from error
    for node in ast.walk(tree):
        for kind, called in _REFUSED:
            if isinstance(node, kind):
                raise ExpressionError(f"it holds {called}; an expression of [meta] only reads")
    return Expression(text=canonical, names=tuple(sorted(_free_names(tree))), line=line)


def _free_names(tree: ast.Expression) -> set[str]:
    """Names that are read and bound nowhere inside: not a variable of a comprehension, not an argument of a lambda."""
    read: set[str] = set()
    bound: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
    return read - bound
