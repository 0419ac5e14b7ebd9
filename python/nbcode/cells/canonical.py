"""The canonical form of a cell's syntax tree: the same bytes for the same code, on every supported Python.

Left out: positions, comments, formatting, quotes, `u` prefixes, type comments, and every field that is empty, so that
a field which a later Python adds changes nothing. Texts joined by the parser are one text, ``del (a, b)`` is
``del a, b``, and a docstring counts as :func:`laid_out` leaves it: formatters change all three. Where a promoted cell
reads docstrings, their layout is data and counts as it stands. Imports the standard library alone: the golden vectors
are recomputed by other interpreters from this file.
"""

from __future__ import annotations

import ast
from typing import Any

VERSION = b"nbcode-code-1\n"

_LEFT_OUT = frozenset({"ctx", "kind", "type_comment", "type_ignores", "str"})
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_SPECIAL = frozenset({*_DOCUMENTED, ast.Constant, ast.JoinedStr, ast.Delete, ast.FormattedValue})


def canonical_code(tree: ast.Module, *, exact_docstrings: bool = False) -> bytes:
    """The bytes that a code digest is taken over; ``exact_docstrings`` where the layout of a docstring can be read.

    Without recursion: any tree that was parsed can be written.
    """
    written: list[bytes] = [VERSION]
    stack: list[object] = [tree]
    while stack:
        item = stack.pop()
        if item.__class__ is bytes:
            written.append(item)
        elif isinstance(item, ast.AST):
            stack += _parts(item, exact_docstrings=exact_docstrings)
        else:
            written.append(_scalar(item))
    return b"".join(written)


_FORMS: dict[type, tuple[bytes, tuple[tuple[str, bytes], ...]]] = {}


def _form(node: ast.AST) -> tuple[bytes, tuple[tuple[str, bytes], ...]]:
    """The opening of a node and, in reverse alphabetical order, the fields that count."""
    names = sorted((name for name in node._fields if name not in _LEFT_OUT), reverse=True)
    return b"(" + type(node).__name__.encode(), tuple((name, b" " + name.encode() + b"=") for name in names)


def _parts(node: ast.AST, *, exact_docstrings: bool) -> list[object]:
    """The parts of a node, last first: closing bracket, each field that says something, opening."""
    kind = node.__class__
    form = _FORMS.get(kind)
    if form is None:
        form = _FORMS[kind] = _form(node)
    opening, fields = form
    parts: list[object] = [b")"]
    for name, written in fields:
        value: Any = getattr(node, name, None)
        if kind in _SPECIAL:
            value = _special(node, name, value, exact_docstrings=exact_docstrings)
        if value is None:
            continue
        if value.__class__ is list:
            if value:
                parts.append(b"]")
                parts += reversed(value)
                parts.append(written + b"[")
        elif isinstance(value, ast.AST):
            parts.append(value)
            parts.append(written)
        else:
            parts.append(written + _scalar(value))
    parts.append(opening)
    return parts


def _special(node: ast.AST, name: str, value: Any, *, exact_docstrings: bool) -> object:
    """A field's value where it is not taken as it stands."""
    if isinstance(node, ast.Constant):
        return _Exact(value) if name == "value" else value
    if name == "body" and isinstance(node, _DOCUMENTED):
        return value if exact_docstrings else _plain_docstring(value)
    if isinstance(node, ast.JoinedStr):
        return _joined(value) if name == "values" else value
    if isinstance(node, ast.Delete):
        return _flat(value) if name == "targets" else value
    if name == "format_spec" and isinstance(value, ast.JoinedStr) and not _joined(value.values):
        return None
    return value


class _Exact:
    """A constant's value, kept apart from the texts and numbers that are fields of nodes."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value


def _scalar(item: object) -> bytes:
    """One value, its type and length before it, so that no two values are written alike."""
    value = item.value if isinstance(item, _Exact) else item
    if value is None or value is Ellipsis or isinstance(value, bool):
        return b"<" + str(value).encode() + b">"
    if isinstance(value, str):
        text = value.encode("utf-8", "surrogatepass")
        return b"s%d:" % len(text) + text
    if isinstance(value, bytes):
        return b"b%d:" % len(value) + value
    if isinstance(value, int):
        return b"i" + hex(value).encode() + b";"
    if isinstance(value, float):
        return b"f" + value.hex().encode() + b";"
    if isinstance(value, complex):
        return b"c" + value.real.hex().encode() + b"," + value.imag.hex().encode() + b";"
    raise TypeError(f"no canonical form for {type(value).__name__}")


def _plain_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    """The body, its docstring as :func:`laid_out` leaves it.

    The first text of a cell is treated alike: no function bears it, but formatters take a cell for a module and indent it anew.
    """
    if not body:
        return []
    first = body[0]
    if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)):
        return body
    text = first.value.value
    if not isinstance(text, str):
        return body
    return [ast.Expr(value=ast.Constant(value=laid_out(text))), *body[1:]]


def laid_out(docstring: str) -> str:
    """A docstring without what formatters change: the common indentation of the lines after the first, white space at
    the ends of lines, leading tabs against spaces, and outer blank lines.

    As ``inspect.cleandoc``, which is not used because it is another function in Python 3.13 and because it also expands tabs
    inside a line, by an amount that depends on the indentation.
    """
    lines = [_indented(line) for line in docstring.split("\n")]
    indents = [len(line) - len(line.lstrip()) for line in lines[1:] if line]
    margin = min(indents, default=0)
    plain = [lines[0].lstrip(), *(line[margin:] for line in lines[1:])]
    return "\n".join(plain).strip("\n")


def _indented(line: str) -> str:
    """``line`` without white space at its end, the tabs of its indentation as spaces."""
    text = line.strip()
    return line[: line.index(text)].expandtabs() + text if text else ""


def _joined(values: list[ast.expr]) -> list[ast.expr]:
    """The parts of an f-string, neighbouring texts as one and empty ones left out."""
    parts: list[ast.expr] = []
    text = ""
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            text += value.value
            continue
        if text:
            parts.append(ast.Constant(value=text))
            text = ""
        parts.append(value)
    if text:
        parts.append(ast.Constant(value=text))
    return parts


def _flat(targets: list[ast.expr]) -> list[ast.expr]:
    """The targets of ``del``, tuples taken apart."""
    flat: list[ast.expr] = []
    for target in targets:
        flat += _flat(target.elts) if isinstance(target, ast.Tuple) else [target]
    return flat
