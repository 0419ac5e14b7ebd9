"""What comes near to a result in a notebook that has none: what is missing of it, and what to type when that is there."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from nbcode.cells.facts import CellFacts
from nbcode.cells.suggestion.held import Holdings
from nbcode.cells.suggestion.statements import statements_of
from nbcode.primitives import dataclass

_MOST, _SELF_AND_ROWS = 3, 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Nearest:
    """``name`` of cell ``cell``; ``why`` it is no result as it is, ``before`` what to do first (empty: nothing), ``option`` what to
    type then."""

    name: str
    cell: int
    why: str
    before: str
    option: str


def nearest_to_a_result(cells: Sequence[CellFacts], holdings: Holdings) -> tuple[Nearest, ...]:
    """Tables that were computed, objects of the notebook's classes that do not predict, and what an optimiser found; the last first."""
    classes = {node.name: node for facts in cells for node in facts.all_of(ast.ClassDef)}
    found: dict[str, Nearest] = {}
    for facts in cells:
        for statement, _ in statements_of(facts.tree.body if facts.tree is not None else ()):
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    found.pop(name, None)
                    one = _near(name, value, facts, classes, holdings)
                    if one is not None:
                        found[name] = one
    last = list(found.values())[::-1]
    return tuple(sorted(last, key=lambda one: bool(one.before))[:_MOST])


def _near(
    name: str,
    value: ast.expr,
    facts: CellFacts,
    classes: dict[str, ast.ClassDef],
    holdings: Holdings,
) -> Nearest | None:
    held, cell = holdings.of(name), facts.cell.index
    match value:
        case ast.Call(func=ast.Name(id=kind)) if kind in classes:
            method = next(_predicting(classes[kind]), None)
            if method == "predict":
                return Nearest(
                    name=name,
                    cell=cell,
                    why=f"is a {kind}, and nothing is seen to fit it",
                    before="",
                    option=f"--model {name}",
                )
            if method is None:
                return None
            return Nearest(
                name=name,
                cell=cell,
                why=f"is a {kind}, whose method {method} gives values, and which has no predict",
                before=f"add `    predict = {method}` as the last line of class {kind}",
                option=f"--model {name}",
            )
    if held is None:
        return None
    if held.kind in {"solution", "solved"}:
        return Nearest(
            name=name,
            cell=cell,
            why="holds parameters that an optimiser found, which predict no row and have no date",
            before="assign what they give for each date to a series on these dates, called signal",
            option="--signal signal",
        )
    if held.is_table and not held.is_read:
        return Nearest(
            name=name,
            cell=cell,
            why=f"is a {held.kind}, and not called like scores or positions",
            before="",
            option=f"--signal {name}",
        )
    return None


def _predicting(node: ast.ClassDef) -> Iterator[str]:
    """Methods that may be meant by predict: one argument, and an answer."""
    found = [
        one.name
        for one in node.body
        if isinstance(one, ast.FunctionDef)
        and not one.name.startswith("_")
        and not one.decorator_list
        and len(one.args.args) - len(one.args.defaults) == _SELF_AND_ROWS
        and any(
            isinstance(inner, ast.Return) and inner.value is not None for inner, _ in statements_of(one.body)
        )
    ]
    yield from sorted(found, key=lambda name: name != "predict")
