"""Whether a cell reads docstrings as data. Then their layout is part of what the cells compute."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

_WORDS = re.compile(
    r"(?<!\w)(?:__doc__|getdoc|get_docstring|docopt|docstring_parser|doctest|pydoc|co_consts)(?!\w)"
)


def reads_docstrings(source: str, nodes: Sequence[ast.AST]) -> bool:
    """Whether code (its text and every node of its tree) names something that gives a docstring, also inside a text
    (``getattr(f, "__doc__")``).

    Comments and docstrings themselves do not count: they read nothing.
    """
    if _WORDS.search(source) is None:
        return False
    docstrings = {id(found) for node in nodes if (found := _docstring(node)) is not None}
    return any(
        _WORDS.search(word) is not None
        for node in nodes
        if id(node) not in docstrings
        for word in _words(node)
    )


def _docstring(node: ast.AST) -> ast.expr | None:
    """The text that stands first in a body, docstring or not: a bare text is never read by what surrounds it."""
    body = getattr(node, "body", None)
    first = body[0] if isinstance(body, list) and body else None
    return first.value if isinstance(first, ast.Expr) else None


def _words(node: ast.AST) -> tuple[str, ...]:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return (name,)
        case ast.alias(name=name):
            return (name,)
        case ast.ImportFrom(module=str(name)):
            return (name,)
        case ast.Constant(value=str(text)):
            return (text,)
    return ()
