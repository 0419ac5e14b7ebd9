"""What cells learn from: the tables in their calls of ``fit`` and of what splits, evaluated when the cells have ended."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nbcode.leaks._pandas import numbers_of
from nbcode.leaks.arguments import Function, calls_in, followed_arguments
from nbcode.leaks.keys import Keys, keys_of
from nbcode.leaks.look import Obstacle
from nbcode.namespace import Code
from nbcode.primitives import Place, dataclass

_LEARNS = ("fit", "fit_transform", "fit_predict", "partial_fit", "train_test_split")
_FOLDS = ("cross_val_score", "cross_validate", "cross_val_predict")
_HOLDS = ("Dataset", "DMatrix", "QuantileDMatrix", "Pool")
_MODELS = ("OLS", "WLS", "GLS", "Logit", "Probit", "GLM", "RLM")
_TABLE_AT = dict.fromkeys((*_LEARNS, *_HOLDS), 0) | dict.fromkeys((*_FOLDS, *_MODELS), 1)
"""Where the table is among the arguments of what learns: an estimator's, LightGBM's and XGBoost's, statsmodels'."""
_KEYWORDS = frozenset({"X", "exog", "data"})
_SAME_ROWS = frozenset({"to_numpy", "astype", "copy"})
_OF_ROWS = frozenset({"add_constant", "array", "asarray"})
_PURE = (
    *(ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.List, ast.Tuple, ast.Slice, ast.Load),
    *(ast.Compare, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.cmpop),
)
_LONGEST = 40
_DATED = 'keep the dates: X = table.set_index("date")[columns]'


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Learnt:
    """A table that is learnt from: the expression that gives it, its numbers, and whose rows they are."""

    cell: Code
    line: int
    text: str
    numbers: np.ndarray[Any, Any]
    keys: Keys

    @property
    def place(self) -> Place:
        """Where it is learnt from."""
        return Place(cell=self.cell.index, tag=self.cell.tag, line=self.line)

    def missed(self, cause: str, fix: str = "") -> Obstacle:
        """Why this table was not looked at."""
        return _missed(self.cell, f"{self.text} {cause}", fix)


def tables(
    cells: Sequence[Code], namespace: Mapping[str, object]
) -> tuple[tuple[Learnt, ...], tuple[Obstacle, ...]]:
    """The tables whose rows can be followed, and why the others cannot."""
    learnt: list[Learnt] = []
    missed: list[Obstacle] = []
    trees = [(cell, tree) for cell in cells if (tree := _parsed(cell)) is not None]
    calls = [call for _, tree in trees for call, function in calls_in(tree) if function is None]
    for cell, tree in trees:
        for call, given, function in _given(tree):
            followed = followed_arguments(given, function, calls)
            for table in followed:
                match _table(cell, call, table, namespace):
                    case Learnt() as one:
                        learnt.append(one)
                    case Obstacle() as obstacle if _called(call) in _TABLE_AT:
                        missed.append(obstacle)
            if not followed and _called(call) in _TABLE_AT:
                missed.append(_gone(cell, call, _shown(given)))
    return tuple(learnt), tuple(missed)


def _parsed(cell: Code) -> ast.Module | None:
    try:
        return ast.parse(cell.source)
    except SyntaxError:
        return None


def _table(cell: Code, call: ast.Call, given: ast.expr, namespace: Mapping[str, object]) -> Learnt | Obstacle:
    shown = _shown(given)
    table = _same_rows(given)
    if not all(isinstance(node, _PURE) for node in ast.walk(table)):
        fix = "give it a name first, on a line of its own: X = ..., then fit(X, y)"
        return _missed(cell, f"{shown} is computed inside the call, line {call.lineno}", fix)
    try:
        value: object = eval(  # noqa: S307 - the cell's own expression, in the sandbox that ran the cell
            compile(ast.Expression(table), "<learnt>", "eval"), dict(namespace)
        )
    except Exception:
        return _gone(cell, call, shown)
    numbers = numbers_of(value)
    if numbers is None:
        return _missed(cell, f"{shown} holds no numbers by row", "give what learns a table of numbers")
    keys = keys_of(value, namespace)
    if keys is None or len(keys.dates) != len(numbers):
        return _missed(cell, f"{shown} does not say of which date its rows are", _DATED)
    return Learnt(cell=cell, line=call.lineno, text=shown, numbers=numbers, keys=keys)


def _missed(cell: Code, cause: str, fix: str) -> Obstacle:
    return Obstacle(cause=cause, fix=fix, place=Place(cell=cell.index, tag=cell.tag))


def _gone(cell: Code, call: ast.Call, shown: str) -> Obstacle:
    fix = "assign what the model learns from to a name of a tagged cell, outside of functions"
    return _missed(cell, f"{shown} is not there when the cells have ended, line {call.lineno}", fix)


def _shown(expression: ast.expr) -> str:
    text = ast.unparse(expression)
    return f"`{text if len(text) <= _LONGEST else text[: _LONGEST - 1] + '…'}`"


def _given(tree: ast.Module) -> Iterator[tuple[ast.Call, ast.expr, Function | None]]:
    """Calls at any depth that learn from a table, with the expression of the table, and the function around them."""
    for node, function in calls_in(tree):
        called = _called(node)
        names = _KEYWORDS if called in _TABLE_AT else frozenset({"X"})
        given = next((k.value for k in node.keywords if k.arg in names), None)
        at = _TABLE_AT.get(called)
        if given is None and at is not None and len(node.args) > at:
            given = node.args[at]
        if given is not None and not isinstance(given, ast.Constant | ast.Starred):
            yield node, given, function


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _same_rows(expression: ast.expr) -> ast.expr:
    """Without the calls around it that leave every row where it is."""
    while isinstance(expression, ast.Call):
        if _called(expression) in _SAME_ROWS and isinstance(expression.func, ast.Attribute):
            expression = expression.func.value
        elif _called(expression) in _OF_ROWS and expression.args:
            expression = expression.args[0]
        else:
            break
    return expression
