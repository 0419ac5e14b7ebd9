"""Which expressions need functions that are written in Python, and whether those are defined in this process."""

from __future__ import annotations

from collections.abc import Iterable

from alpha_bench.errors import DefinitionError
from alpha_bench.expressions import Expr, walk
from alpha_bench.operators import CUSTOM, function_of


def check_defined(exprs: Iterable[Expr]) -> None:
    """Raise AlphaBenchError R48 for the first function in ``exprs`` that is not defined in this process."""
    for node in walk(tuple(exprs)):
        if node.op == CUSTOM:
            function_of(dict(node.params))


def without_custom(expr: Expr) -> Expr:
    """``expr``, which is made of the built-in language alone. Raises AlphaBenchError R48 when it is not."""
    for node in walk((expr,)):
        if node.op == CUSTOM:
            name = dict(node.params)["name"]
            raise DefinitionError(
                "R48",
                f"{name} is a custom feature, and YAML cannot hold its code",
                fix="write the definition in Python or in a notebook, where @feature defines it",
            )
    return expr
