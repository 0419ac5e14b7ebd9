"""Derived fields: ``shares_outstanding = "market_cap_usd / price_usd"``. Names, numbers, + - * / and parentheses only."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

from alpha_bench.errors import AlphaBenchError, DataError, nearest

if TYPE_CHECKING:
    from alpha_bench.runtime import Floats

_LONGEST = 1000
_DEEPEST = 50
_OPERATIONS: Mapping[type[ast.operator], Callable[[Floats, Floats], Floats]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def derive_field(name: str, formula: str, known: Mapping[str, Floats]) -> Floats:
    """The values of ``formula`` over ``known`` arrays, broadcast as numpy does.

    Raises:
        AlphaBenchError: R10 for anything but names that are known, numbers, + - * / and parentheses.
    """
    import numpy as np

    tree = _parsed(name, formula)
    with np.errstate(all="ignore"):
        _check(tree.body, name, formula, 0)
        return np.asarray(_value(tree.body, name, formula, known), dtype=np.float64)


def names_in(name: str, formula: str) -> frozenset[str]:
    """The columns that ``formula`` of the field ``name`` reads. Raises AlphaBenchError R10 where it is no formula."""
    tree = _parsed(name, formula)
    found = frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
    _check(tree.body, name, formula, 0)
    return found


def formulas_in_order(formulas: Mapping[str, str], columns: Collection[str]) -> dict[str, str]:
    """``formulas`` so that each stands behind those that it reads: as they are written, but that one waits whose names are not known yet.

    Raises:
        AlphaBenchError: R10 for what is no formula, and for one that reads neither a column nor what another gives.
    """
    read = {name: names_in(name, formula) for name, formula in formulas.items()}
    known, left, found = {*columns}, dict(formulas), dict[str, str]()
    while left:
        name = next((one for one in left if read[one] <= known), None)
        if name is None:
            raise _unknown(left, read, known)
        found[name] = left.pop(name)
        known.add(name)
    return found


def _unknown(
    left: Mapping[str, str], read: Mapping[str, frozenset[str]], known: Collection[str]
) -> AlphaBenchError:
    """Why none of the formulas that are ``left`` can be computed."""
    for name, formula in left.items():
        absent = sorted(read[name] - {*known} - left.keys())
        if absent:
            return _refused(name, formula, _no_column(absent[0], known))
    name, formula = next(iter(left.items()))
    round_about = sorted(read[name] - {*known})
    return _refused(name, formula, f"it reads {', '.join(map(repr, round_about))}, and that reads it again")


def _no_column(name: str, known: Collection[str]) -> str:
    close = nearest(name, known)
    return f"{name!r} is no column" + (
        f"; did you mean {close!r}?" if close else f"; there are {', '.join(sorted(known))}"
    )


def _parsed(name: str, formula: str) -> ast.Expression:
    try:
        tree = ast.parse(formula, mode="eval") if len(formula) <= _LONGEST else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = None
    if tree is None:
        raise _refused(name, formula, "it is not an arithmetic formula")
    return tree


def _check(node: ast.expr, name: str, formula: str, depth: int) -> None:
    """Raise R10 for what no formula may hold, without computing it."""
    if depth > _DEEPEST:
        raise _refused(name, formula, "it is nested too deeply")
    match node:
        case ast.BinOp() if type(node.op) in _OPERATIONS:
            _check(node.left, name, formula, depth + 1)
            _check(node.right, name, formula, depth + 1)
        case ast.UnaryOp(op=ast.USub()):
            _check(node.operand, name, formula, depth + 1)
        case ast.Name():
            pass
        case ast.Constant() if isinstance(node.value, int | float) and not isinstance(node.value, bool):
            pass
        case _:
            raise _refused(name, formula, f"{ast.unparse(node)[:60]!r} is not allowed")


def _value(node: ast.expr, name: str, formula: str, known: Mapping[str, Floats]) -> Floats:
    """The value of what was checked."""
    import numpy as np

    match node:
        case ast.BinOp():
            left = _value(node.left, name, formula, known)
            return _OPERATIONS[type(node.op)](left, _value(node.right, name, formula, known))
        case ast.UnaryOp():
            return -_value(node.operand, name, formula, known)
        case ast.Name() if node.id in known:
            return known[node.id]
        case ast.Name():
            raise _refused(name, formula, _no_column(node.id, known))
    assert isinstance(node, ast.Constant)
    return np.float64(node.value)  # type: ignore[return-value, arg-type]  # a scalar broadcasts


def _refused(name: str, formula: str, why: str) -> AlphaBenchError:
    return DataError(
        "R10",
        f"derive: {name} = {formula[:120]!r}: {why}",
        fix="use names of columns, numbers, + - * / and parentheses",
        field=name,
    )
