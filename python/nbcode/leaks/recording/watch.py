"""What the calls of cells are given, kept while the cells run once more: a P&L is what a mean or a sum is taken of, named or not."""

from __future__ import annotations

import ast
import builtins
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nbcode.leaks.tables import is_indexed

WATCH = "__nbcode_watch__"
_FEWEST = 12
_MOST_A_SITE = 3  # the last ones: a search has made its choice by then
_MOST_SITES = 400
_FIGURES = frozenset(
    {
        "mean",
        "std",
        "sum",
        "prod",
        "var",
        "median",
        "cumsum",
        "cumprod",
        "dot",
        "agg",
        "describe",
        "sem",
        "skew",
        "quantile",
    }
)

Site = tuple[str, int, int, int]
"""File, line, column, and the how manieth from the last of its values it is."""


class Watch:
    """Keeps the receivers and the arguments of calls, by their place."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, int, int], deque[Any]] = {}
        self._texts: dict[tuple[str, int, int], tuple[str, bool]] = {}

    def __call__(self, value: Any, file: str, line: int, column: int) -> Any:
        """``value`` itself, kept where it is a table or a row of numbers."""
        site = (file, line, column)
        if _is_numbers(value) and (site in self._seen or len(self._seen) < _MOST_SITES):
            self._seen.setdefault(site, deque(maxlen=_MOST_A_SITE)).append(value)
        return value

    def within(self, tree: ast.AST, file: str) -> Any:
        """``tree`` with its calls watched, but for those of decorated functions, which a compiler may read."""
        return _Watched(file, self._texts).visit(tree)

    def values(self) -> Iterator[tuple[Site, str, bool, Any]]:
        """What was kept: its place, how the cell writes it where that is a name, whether a figure may be made of it (it is an argument,
        or its mean or sum and so on is taken), and the value."""
        for site, kept in self._seen.items():
            text, figure = self._texts.get(site, ("", False))
            for number, value in enumerate(reversed(kept)):
                yield (*site, number), text, figure and getattr(value, "ndim", 1) == 1, value


def named(namespace: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The tables and rows of numbers that cells left under names, and in objects of their own classes."""
    for name, value in list(namespace.items()):
        if name.startswith("_"):
            continue
        if _is_numbers(value):
            yield name, value
        elif getattr(type(value), "__module__", "") == "__main__" and hasattr(value, "__dict__"):
            yield from ((f"{name}.{key}", held) for key, held in vars(value).items() if _is_numbers(held))


def _is_numbers(value: Any) -> bool:
    if is_indexed(value) or isinstance(value, np.ndarray):
        return getattr(value, "ndim", 0) in {1, 2} and len(value) >= _FEWEST
    if isinstance(value, list):
        return len(value) >= _FEWEST and isinstance(value[0], float | int | np.floating)
    is_series = type(value).__name__ == "Series" and type(value).__module__.startswith("polars")
    return is_series and len(value) >= _FEWEST


class _Watched(ast.NodeTransformer):
    def __init__(self, file: str, texts: dict[tuple[str, int, int], tuple[str, bool]]) -> None:
        self._file, self._texts = file, texts

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node if node.decorator_list else self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        takes = _takes_figures(node.func)
        if isinstance(node.func, ast.Attribute):
            node.func.value = self._watched(node.func.value, figure=node.func.attr in _FIGURES)
        node.args = [
            one if isinstance(one, ast.Starred) else self._watched(one, figure=takes) for one in node.args
        ]
        return node

    def _watched(self, node: ast.expr, *, figure: bool) -> ast.expr:
        """Constants and plain modules are nothing to look at."""
        if isinstance(node, ast.Constant | ast.Lambda | ast.GeneratorExp | ast.JoinedStr):
            return node
        line, column = node.lineno, node.end_col_offset or node.col_offset
        self._texts.setdefault((self._file, line, column), (_text(node), figure))
        call = ast.Call(
            ast.Name(WATCH, ast.Load()),
            [node, ast.Constant(self._file), ast.Constant(line), ast.Constant(column)],
            [],
        )
        return ast.fix_missing_locations(ast.copy_location(call, node))


def _takes_figures(called: ast.expr) -> bool:
    """Whether what is called can make a figure of an argument: a function of the notebook's own, or a mean, a sum and so on."""
    if isinstance(called, ast.Name):
        return called.id == "sum" or not hasattr(builtins, called.id)
    return isinstance(called, ast.Attribute) and called.attr.removeprefix("nan") in _FIGURES


def _text(node: ast.expr) -> str:
    """How it is written, where it is a name; the calls in it are watched already."""
    return (
        ast.unparse(node)
        if isinstance(node, ast.Name | ast.Attribute) and WATCH not in ast.unparse(node)
        else ""
    )
