"""On which rows plain Python cells trained and tested: what their calls of ``fit`` and ``predict`` name, as those names stand when
the run has ended. Nothing is watched while it runs, so what a loop or a function had in hand is said to be unknown."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from nbcode.primitives import Json, dataclass

Use = Literal["trained", "tested"]

_USES: Mapping[str, Use] = {
    "fit": "trained",
    "fit_transform": "trained",
    "partial_fit": "trained",
    "decision_function": "tested",
    "predict": "tested",
    "predict_proba": "tested",
    "score": "tested",
}
_FOLDED = frozenset({"cross_val_predict", "cross_val_score", "cross_validate"})
_PURE = (
    *(ast.Name, ast.Attribute, ast.Subscript, ast.Slice, ast.Constant, ast.Tuple, ast.List),
    *(ast.UnaryOp, ast.BinOp, ast.Compare, ast.Load, ast.operator, ast.unaryop, ast.cmpop),
)
"""What an argument may be made of to be looked at again: it names and selects, it calls nothing."""
_LISTED = 12
_LONGEST = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class RowsUsed:
    """A call that trains or tests. ``rows`` is None where they are not known; ``first`` and ``last`` are dates, where the rows
    have any."""

    use: Use
    call: str
    rows: int | None
    first: str | None = None
    last: str | None = None

    def to_json(self) -> dict[str, Json]:
        """One of ``rows`` in report.json."""
        return {
            "use": self.use,
            "call": self.call,
            "rows": self.rows,
            "first": self.first,
            "last": self.last,
        }


def rows_used(namespace: Mapping[str, object], sources: Iterable[str]) -> tuple[RowsUsed, ...]:
    """The calls of ``sources`` that train or test, in their order, each once; at most a dozen."""
    found: dict[str, RowsUsed] = {}
    for source in sources:
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue
        for use, call, argument in _calls(tree):
            text = ast.unparse(call)
            shown = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
            if shown not in found and len(found) < _LISTED:
                found[shown] = _looked_at(use, shown, _value(argument, namespace))
    return tuple(found.values())


def _calls(tree: ast.AST) -> Iterator[tuple[Use, ast.Call, ast.expr]]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        named = {keyword.arg: keyword.value for keyword in call.keywords}
        function = call.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if isinstance(function, ast.Attribute) and name in _USES:
            argument = call.args[0] if call.args else named.get("X")
            if argument is not None:
                yield _USES[name], call, argument
        elif name in _FOLDED:
            argument = call.args[1] if len(call.args) > 1 else named.get("X")
            if argument is not None:
                yield "tested", call, argument


def _value(argument: ast.expr, namespace: Mapping[str, object]) -> object:
    """What ``argument`` selects, None where that is not known."""
    if not all(isinstance(node, _PURE) for node in ast.walk(argument)):
        return None
    code = compile(ast.Expression(argument), "<rows>", "eval", dont_inherit=True)
    try:
        value: object = eval(code, {"__builtins__": {}}, dict(namespace))  # noqa: S307 - names and selections only
    except Exception:  # a name of a loop or a function that is gone
        return None
    return value


def _looked_at(use: Use, call: str, value: Any) -> RowsUsed:
    try:
        rows = None if value is None else len(value)
        dates = None if value is None else _dates(value)
        first, last = (None, None) if dates is None else (str(dates.min())[:10], str(dates.max())[:10])
    except Exception:  # an object of the notebook's own
        return RowsUsed(use=use, call=call, rows=None)
    return RowsUsed(use=use, call=call, rows=rows, first=first, last=last)


def _dates(value: Any) -> Any:
    """The dates of the rows: an index of time stamps, a level of one, or a column `date`; else None."""
    index = getattr(value, "index", None)
    levels = getattr(index, "nlevels", 0)
    for level in range(levels if isinstance(levels, int) else 0):
        found = index.get_level_values(level)  # type: ignore[union-attr]
        if getattr(found.dtype, "kind", "") == "M":
            return found
    columns = getattr(value, "columns", ())
    return value["date"] if "date" in list(columns) else None
