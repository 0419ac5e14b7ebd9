"""Which field of a syntax tree an edit changes and nothing else: a digest that left that field out would not notice the edit."""

from __future__ import annotations

import ast

Field = tuple[str, str]  # class of the node, name of the field

POSITIONS = frozenset({"ctx", "kind", "type_comment", "type_ignores"})
"""Fields that say nothing of what code means: where a name stands is seen by the node that holds it."""


def occurring(tree: ast.AST) -> set[Field]:
    """Every field that has a value somewhere in ``tree``."""
    return {
        (type(node).__name__, name)
        for node in ast.walk(tree)
        for name, value in ast.iter_fields(node)
        if name not in POSITIONS and (value or (type(node) is ast.Constant and name == "value"))
    }


def hiding(before: ast.AST, after: ast.AST) -> set[Field]:
    """The fields that hold the whole difference of two trees, outermost first: leaving out any of them hides the edit."""
    if type(before) is not type(after):
        return set()
    names = {*before._fields, *after._fields} - POSITIONS
    differing = [name for name in names if not _same(getattr(before, name, None), getattr(after, name, None))]
    if len(differing) != 1:
        return set()
    (name,) = differing
    return {(type(before).__name__, name)} | _within(getattr(before, name, None), getattr(after, name, None))


def _within(before: object, after: object) -> set[Field]:
    if isinstance(before, ast.AST) and isinstance(after, ast.AST):
        return hiding(before, after)
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = [(a, b) for a, b in zip(before, after, strict=True) if not _same(a, b)]
        return _within(*pairs[0]) if len(pairs) == 1 else set()
    return set()


def _same(before: object, after: object) -> bool:
    return _dumped(before) == _dumped(after)


def _dumped(value: object) -> object:
    if isinstance(value, ast.AST):
        return ast.dump(value)
    if isinstance(value, list):
        return [_dumped(one) for one in value]
    return type(value), repr(value)
