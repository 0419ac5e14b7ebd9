"""The canonical form of a function's syntax tree: the same plain data for the same code, on every supported Python.

Left out: positions, comments, formatting, quotes, docstrings, type annotations, and every field that is empty, so that a field
which a later Python adds changes nothing. Neighbouring texts of an f-string are one text, and ``del (a, b)`` is ``del a, b``:
the parsers differ there.
"""

from __future__ import annotations

import ast
from typing import TypeAlias

Form: TypeAlias = "str | list[Form]"

_LEFT_OUT = frozenset({"ctx", "kind", "type_comment", "type_ignores", "str", "annotation", "returns"})
_DOCUMENTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def code_form(node: ast.AST) -> Form:
    """``[type, [field, value], ...]``, fields by name; a list of nodes is a list."""
    if isinstance(node, ast.Constant):
        return ["Constant", constant_form(node.value)]
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return code_form(ast.Assign(targets=[node.target], value=node.value))
    parts: list[Form] = [type(node).__name__]
    for name in sorted(node._fields):
        if name in _LEFT_OUT:
            continue
        value = _field(node, name, getattr(node, name, None))
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


def _field(node: ast.AST, name: str, value: object) -> object:
    """A field's value where it is not taken as it stands."""
    if isinstance(node, _DOCUMENTED) and name == "body":
        return without_docstring(node.body)
    if isinstance(node, ast.JoinedStr) and name == "values":
        return _joined(node.values)
    if isinstance(node, ast.Delete) and name == "targets":
        return _flat(node.targets)
    if name == "format_spec" and isinstance(value, ast.JoinedStr) and not _joined(value.values):
        return None
    return value


def without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements of a body after its docstring."""
    first = body[0]
    documented = (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )
    return body[1:] if documented else body


def _joined(values: list[ast.expr]) -> list[ast.expr]:
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
    flat: list[ast.expr] = []
    for target in targets:
        flat += _flat(target.elts) if isinstance(target, ast.Tuple) else [target]
    return flat
