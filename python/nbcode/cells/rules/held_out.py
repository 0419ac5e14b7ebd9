"""Whether a notebook tests on rows that it keeps away from every split and fit."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbcode.cells.context import Context
from nbcode.cells.rules.calls import keyword
from nbcode.cells.trees import walk

CROSS_VALIDATORS = frozenset({"cross_val_score", "cross_validate", "cross_val_predict"})
_TESTS = frozenset({"predict", "predict_proba", "decision_function", "score"})
_LEARNS = frozenset({"fit", "fit_transform", "fit_predict", "partial_fit", "split"})


def held_out(context: Context) -> str | None:
    """The name of rows that are predicted or scored, that no fold holds and no fit sees, and that are not taken out of some that one
    does: ``X_test`` beside ``cross_val_score(m, X_train, y_train)``. None where there are none, or the text does not say.

    The name is one of the notebook's own, not of a function or of a loop, where it may be a fold's.
    """
    learnt: set[str] = set()
    tested: set[str] = set()
    for facts in context.tagged:
        for call, _ in context.calls_of(facts):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name in _TESTS:
                tested |= _roots(keyword(call, "X") or next(iter(call.args), None))
            elif name in _LEARNS:
                learnt |= _roots(keyword(call, "X") or next(iter(call.args), None))
            elif name in CROSS_VALIDATORS:
                learnt |= _roots(keyword(call, "X") or next(iter(call.args[1:]), None))
    values = dict(_values(context))
    apart = [name for name in tested - learnt if name in values and not values[name] & learnt]
    return min(apart, default=None)


def _values(context: Context) -> Iterator[tuple[str, frozenset[str]]]:
    """Each name that is assigned outside of functions and loops, and the names in the value."""
    for facts in context.tagged:
        for statement in facts.tree.body if facts.tree is not None else ():
            if not isinstance(statement, ast.Assign):
                continue
            for target in statement.targets:
                yield from _pairs(target, statement.value)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, frozenset[str]]]:
    if isinstance(target, ast.Name):
        yield target.id, frozenset(node.id for node in walk(value) if isinstance(node, ast.Name))
    elif isinstance(target, ast.Tuple | ast.List):
        parts = value.elts if isinstance(value, ast.Tuple | ast.List) else ()
        for number, inner in enumerate(target.elts):
            yield from _pairs(inner, parts[number] if len(parts) == len(target.elts) else value)


def _roots(node: ast.expr | None) -> set[str]:
    """``X_test`` of ``X_test[columns].to_numpy()``: the names that rows are taken from."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return {node.id} if isinstance(node, ast.Name) else set()
