"""What looks ahead, followed through the assignments of tagged cells to ``X=`` and ``y=`` of a fit.

A label (``fwd_ret_10d``), a backward shift (``shift(-10)``) or a centred window looks ahead, and so does what is computed
from it. A frame that holds such a column beside others is *mixed*: selecting columns from it clears it, unless a selected
column is itself known to look ahead. What cannot be decided is taken as clean: a false alarm would be believed once.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from alpha_bench.names import is_label_name
from nbcode.cells.facts import CellFacts
from nbcode.cells.trees import children, walk
from nbcode.primitives import dataclass

_CLEAN_ATTRIBUTES = frozenset(
    {"index", "columns", "shape", "dtype", "dtypes", "name", "size", "ndim", "empty"}
)
_WHOLE = frozenset({"T", "values", "array", "loc", "iloc", "at", "iat", "str", "dt", "cat"})
_CLEAN_METHODS = frozenset(
    {
        "notna",
        "isna",
        "isnull",
        "notnull",
        "count",
        "nunique",
        "keys",
        "fit",
        "predict",
        "score",
        "fit_predict",
        "describe",
        "info",
    }
)
_SELECTS = frozenset({"drop", "pop", "filter", "get", "xs", "select_dtypes", "loc", "iloc", "reindex"})
_SHIFTS = frozenset({"shift", "lag", "diff", "pct_change", "delta", "tshift"})
_BACKFILLS = frozenset({"bfill", "backfill"})
_ELEMENTWISE = frozenset(
    {
        "add",
        "sub",
        "mul",
        "div",
        "truediv",
        "pow",
        "radd",
        "rsub",
        "rmul",
        "rdiv",
        "where",
        "mask",
        "clip",
        "combine",
        "maximum",
        "minimum",
    }
)
_JOINS = frozenset(
    {"assign", "join", "merge", "concat", "hstack", "vstack", "column_stack", "c_", "DataFrame", "append"}
)
_CLEAN_FUNCTIONS = frozenset(
    {"len", "print", "range", "isinstance", "type", "id", "display", "bool", "hasattr"}
)
_VALIDATORS = frozenset({"cross_val_score", "cross_validate", "cross_val_predict"})
_SOURCES = re.compile("fwd_ret_|" + "|".join(sorted(_SHIFTS | _BACKFILLS | {"center"})))
_WORDS = frozenset({"ts", "cs", "group", "features"})
_PURE_ROOTS = _WORDS | {"np", "numpy"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Ahead:
    """Why a value looks ahead. ``label``: the label at its root, if any. ``mixed``: clean columns may stand beside. ``sessions``: how many
    it looks ahead, 0 where that is not known."""

    reason: str
    label: str | None = None
    mixed: bool = False
    sessions: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """A call that fits: where, and what its X and y hold of the future (None: nothing known)."""

    facts: CellFacts
    call: ast.Call
    x: ast.expr | None
    x_ahead: Ahead | None
    y_ahead: Ahead | None


def fits_of(tagged: Sequence[CellFacts]) -> tuple[Fit, ...]:
    """Every fit in the tagged cells' module-level code, in order."""
    follower = _Follower()
    fits: list[Fit] = []
    for facts in tagged:
        if facts.tree is None:
            continue
        try:
            if follower.enter(facts):
                fits += follower.block(facts.tree.body, facts)
        except RecursionError:
            # A sum of hundreds of terms: nothing is claimed about it.
            continue
    return tuple(fits)


