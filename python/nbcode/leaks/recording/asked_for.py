"""Rows of numbers that the cells of figures name: arrays and lists, whose means nobody can listen to."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nbcode.leaks.lineage import parsed
from nbcode.leaks.tables import dates_of_words, is_index, is_indexed
from nbcode.namespace import Code
from nbcode.primitives import Place

_FIGURES = frozenset({"mean", "std", "sum", "var", "prod", "median", "dot"})
_MODULES = frozenset({"np", "numpy", "statistics", "math", "stats"})
_FEWEST = 20


def names_of_figures(cells: Sequence[Code], told: frozenset[str]) -> Iterator[tuple[str, Place]]:
    """Names in the cells ``told`` (files) that a mean, a sum, a function of numpy or one of the cells' own is taken of, and where."""
    trees = {cell.file: parsed(cell.source) for cell in cells}
    own = {n.name for tree in trees.values() for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    for cell in cells:
        if cell.file not in told:
            continue
        for node in ast.walk(trees[cell.file]):
            if isinstance(node, ast.Call):
                place = Place(cell=cell.index, tag=cell.tag, line=node.lineno)
                yield from ((name, place) for name in _of_call(node, own))


def _of_call(node: ast.Call, own: set[str]) -> Iterator[str]:
    called = node.func
    if isinstance(called, ast.Attribute):
        if called.attr in _FIGURES and isinstance(called.value, ast.Name) and called.value.id not in _MODULES:
            yield called.value.id
        if not (isinstance(called.value, ast.Name) and called.value.id in _MODULES):
            return
    elif not (isinstance(called, ast.Name) and (called.id in own or called.id == "sum")):
        return
    for one in node.args:
        if isinstance(one, ast.Name):
            yield one.id


def row_of_numbers(value: object) -> np.ndarray[Any, Any] | None:
    """A list or an array of one column as float64, None for others."""
    if isinstance(value, list):
        if len(value) < _FEWEST or not all(isinstance(one, float | int | np.number) for one in value):
            return None
        return np.array(value, dtype=np.float64)
    if (
        isinstance(value, np.ndarray)
        and value.ndim == 1
        and value.dtype.kind in "fiub"
        and len(value) >= _FEWEST
    ):
        return value.astype(np.float64)
    return None


def sessions_beside(namespace: Mapping[str, Any], length: int) -> np.ndarray[Any, Any] | None:
    """The dates (datetime64, ascending, each once) that the cells have for a row of ``length`` numbers: in a list, an array, an index or
    the index of a series; None where there are none, or different ones."""
    found: list[np.ndarray[Any, Any]] = []
    for held in list(namespace.values()):
        value: Any = held.index if is_indexed(held) else held
        if not (isinstance(value, list | np.ndarray) or is_index(value)):
            continue
        if len(value) != length:
            continue
        dates = dates_of_words(value)
        if dates is not None and (np.diff(dates) > np.timedelta64(0)).all():
            found.append(dates)
    if not found or any(not np.array_equal(one, found[0]) for one in found[1:]):
        return None
    return found[0]
