"""The fix of a chain of pandas' calls on an expression: the same in the platform's words."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from alpha_bench.describe import method_call, written_for
from alpha_bench.names import ATTRIBUTES
from nbcode.cells.facts import CellFacts
from nbcode.cells.rules.edits import rewritten
from nbcode.primitives import Fix

if TYPE_CHECKING:
    from alpha_bench.describe import MethodCall


def instead_of(facts: CellFacts, node: ast.Attribute) -> Fix | None:
    """The fix for ``node``, an attribute of an expression that has none of that name, and the calls that follow it; None where
    nothing gives the same."""
    calls = _calls_from(facts, node)
    written, replaced, at = _text_of(node.value), None, 0
    while at < len(calls):
        found = written_for(written, [method for method, _ in calls[at:]])
        method, call = calls[at]
        if found is not None:
            written, at = found[0], at + found[1]
            replaced = (written, calls[at - 1][1])
        elif replaced is not None and method.name in ATTRIBUTES["an expression"]:
            function = ast.unparse(call.func)
            written, at = f"{written}.{method.name}{ast.unparse(call)[len(function) :]}", at + 1
        else:
            break
    if replaced is None:
        return None
    text, whole = replaced
    return rewritten(f"write {text}", facts.place_of(whole), text)


def _calls_from(facts: CellFacts, node: ast.Attribute) -> list[tuple[MethodCall, ast.Call]]:
    """The call of ``node``, the call of a method of what it gives, and so on; empty where ``node`` is not called."""
    by_function = {id(call.func): call for call in facts.calls}
    by_value = {id(read.value): read for read in facts.all_of(ast.Attribute)}
    found: list[tuple[MethodCall, ast.Call]] = []
    here: ast.Attribute | None = node
    while here is not None:
        call = by_function.get(id(here))
        if call is None or any(k.arg is None for k in call.keywords):
            break
        if any(isinstance(given, ast.Starred) for given in call.args):
            break
        keywords = {str(k.arg): _text_of(k.value) for k in call.keywords}
        found.append((method_call(here.attr, [_text_of(given) for given in call.args], keywords), call))
        here = by_value.get(id(call))
    return found


def _text_of(node: ast.expr) -> str:
    """``data.close`` also for ``data["close"]``."""
    match node:
        case ast.Subscript(value=ast.Name(id="data"), slice=ast.Constant(value=str(field))) if (
            field.isidentifier()
        ):
            return f"data.{field}"
    return ast.unparse(node)
