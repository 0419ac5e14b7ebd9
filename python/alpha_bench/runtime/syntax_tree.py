"""The canonical form of a syntax tree: the same for the same code, on every supported Python. In bytes, and as plain data.

Left out: positions, comments, formatting, quotes, ``u`` prefixes, type comments, and every field that is empty, so that a field
which a later Python adds changes nothing. Texts joined by the parser are one text, and ``del (a, b)`` is ``del a, b``: the
parsers and formatters differ there.

Two things have an identity by it, and differ in what else of a tree they count. A promoted cell (:func:`canonical_code`): its
annotations, which it may read, and what its docstrings say. A custom feature (:func:`code_form`): neither, since
they decide nothing of what it gives. Imports the standard library alone: the golden vectors are recomputed by other
interpreters from this file.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, TypeAlias

Form: TypeAlias = "str | list[Form]"

VERSION = b"nbcode-code-1\n"

_LEFT_OUT = frozenset({"ctx", "kind", "type_comment", "type_ignores", "str"})
_ANNOTATIONS = frozenset({"annotation", "returns"})
_FUNCTIONS_AND_CLASSES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_DOCUMENTED = (*_FUNCTIONS_AND_CLASSES, ast.Module)
_SPECIAL = frozenset({*_DOCUMENTED, ast.JoinedStr, ast.Delete, ast.FormattedValue})
_NAMES: dict[type, tuple[str, ...]] = {}
_FORMS: dict[type, tuple[bytes, tuple[tuple[str, bytes], ...]]] = {}

Docstrings: TypeAlias = Callable[[list[ast.stmt]], list[ast.stmt]]
"""What becomes of the statements of a body, of which the first may be a docstring."""


# -- what counts of a node: one rule for both forms ----------------------------------------------------------------


def _names(kind: type[ast.AST]) -> tuple[str, ...]:
    """The fields of a node that count, by name."""
    names = _NAMES.get(kind)
    if names is None:
        names = _NAMES[kind] = tuple(sorted(name for name in kind._fields if name not in _LEFT_OUT))
    return names


def _value(node: ast.AST, name: str, value: Any, docstrings: Docstrings) -> Any:
    """A field's value where it is not taken as it stands."""
    if name == "body" and isinstance(node, _DOCUMENTED):
        return docstrings(value)
    if isinstance(node, ast.JoinedStr):
        return _joined(value) if name == "values" else value
    if isinstance(node, ast.Delete):
        return _flat(value) if name == "targets" else value
    if name == "format_spec" and isinstance(value, ast.JoinedStr) and not _joined(value.values):
        return None
    return value


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
    return [*parts, ast.Constant(value=text)] if text else parts


def _flat(targets: list[ast.expr]) -> list[ast.expr]:
    """The targets of ``del``, tuples taken apart."""
    flat: list[ast.expr] = []
    for target in targets:
        flat += _flat(target.elts) if isinstance(target, ast.Tuple) else [target]
    return flat


# -- docstrings ----------------------------------------------------------------------------------------------------


def _as_written(body: list[ast.stmt]) -> list[ast.stmt]:
    return body


def without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements of a body after its docstring."""
    return body if _docstring(body) is None else body[1:]


def _with_plain_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    """The body, its docstring as :func:`laid_out` leaves it.

    The first text of a cell is treated alike: no function bears it, but formatters take a cell for a module and indent it anew.
    """
    text = _docstring(body)
    return body if text is None else [ast.Expr(value=ast.Constant(value=laid_out(text))), *body[1:]]


def _docstring(body: list[ast.stmt]) -> str | None:
    first = body[0] if body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        return first.value.value if isinstance(first.value.value, str) else None
    return None


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


# -- bytes: what a cell's code digest is taken over -----------------------------------------------------------------


def canonical_code(tree: ast.Module, *, exact_docstrings: bool = False) -> bytes:
    """The bytes that a code digest is taken over; ``exact_docstrings`` where the layout of a docstring can be read.

    Without recursion: any tree that was parsed can be written.
    """
    docstrings = _as_written if exact_docstrings else _with_plain_docstring
    written: list[bytes] = [VERSION]
    stack: list[object] = [tree]
    while stack:
        item = stack.pop()
        if item.__class__ is bytes:
            written.append(item)
        elif isinstance(item, ast.AST):
            stack += _parts(item, docstrings)
        else:
            written.append(_scalar(item))
    return b"".join(written)


def _form(kind: type[ast.AST]) -> tuple[bytes, tuple[tuple[str, bytes], ...]]:
    """The opening of a node and, in reverse alphabetical order, the fields that count."""
    names = reversed(_names(kind))
    return b"(" + kind.__name__.encode(), tuple((name, b" " + name.encode() + b"=") for name in names)


def _parts(node: ast.AST, docstrings: Docstrings) -> list[object]:
    """The parts of a node, last first: closing bracket, each field that says something, opening."""
    kind = node.__class__
    form = _FORMS.get(kind)
    if form is None:
        form = _FORMS[kind] = _form(kind)
    opening, fields = form
    parts: list[object] = [b")"]
    for name, written in fields:
        value: Any = getattr(node, name, None)
        if kind is ast.Constant and name == "value":
            value = _Exact(value)
        elif kind in _SPECIAL:
            value = _value(node, name, value, docstrings)
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


# -- plain data: what identifies a custom feature -----------------------------------------------------------


def code_form(node: ast.AST) -> Form:
    """``[type, [field, value], ...]``, fields by name; a list of nodes is a list. Docstrings and annotations do not count."""
    if isinstance(node, ast.Constant):
        return ["Constant", constant_form(node.value)]
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return code_form(ast.Assign(targets=[node.target], value=node.value))
    parts: list[Form] = [type(node).__name__]
    docstrings = without_docstring if isinstance(node, _FUNCTIONS_AND_CLASSES) else _as_written
    for name in _names(type(node)):
        if name in _ANNOTATIONS:
            continue
        value = _value(node, name, getattr(node, name, None), docstrings)
        if value is None or value == []:
            continue
        parts.append([name, _value_form(value)])
    return parts


def _value_form(value: object) -> Form:
    if isinstance(value, list):
        return [_value_form(v) for v in value]
    return code_form(value) if isinstance(value, ast.AST) else constant_form(value)


def constant_form(value: object) -> Form:
    """One value with its type, so that no two values are written alike. Raises TypeError for what is no constant."""
    if value is None or value is Ellipsis or isinstance(value, bool):
        return ["the", str(value)]
    if isinstance(value, str):
        plain = value.isascii() and value.isprintable()  # what else is printable depends on the Python
        return ["str", value] if plain else ["utf8", value.encode("utf-8", "surrogatepass").hex()]
    if isinstance(value, bytes):
        return ["bytes", value.hex()]
    if isinstance(value, int):
        return ["int", hex(value)]
    if isinstance(value, float):
        return ["float", value.hex()]
    if isinstance(value, complex):
        return ["complex", value.real.hex(), value.imag.hex()]
    if isinstance(value, tuple):
        return ["tuple", *(constant_form(v) for v in value)]
    if isinstance(value, frozenset):
        return ["frozenset", *sorted((constant_form(v) for v in value), key=str)]
    raise TypeError(f"{type(value).__name__} is no constant")