class _Follower:
    """Names, columns and functions that look ahead so far, and names of lists of columns."""

    def __init__(self) -> None:
        self.names: dict[str, Ahead] = {}
        self.columns: dict[tuple[str, str], Ahead] = {}
        self.lists: dict[str, list[str]] = {}
        self.functions: dict[str, Ahead] = {}
        self._may_fit = False

    def enter(self, facts: CellFacts) -> bool:
        """Turn to another cell. Its text tells whether it can hold a fit, and whether it is worth following at all."""
        source = facts.cell.source
        self._may_fit = "fit" in source or "X" in source or "cross_val" in source
        held = bool(self.names) or bool(self.columns) or bool(self.functions)
        return self._may_fit or held or _SOURCES.search(source) is not None

    # -- statements -----------------------------------------------------------------------------------------

    def block(self, body: Sequence[ast.stmt], facts: CellFacts) -> Iterator[Fit]:
        for statement in body:
            yield from self._statement(statement, facts)

    def _statement(self, node: ast.stmt, facts: CellFacts) -> Iterator[Fit]:
        if isinstance(node, ast.FunctionDef):
            self._define(node, facts)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return
        for child in children(node) if self._may_fit else ():
            if isinstance(child, ast.expr):
                yield from self._fits(child, facts)
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._assign(node.target, node.value)
        elif isinstance(node, ast.AugAssign):
            ahead = self.of(node.value)
            if ahead is not None and isinstance(node.target, ast.Name):
                self.names[node.target.id] = ahead
        elif isinstance(node, ast.For | ast.AsyncFor):
            self._name(node.target, self._pure(self.of(node.iter)))
        elif isinstance(node, ast.Expr):
            self._grown(node.value)
        for inner in ("body", "orelse", "finalbody"):
            yield from self.block(getattr(node, inner, ()), facts)
        for handler in getattr(node, "handlers", ()):
            yield from self.block(handler.body, facts)

    def _define(self, function: ast.FunctionDef, facts: CellFacts) -> None:
        """A function that looks ahead by itself, whatever it is given: what each of its returns gives does."""
        self.functions.pop(function.name, None)
        if not any(isinstance(node, ast.Call) and _called(node) in _SHIFTS for node in walk(function)):
            return
        inside = _Follower()
        for statement in function.body:
            list(inside.block([statement], facts))
        returned = [node.value for node in walk(function) if isinstance(node, ast.Return) and node.value]
        found = [inside.of(value) for value in returned]
        if found and found[0] is not None and all(one is not None and not one.mixed for one in found):
            self.functions[function.name] = found[0]

    def _grown(self, value: ast.expr) -> None:
        """``features_list.append(label)``."""
        if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute)):
            return
        holder = value.func.value
        if value.func.attr in {"append", "extend", "insert", "add"} and isinstance(holder, ast.Name):
            ahead = self._any(value.args)
            if ahead is not None:
                self.names[holder.id] = ahead

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        pairs = isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List)
        if isinstance(target, ast.Tuple | ast.List):
            elements = value.elts if isinstance(value, ast.Tuple | ast.List) else []
            if isinstance(value, ast.Call) and _called(value) == "train_test_split":
                elements, pairs = [given for given in value.args for _ in range(2)], True
            for number, inner in enumerate(target.elts):
                if pairs and len(elements) == len(target.elts):
                    self._assign(inner, elements[number])
                else:
                    self._name(inner, None)
            return
        ahead = self.of(value)
        if isinstance(target, ast.Name):
            self.lists[target.id] = _column_texts(value) if isinstance(value, ast.List) else []
        if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            column = _text(target.slice)
            if column is not None:
                self._column(target.value.id, column, ahead)
            return
        self._name(target, ahead, keep_columns=_first_name(value))

    def _column(self, frame: str, column: str, ahead: Ahead | None) -> None:
        if ahead is None:
            self.columns.pop((frame, column), None)
            return
        self.columns[frame, column] = replace(ahead, mixed=False)
        self.names[frame] = replace(ahead, mixed=True)

    def _name(self, target: ast.expr, ahead: Ahead | None, keep_columns: str | None = None) -> None:
        if not isinstance(target, ast.Name):
            return
        name = target.id
        self.functions.pop(name, None)
        source = {column: why for (frame, column), why in self.columns.items() if frame == keep_columns}
        for key in [key for key in self.columns if key[0] == name]:
            del self.columns[key]
        if ahead is not None and ahead.mixed:
            self.columns.update({(name, column): why for column, why in source.items()})
        if ahead is None:
            self.names.pop(name, None)
        else:
            self.names[name] = ahead

    # -- fits -----------------------------------------------------------------------------------------------

    def _fits(self, expression: ast.expr, facts: CellFacts) -> Iterator[Fit]:
        for node in walk(expression):
            if not isinstance(node, ast.Call):
                continue
            keywords = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
            called = _called(node)
            positional = node.args if called in {"fit", "fit_transform", "partial_fit"} else []
            if called in _VALIDATORS:
                positional = node.args[1:]
            x = keywords.get("X", positional[0] if positional else None)
            y = keywords.get("y", positional[1] if len(positional) > 1 else None)
            if x is None or (called != "fit" and called not in _VALIDATORS and "X" not in keywords):
                continue
            yield Fit(
                facts=facts,
                call=node,
                x=x,
                x_ahead=self.of(x),
                y_ahead=None if y is None else self.of(y),
            )

    # -- expressions ----------------------------------------------------------------------------------------

    def of(self, node: ast.expr) -> Ahead | None:
        """Why ``node`` looks ahead, or None."""
        if isinstance(node, ast.Name):
            if is_label_name(node.id) and node.id not in self.names:
                reach = int(node.id.removeprefix("fwd_ret_")[:-1])
                return Ahead(reason=f"`{node.id}` is the label", label=node.id, sessions=reach)
            return self.names.get(node.id)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Subscript):
            return self._subscript(node)
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            return self._comprehension(node)
        if isinstance(node, ast.Dict):
            ahead = self._any(node.values)
            return None if ahead is None else replace(ahead, mixed=True)
        if isinstance(node, ast.IfExp):
            return self._any([node.body, node.orelse])
        if isinstance(node, ast.Lambda | ast.JoinedStr | ast.Constant):
            return None
        return self._any([child for child in children(node) if isinstance(child, ast.expr)])

    def _any(self, nodes: Sequence[ast.expr]) -> Ahead | None:
        found = [ahead for node in nodes if (ahead := self.of(node)) is not None]
        return replace(found[0], sessions=max(one.sessions for one in found)) if found else None

    @staticmethod
    def _pure(ahead: Ahead | None) -> Ahead | None:
        return None if ahead is None or ahead.mixed else ahead

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> Ahead | None:
        before = dict(self.names)
        for generator in node.generators:
            self._name(generator.target, self._pure(self.of(generator.iter)))
        ahead = self._any([node.value] if isinstance(node, ast.DictComp) else [node.elt])
        self.names = before
        return ahead

    def _attribute(self, node: ast.Attribute) -> Ahead | None:
        """``frame.close`` is ``frame["close"]``, where it is no attribute that pandas has."""
        if node.attr in _CLEAN_ATTRIBUTES:
            return None
        frame = node.value.id if isinstance(node.value, ast.Name) else _grouped(node.value)
        held = self.columns.get((frame or "", node.attr)) or self.of(node.value)
        return held if node.attr in _WHOLE else self._pure(held)

    def _subscript(self, node: ast.Subscript) -> Ahead | None:
        base = node.value
        if isinstance(base, ast.Attribute) and base.attr in {"loc", "iloc", "at", "iat"}:
            base = base.value
        wanted = _column_texts(node.slice) or self.lists.get(getattr(node.slice, "id", ""), [])
        frame = base.id if isinstance(base, ast.Name) else _grouped(base)
        if frame is not None and wanted:
            known = next((self.columns[frame, c] for c in wanted if (frame, c) in self.columns), None)
            if known is not None:
                return replace(known, mixed=len(wanted) > 1)
        held = self.of(node.value)
        return held if isinstance(node.slice, ast.Compare | ast.BoolOp) else self._pure(held)

    def _call(self, node: ast.Call) -> Ahead | None:
        values = [*node.args, *(keyword.value for keyword in node.keywords)]
        if _called(node) in _VALIDATORS:
            return None
        if isinstance(node.func, ast.Attribute):
            return self._method(node, node.func, values)
        called = getattr(node.func, "id", "")
        if called in _CLEAN_FUNCTIONS:
            return None
        if called in self.functions:
            return self.functions[called]
        ahead = self._any(values)
        if ahead is None or called in {
            "list",
            "tuple",
            "set",
            "sorted",
            "reversed",
            "abs",
            "sum",
            "max",
            "min",
        }:
            return ahead
        return None if ahead.mixed else replace(ahead, mixed=called in _JOINS)

    def _method(self, node: ast.Call, function: ast.Attribute, values: list[ast.expr]) -> Ahead | None:
        name, held = function.attr, self.of(function.value)
        sessions = _sessions(node)
        if name in _SHIFTS and sessions is not None and sessions < 0:
            reason = f"`.{name}({sessions})` brings later values to an earlier date"
            return Ahead(reason=reason, sessions=-sessions)
        if (name in _BACKFILLS and not _is_across(node) and not _is_word(node, function.value)) or (
            name == "rolling" and _is_true(node, "center")
        ):
            what = "a centred window" if name == "rolling" else f"`.{name}()`"
            return Ahead(reason=f"{what} brings later values to an earlier date")
        if name in _CLEAN_METHODS:
            return None
        if (
            held is None
            and isinstance(function.value, ast.Name)
            and function.value.id in _PURE_ROOTS
            and name not in _JOINS
        ):
            held = self._any(values)
        if name in {"lag", "shift"} and held is not None and _caught_up(held, values, sessions):
            return None
        if held is not None:
            return None if held.mixed and name in _SELECTS else held
        if name in _ELEMENTWISE:
            return self._any(values)
        if name in _JOINS:
            ahead = self._any(values)
            return None if ahead is None else replace(ahead, mixed=True)
        return None


