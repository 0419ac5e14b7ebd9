"""Derived fields: ``shares_outstanding = "market_cap_usd / price_usd"``. Names, numbers, + - * / and parentheses only."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

import numpy as np

from alpha_bench.errors import AlphaBenchError, DataError, nearest
from alpha_bench.runtime import Floats

_LONGEST = 1000
_DEEPEST = 50
_OPERATIONS: Mapping[type[ast.operator], Callable[[Floats, Floats], Floats]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
}


def derive_field(name: str, formula: str, known: Mapping[str, Floats]) -> Floats:
    """The values of ``formula`` over ``known`` arrays, broadcast as numpy does.

    Raises:
        AlphaBenchError: R10 for anything but names that are known, numbers, + - * / and parentheses.
    """
    tree = _parsed(name, formula)
    with np.errstate(all="ignore"):
        return np.asarray(_value(tree.body, name, formula, known, 0), dtype=np.float64)


def names_in(name: str, formula: str) -> frozenset[str]:
    """The columns that ``formula`` of the field ``name`` reads. Raises AlphaBenchError R10 where it is no formula."""
    tree = _parsed(name, formula)
    found = frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
    derive_field(name, formula, dict.fromkeys(found, np.ones(1)))
    return found


def _parsed(name: str, formula: str) -> ast.Expression:
    try:
        tree = ast.parse(formula, mode="eval") if len(formula) <= _LONGEST else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = None
    if tree is None:
        raise _refused(name, formula, "it is not an arithmetic formula")
    return tree


def _value(node: ast.expr, name: str, formula: str, known: Mapping[str, Floats], depth: int) -> Floats:
    if depth > _DEEPEST:
        raise _refused(name, formula, "it is nested too deeply")
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        left = _value(node.left, name, formula, known, depth + 1)
        return _OPERATIONS[type(node.op)](left, _value(node.right, name, formula, known, depth + 1))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, name, formula, known, depth + 1)
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
    ):
        return np.float64(node.value)  # type: ignore[return-value]  # a scalar broadcasts
    if isinstance(node, ast.Name):
        if node.id in known:
            return known[node.id]
        close = nearest(node.id, known)
        hint = f"; did you mean {close!r}?" if close else f"; there are {', '.join(sorted(known))}"
        raise _refused(name, formula, f"{node.id!r} is no column{hint}")
    raise _refused(name, formula, f"{ast.unparse(node)[:60]!r} is not allowed")


def _refused(name: str, formula: str, why: str) -> AlphaBenchError:
    return DataError(
        "R10",
        f"derive: {name} = {formula[:120]!r}: {why}",
        fix="use names of columns, numbers, + - * / and parentheses",
        field=name,
    )
