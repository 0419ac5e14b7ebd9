"""Functions of cells that no name of the cells leads to: lambdas, and functions that another function made.

Each gets a name, and a statement that binds it. What it reads of the function around it becomes the argument of a function that
makes it again, by value.
"""

from __future__ import annotations

import ast
import copy
import linecache
import textwrap
import types
from collections.abc import Mapping

from nbcode.primitives import dataclass

LAMBDA = "<lambda>"
_Function = ast.Lambda | ast.FunctionDef


@dataclass(frozen=True, kw_only=True, slots=True)
class Nameless:
    """The statement that makes a function, but for its name; ``closed`` is what it reads of the functions around it, by name, and
    ``itself`` the name by which it calls itself there (empty: it does not)."""

    node: _Function
    text: str
    closed: Mapping[str, object]
    itself: str = ""

    def bound(self, name: str, arguments: Mapping[str, str]) -> str:
        """The statement that binds ``name``; ``arguments`` are the names that hold what it reads."""
        called = None if isinstance(self.node, ast.Lambda) else self.node.name
        if not arguments and not self.itself and called is None:
            return f"{name} = {self.text}"
        lines = [f"def _make_{name}({', '.join(arguments)}):"]
        if called is not None:
            lines.append(textwrap.indent(self.text, "    "))
        if self.itself and self.itself != called:
            lines.append(f"    {self.itself} = {called or self.text}")
        lines.append(f"    return {self.itself or called or self.text}")
        return "\n".join([*lines, "", f"{name} = _make_{name}({', '.join(arguments.values())})"])


def nameless(function: types.FunctionType) -> Nameless | None:
    """What makes ``function`` again; None where its source is not to be found, or does not make it alone."""
    code = function.__code__
    source = "".join(linecache.getlines(code.co_filename))
    found = _node(code, source)
    if found is None:
        return None
    node = copy.deepcopy(found)
    if isinstance(node, ast.FunctionDef):
        node.decorator_list = []  # what decorators made of it is another function
    closed, itself = _without_defaults(node.args, function), ""
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            value = cell.cell_contents
        except ValueError:  # the function around it had not bound it yet
            return None
        if value is function and not itself:
            itself = name
        else:
            closed[name] = value
    return Nameless(node=node, text=ast.unparse(node), closed=closed, itself=itself)


def _without_defaults(args: ast.arguments, function: types.FunctionType) -> dict[str, object]:
    """Put a name in the place of each default, which was computed where the function was made; the values by these names."""
    values: dict[str, object] = {}
    named = [*args.posonlyargs, *args.args]
    for number, value in enumerate(function.__defaults__ or ()):
        name = f"{named[len(named) - len(args.defaults) + number].arg}_default"
        args.defaults[number] = ast.Name(name)
        values[name] = value
    for number, one in enumerate(args.kwonlyargs):
        if args.kw_defaults[number] is not None:
            args.kw_defaults[number] = ast.Name(f"{one.arg}_default")
            values[f"{one.arg}_default"] = (function.__kwdefaults__ or {})[one.arg]
    return values


def _node(code: types.CodeType, source: str) -> _Function | None:
    """The lambda or function of ``source`` that was compiled to ``code``."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    found: list[_Function] = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Lambda | ast.FunctionDef) or _first_line(node) != code.co_firstlineno:
            continue
        name = LAMBDA if isinstance(node, ast.Lambda) else node.name
        taken = [one.arg for one in (*node.args.posonlyargs, *node.args.args)]
        same = name == code.co_name and taken == list(code.co_varnames[: code.co_argcount])
        if same and _holds(node, code):
            found.append(node)
    # Of two lambdas, one within the other, both hold the inner one's places.
    return min(found, key=_width, default=None)


def _first_line(node: _Function) -> int:
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return min([node.lineno, *(one.lineno for one in decorators)])


def _holds(node: _Function, code: types.CodeType) -> bool:
    body = [node.body] if isinstance(node, ast.Lambda) else node.body
    first = (body[0].lineno, body[0].col_offset)
    last = (body[-1].end_lineno or 0, body[-1].end_col_offset or 0)
    places = [
        ((line, column), (end_line or line, end or column))
        for line, end_line, column, end in code.co_positions()
        if line is not None and column is not None and (line, column) >= first
    ]
    return bool(places) and all(begin >= first and end <= last for begin, end in places)


def _width(node: _Function) -> tuple[int, int]:
    return (node.end_lineno or node.lineno) - node.lineno, (node.end_col_offset or 0) - node.col_offset