def _sessions(node: ast.Call) -> int | None:
    """The literal number of sessions a shift is given: the last positional integer, or its keyword."""
    candidates = [
        keyword.value for keyword in node.keywords if keyword.arg in {"periods", "d", "n", "window"}
    ]
    for value in [*candidates, *reversed(node.args)]:
        if isinstance(value, ast.Constant) and type(value.value) is int:
            return value.value
        if (
            isinstance(value, ast.UnaryOp)
            and isinstance(value.op, ast.USub)
            and isinstance(value.operand, ast.Constant)
            and type(value.operand.value) is int
        ):
            return -value.operand.value
    return None


def _caught_up(held: Ahead, values: Sequence[ast.expr], sessions: int | None) -> bool:
    """Whether a lag, by ``sessions`` or by a number that is not written there, brings a value back to where all of it was known."""
    if sessions is None:
        return bool(values) and not isinstance(values[0], ast.UnaryOp)
    return sessions > 0 and sessions >= held.sessions


def _is_word(call: ast.Call, root: ast.expr) -> bool:
    """Whether the platform is asked: ``ts.backfill(eps, 40)`` takes the last value that was known. A series that is called ``ts`` is not
    given one."""
    return isinstance(root, ast.Name) and root.id in _WORDS and bool(call.args)


def _is_true(node: ast.Call, keyword: str) -> bool:
    return any(
        k.arg == keyword and isinstance(k.value, ast.Constant) and k.value.value is True
        for k in node.keywords
    )


def _is_across(node: ast.Call) -> bool:
    """Whether a call goes over columns, and not over sessions."""
    return any(
        k.arg == "axis" and isinstance(k.value, ast.Constant) and k.value.value in {1, "columns"}
        for k in node.keywords
    )


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _column_texts(node: ast.expr) -> list[str]:
    """The literal column names of ``df["a"]``, ``df[["a", "b"]]`` and ``df.loc[rows, "a"]``."""
    if isinstance(node, ast.Tuple) and node.elts:
        node = node.elts[-1]
    if isinstance(node, ast.List):
        return [text for element in node.elts if (text := _text(element)) is not None]
    text = _text(node)
    return [] if text is None else [text]


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _grouped(node: ast.expr) -> str | None:
    """``df`` of ``df.groupby(...)``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "groupby":
        return node.func.value.id if isinstance(node.func.value, ast.Name) else None
    return None


def _first_name(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None
