"""Environment variables that cells read and set.

The clean run has none but those it pins itself: a read gives its default there, or what a tagged cell above has set.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from nbcode.cells.facts import CellFacts
from nbcode.primitives import dataclass

VARIABLE_GETS = frozenset({"os.getenv", "os.environ.get"})


@dataclass(frozen=True, kw_only=True, slots=True)
class VariableRead:
    """A read of the variable ``name`` (None: only the run knows which) by ``node``. ``default`` is what holds where it is not set, None
    where the read then fails or gives None; ``asks``: it is only asked whether it is set."""

    node: ast.expr
    name: str | None
    default: ast.expr | None = None
    asks: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class VariableSet:
    """The variable ``name`` is set to ``value`` at ``line`` of its cell."""

    line: int
    name: str
    value: ast.expr


def variable_reads(facts: CellFacts, dotted: Callable[[ast.expr], str]) -> Iterator[VariableRead]:
    """Every read of a single variable. ``dotted`` gives the full name that an expression stands for."""
    if not _speaks_of_it(facts):
        return
    for call in facts.calls:
        if dotted(call.func) in VARIABLE_GETS:
            read = read_by(call)
            if read is not None:
                yield read
    for node in facts.all_of(ast.Subscript):
        if isinstance(node.ctx, ast.Load) and dotted(node.value) == "os.environ":
            yield VariableRead(node=node, name=_text(node.slice))
    for compare in facts.all_of(ast.Compare):
        if isinstance(compare.ops[0], ast.In | ast.NotIn) and dotted(compare.comparators[0]) == "os.environ":
            yield VariableRead(node=compare, name=_text(compare.left), asks=True)


def read_by(call: ast.Call) -> VariableRead | None:
    """What a call of ``os.getenv`` or ``os.environ.get`` reads; None where it is given nothing."""
    given = {one.arg: one.value for one in call.keywords}
    name = call.args[0] if call.args else given.get("key")
    default = call.args[1] if len(call.args) > 1 else given.get("default")
    if name is None:
        return None
    if isinstance(default, ast.Constant) and default.value is None:
        default = None
    return VariableRead(node=call, name=_text(name), default=default)


def variables_set(facts: CellFacts, dotted: Callable[[ast.expr], str]) -> Iterator[VariableSet]:
    """Every variable that a cell sets by its name, by whichever way."""
    if not _speaks_of_it(facts):
        return
    for assign in facts.all_of(ast.Assign):
        for target in assign.targets:
            if isinstance(target, ast.Subscript) and dotted(target.value) == "os.environ":
                yield from _setting(assign.lineno, target.slice, assign.value)
    for call in facts.calls:
        called = dotted(call.func)
        if called == "os.environ.setdefault" and len(call.args) == 2:
            yield from _setting(call.lineno, *call.args)
        elif called == "os.environ.update":
            for one in call.keywords:
                if one.arg is not None:
                    yield VariableSet(line=call.lineno, name=one.arg, value=one.value)
            for given in call.args:
                if isinstance(given, ast.Dict):
                    for key, value in zip(given.keys, given.values, strict=True):
                        yield from _setting(call.lineno, key, value)


def is_set_above(
    read: VariableRead, facts: CellFacts, cells: Iterable[CellFacts], dotted: Callable[[ast.expr], str]
) -> bool:
    """Whether one of ``cells`` sets the variable before ``facts`` reads it; what a function reads is read when it is called."""
    line = read.node.lineno
    called_later = any(
        one.lineno <= line <= (one.end_lineno or 0)
        for one in (*facts.all_of(ast.FunctionDef), *facts.all_of(ast.AsyncFunctionDef))
    )
    return any(
        setting.name == read.name
        and (called_later or (cell.cell.index, setting.line) < (facts.cell.index, line))
        for cell in cells
        for setting in variables_set(cell, dotted)
    )


def _setting(line: int, key: ast.expr | None, value: ast.expr) -> Iterator[VariableSet]:
    name = _text(key)
    if name is not None:
        yield VariableSet(line=line, name=name, value=value)


def _speaks_of_it(facts: CellFacts) -> bool:
    return "env" in facts.cell.source  # also of `from os import getenv as env`


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
