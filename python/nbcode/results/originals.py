"""alpha_bench and nbcode as they were before the cells: a definition is told by their functions, so that cells which put others in their place
define one thing and have another registered."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from types import FunctionType, ModuleType

from nbcode.primitives import Diagnostic, Place

_OURS = frozenset({"alpha_bench", "nbcode"})
_OF_A_CELL = "<cell "

_Held = tuple[object, ...]


class Originals:
    """Every function of theirs that is loaded now, those of their classes among them."""

    def __init__(self) -> None:
        """Note them."""
        self._before: dict[tuple[str, str, str], _Held] = {
            place: _held(function) for place, function in _functions()
        }

    def replaced(self) -> str | None:
        """The dotted name of one that is another now, or does another thing; None where all are as they were. One that was loaded since is
        another where a cell made it."""
        now = dict(_functions())
        for place, held in self._before.items():
            function = now.get(place)
            if function is None or any(a is not b for a, b in zip(_held(function), held, strict=True)):
                return ".".join(filter(None, place))
        for place, function in now.items():
            if place not in self._before and function.__code__.co_filename.startswith(_OF_A_CELL):
                return ".".join(filter(None, place))
        return None


def _held(function: FunctionType) -> _Held:
    return function, function.__code__, function.__defaults__, function.__kwdefaults__


def _functions() -> Iterator[tuple[tuple[str, str, str], FunctionType]]:
    """(module, class or empty, name) and the function there."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] not in _OURS or not isinstance(module, ModuleType):
            continue
        for attribute, value in list(vars(module).items()):
            if isinstance(value, FunctionType):
                yield (name, "", attribute), value
            elif isinstance(value, type) and value.__module__ == name:
                for member, inner in list(vars(value).items()):
                    function = _underneath(inner)
                    if function is not None:
                        yield (name, attribute, member), function


def _underneath(member: object) -> FunctionType | None:
    """The function of a method, a property, a class or static method."""
    for inner in (member, getattr(member, "__func__", None), getattr(member, "fget", None)):
        if isinstance(inner, FunctionType):
            return inner
    return None


def replaced_by_a_cell(name: str, place: Place | None = None, source: str = "") -> Diagnostic:
    """NBC-H27 for the function ``name`` (dotted); ``place`` is the cell that has done it, whose ``source`` tells the line."""
    if place is not None:
        place = Place(cell=place.cell, tag=place.tag, line=_line_of(name.rpartition(".")[2], source))
    return Diagnostic(
        code="NBC-H27",
        message=f"a cell puts a function of its own in the place of {name}",
        cause="what the cells define is told by alpha_bench's own functions: by another one, what is registered need not be what the cells say",
        fixes=(
            "take out what assigns to alpha_bench or nbcode",
            "write a feature of your own under @feature",
        ),
        place=place or Place(tag="setup"),
    )


def _line_of(name: str, source: str) -> int | None:
    """The first line of ``source`` that speaks of ``name`` as an attribute, or as a text."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    lines = [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr == name)
        or (isinstance(node, ast.Constant) and node.value == name)
    ]
    return min(lines, default=None)
