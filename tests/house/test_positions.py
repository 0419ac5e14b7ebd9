"""A look-up that answers -1 for what is not there is asked about it: -1 is the last position of whatever it is used on."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "python").rglob("*.py"))
_LOOKUPS = frozenset({"get_indexer", "get_indexer_for", "find", "rfind"})


def _may_answer_minus_one(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr == "get" and len(node.args) == 2:
        return ast.unparse(node.args[1]) == "-1"
    return node.func.attr in _LOOKUPS and "registry" not in ast.unparse(node.func)  # of a registry: a version


def _asked(node: ast.AST) -> bool:
    """A comparison; or the place after the one that was found, which is 0 where there is none."""
    after = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and ast.unparse(node.right) == "1"
    return after or isinstance(node, ast.Compare)


def unasked(source: str) -> list[str]:
    """Names of the functions that look something up in this way and never compare."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            parts = list(ast.walk(node))
            if any(map(_may_answer_minus_one, parts)) and not any(map(_asked, parts)):
                found.append(node.name)
    return found


def test_no_position_is_used_before_it_is_asked_whether_there_is_one() -> None:
    assert {str(p): names for p in SOURCES if (names := unasked(p.read_text(encoding="utf-8")))} == {}


@pytest.mark.parametrize(
    "lookup", ["at = index.get_indexer(keys)", "at = places.get(key, -1)", "at = text.find('x')"]
)
def test_the_search_bites(lookup: str) -> None:
    assert unasked(f"def f():\n    {lookup}\n    return values[at]\n") == ["f"]
    assert unasked(f"def f():\n    {lookup}\n    return None if at < 0 else values[at]\n") == []
