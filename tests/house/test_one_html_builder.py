"""Markup is made in one place, which escapes what it is given; no other module writes a tag or escapes by hand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILDER = ROOT / "python" / "alpha_bench" / "runtime" / "html.py"
TAGS = (
    "a b body br circle code desc details div em figcaption figure footer g h1 h2 h3 h4 head header hr html i img li line link main meta nav ol "
    "p path pre rect script section small span strong style sub summary sup svg table tbody td text th thead title tr ul"
).split()
TAG = re.compile(rf"(?<!\(\?P)</?(?:{'|'.join(TAGS)})(?:\s+[\w-]+=|\s*/?>)|<!doctype", re.IGNORECASE)


def docstrings(tree: ast.AST) -> set[int]:
    """The nodes that are docstrings, of names too."""
    return {
        id(one.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for one in node.body
        if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
    }


def markup_by_hand(source: str) -> Iterator[str]:
    """Tags in texts and in the fixed parts of f-strings, and what escapes by hand."""
    tree = ast.parse(source)
    silent = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            yield from (f"{node.lineno}: {found.group()}" for found in TAG.finditer(node.value))
        if isinstance(node, ast.ImportFrom) and node.module in {"html", "xml.sax.saxutils", "markupsafe"}:
            yield f"{node.lineno}: from {node.module}"
        if isinstance(node, ast.Import) and any(name.name == "html" for name in node.names):
            yield f"{node.lineno}: import html"


def test_only_the_builder_writes_tags() -> None:
    others = [path for path in sorted((ROOT / "python").rglob("*.py")) if path != BUILDER]
    found = {
        str(path.relative_to(ROOT)): seen
        for path in others
        if (seen := list(markup_by_hand(path.read_text("utf-8"))))
    }
    assert found == {}


def test_the_builder_itself_is_seen() -> None:
    """The control on the tree: what the law leaves out would not pass it."""
    assert any("doctype" in seen for seen in markup_by_hand(BUILDER.read_text("utf-8")))


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    return f'<p>{x}</p>'",
        "def f(x):\n    return '<td class=\"n\">' + x",
        "def f(x):\n    return f'<rect width=\"{x}\"/>'",
        "def f(x):\n    return ''.join(['</g>'])",
        "from html import escape",
        "import html",
    ],
)
def test_markup_by_hand_is_seen(source: str) -> None:
    """The control: each way of writing it."""
    assert list(markup_by_hand(source))


@pytest.mark.parametrize(
    "source",
    [
        'def f():\n    """Writes ``<p>text</p>``."""',
        "text = 'usage: nbcode promote <path to a notebook>'",
        "text = 'a < b and b > c; x<y'",
        "pattern = r'(?P<code>.*)$'",
        "import html.parser",
    ],
)
def test_what_is_no_markup_is_left_alone(source: str) -> None:
    assert list(markup_by_hand(source)) == []
