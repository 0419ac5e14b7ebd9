"""What the names of tagged cells hold of the platform's own: an expression, an estimator, a model, a report, an expression's values.

Followed through the assignments of module-level code, in order. What is unknown is None, and nothing is claimed of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Literal

from alpha_bench.names import PLATFORM_NAMES, VOCABULARY, is_label_name
from nbcode.cells.facts import CellFacts
from nbcode.cells.trees import children, walk
from nbcode.primitives import dataclass

Kind = Literal["an expression", "an estimator", "a model", "a report", "values"]

_SPACES = frozenset({"features", "ts", "cs", "group", "labels"})
_GIVE_EXPRESSIONS = frozenset({"neutralize", "where", "if_else"})
_ESTIMATORS = frozenset(
    "Ridge Lasso ElasticNet OLS Huber BayesianRidge PLS LightGBM XGBoost RandomForest HistGB".split()
)
_EVALUATIONS = frozenset({"walk_forward", "purged_kfold", "combinatorial_purged_kfold"})
_COMPUTE = frozenset({"to_frame", "to_series", "to_polars"})
_LEAVE_THE_LANGUAGE = _COMPUTE | {"to_plain"}
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_NO_METHODS = frozenset({"args", "depth", "kind", "op", "params", "lookback", "lookahead", "custom_lookback"})
_NOTHING_TO_LOOK_AT = frozenset(
    {ast.Name, ast.Constant, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """An attribute or a test of a value of ``kind`` in a cell, outside functions and `try`; or ``values`` that are given where only
    an expression can be, which is then ``instead``."""

    facts: CellFacts
    node: ast.expr
    kind: Kind
    question: Literal["attribute", "truth", "values"]
    instead: str = ""


def seen_in(tagged: Sequence[CellFacts]) -> tuple[Seen, ...]:
    """Every attribute that is read of the platform's values, and every test of one, in document order."""
    own = {name for facts in tagged for name in facts.binds}
    follower = _Follower(own)
    for facts in tagged:
        if facts.tree is None:
            continue
        try:
            follower.enter(facts)
            follower.block(facts.tree.body)
        except RecursionError:
            continue
    return tuple(follower.seen)


class _Follower:
    def __init__(self, own: set[str]) -> None:
        self.provided = (PLATFORM_NAMES | _ESTIMATORS) - own
        self.names: dict[str, Kind] = {}
        self.seen: list[Seen] = []
        self._own = own
        self._spaces = _SPACES & self.provided
        self._give = _GIVE_EXPRESSIONS & self.provided
        self._computed: dict[str, str] = {}

    def enter(self, facts: CellFacts) -> None:
        self.facts = facts

    def block(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self.names.pop(node.name, None)
            return
        if isinstance(node, ast.Try | ast.TryStar):
            self._forget(node)
            return
        if isinstance(node, ast.If | ast.While | ast.Assert):
            self._truth(node.test)
        for child in children(node):
            if isinstance(child, ast.expr):
                self._look(child)
        if isinstance(node, ast.Assign):
            kind = self.of(node.value)
            for target in node.targets:
                self._bind(target, kind)
                if kind == "values" and isinstance(target, ast.Name):
                    self._computed[target.id] = self._instead(node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._bind(node.target, self.of(node.value))
        elif isinstance(node, ast.AugAssign):
            if isinstance(node.target, ast.Name) and self.of(node.value) == "an expression":
                self.names[node.target.id] = "an expression"
        elif isinstance(node, ast.For | ast.AsyncFor):
            self._forget(node.target)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                if item.optional_vars is not None:
                    self._forget(item.optional_vars)
        elif isinstance(node, ast.Match):
            self._forget(node)
            return
        for inner in ("body", "orelse"):
            self.block(getattr(node, inner, ()))

    def _bind(self, target: ast.expr, kind: Kind | None) -> None:
        if isinstance(target, ast.Name) and kind is not None:
            self.names[target.id] = kind
        else:
            self._forget(target)

    def _forget(self, node: ast.AST) -> None:
        for name in walk(node):
            if isinstance(name, ast.Name) and not isinstance(name.ctx, ast.Load):
                self.names.pop(name.id, None)

    # -- expressions ----------------------------------------------------------------------------------------

    def of(self, node: ast.expr) -> Kind | None:
        """The kind of ``node``'s value."""
        match node:
            case ast.Name(id=name):
                if name in self.names:
                    return self.names[name]
                return "an expression" if is_label_name(name) and name not in self._own else None
            case ast.Attribute(value=ast.Name(id="data"), attr=field) if "data" in self.provided:
                return None if field.startswith("_") else "an expression"
            case ast.Subscript(value=ast.Name(id="data"), slice=ast.Constant(value=str())) if (
                "data" in self.provided
            ):
                return "an expression"
            case ast.Call():
                return self._call(node)
            case ast.BinOp(left=left, right=right):
                if "values" in {self.of(left), self.of(right)}:
                    return None
                return "an expression" if "an expression" in {self.of(left), self.of(right)} else None
            case ast.UnaryOp(op=ast.USub() | ast.Invert(), operand=operand):
                return "an expression" if self.of(operand) == "an expression" else None
            case ast.Compare(left=left, ops=[op], comparators=[right]) if isinstance(op, _COMPARISONS):
                return "an expression" if "an expression" in {self.of(left), self.of(right)} else None
        return None

    def _call(self, call: ast.Call) -> Kind | None:
        match call.func:
            case ast.Name(id=name) if name in self.provided:
                if name in _GIVE_EXPRESSIONS:
                    return "an expression"
                if name in _ESTIMATORS:
                    return "an estimator"
                return "a report" if name in _EVALUATIONS else None
            case ast.Attribute(value=ast.Name(id=space), attr=word) if space in self._spaces:
                return "an expression" if word in VOCABULARY[space] else None
            case ast.Attribute(value=value, attr="fit") if self.of(value) == "an estimator":
                return "a model" if self._of_expressions(call) else None
            case ast.Attribute(value=value, attr=word) if self.of(value) == "an expression":
                if word in _COMPUTE:
                    return "values"
                return None if word in _LEAVE_THE_LANGUAGE | _NO_METHODS else "an expression"
        return None

    def _of_expressions(self, call: ast.Call) -> bool:
        """Whether a fit is given expressions, and not data."""
        given = next((k.value for k in call.keywords if k.arg == "X"), call.args[0] if call.args else None)
        match given:
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                return any(self.of(part) == "an expression" for part in parts)
            case ast.Dict(values=parts):
                return any(self.of(part) == "an expression" for part in parts)
            case ast.expr():
                return self.of(given) == "an expression"
        return False

    def _look(self, root: ast.expr) -> None:
        """Attributes and tests inside an expression; functions and comprehensions have names of their own."""
        stack: list[ast.AST] = [root]
        while stack:
            node = stack.pop()
            if node.__class__ in _NOTHING_TO_LOOK_AT:
                continue
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                kind = self.of(node.value)
                if kind not in {None, "values"} and not node.attr.startswith("_"):
                    self.seen.append(Seen(facts=self.facts, node=node, kind=kind, question="attribute"))
            elif isinstance(node, ast.Call):
                self._given(node)
            elif isinstance(node, ast.BinOp):
                kinds = {self.of(side): side for side in (node.left, node.right)}
                if "an expression" in kinds and "values" in kinds:
                    self._wrong_values(kinds["values"])
            elif isinstance(node, ast.IfExp):
                self._truth(node.test)
            elif isinstance(node, ast.BoolOp):
                for value in node.values[:-1]:
                    self._truth(value)
            elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
                self._truth(node.operand)
            elif isinstance(node, ast.Compare) and len(node.ops) > 1:
                self._chained(node)
            elif isinstance(node, ast.Compare):
                self._membership(node)
            stack += reversed(children(node))

    def _given(self, call: ast.Call) -> None:
        """Values among what the platform's words, or a fit of expressions, are given."""
        given = [*call.args, *(k.value for k in call.keywords)]
        match call.func:
            case ast.Name(id=name) if name in self._give:
                pass
            case ast.Attribute(value=ast.Name(id=space), attr=word) if (
                space in self._spaces and word in VOCABULARY[space]
            ):
                pass
            case ast.Attribute(value=value, attr="fit") if self.of(value) == "an estimator":
                given = [part for one in given for part in _parts(one)]
                if "an expression" not in set(map(self.of, given)):
                    return  # a fit of frames
            case _:
                return
        for one in given:
            if self.of(one) == "values":
                self._wrong_values(one)

    def _wrong_values(self, node: ast.expr) -> None:
        self.seen.append(
            Seen(facts=self.facts, node=node, kind="values", question="values", instead=self._instead(node))
        )

    def _instead(self, node: ast.expr) -> str:
        """The expression whose values ``node`` is."""
        match node:
            case ast.Name(id=name):
                return self._computed.get(name, "")
            case ast.Call(func=ast.Attribute(value=value)):
                return ast.unparse(value)
        return ""

    def _chained(self, node: ast.Compare) -> None:
        parts = [node.left, *node.comparators]
        if any(self.of(part) == "an expression" for part in parts[:3]):
            self.seen.append(Seen(facts=self.facts, node=node, kind="an expression", question="truth"))

    def _membership(self, node: ast.Compare) -> None:
        """``sector in ("Energy", "Utilities")``: Python looks for the expression itself among the texts, and never finds it."""
        match node:
            case ast.Compare(
                left=left,
                ops=[ast.In() | ast.NotIn()],
                comparators=[ast.Tuple(elts=among) | ast.List(elts=among) | ast.Set(elts=among)],
            ) if among and all(isinstance(one, ast.Constant) for one in among):
                if self.of(left) == "an expression":
                    self.seen.append(
                        Seen(facts=self.facts, node=node, kind="an expression", question="truth")
                    )

    def _truth(self, node: ast.expr) -> None:
        if self.of(node) == "an expression":
            self.seen.append(Seen(facts=self.facts, node=node, kind="an expression", question="truth"))


def _parts(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.List | ast.Tuple):
        return node.elts
    return node.values if isinstance(node, ast.Dict) else [node]


def provided_calls(facts: CellFacts, own: set[str]) -> Iterator[tuple[ast.Call, str]]:
    """The calls of the platform's functions in a cell, also inside functions, with their names: ``ts.mean``, ``where``."""
    for call in facts.calls:
        match call.func:
            case ast.Name(id=name) as here if name in PLATFORM_NAMES - own and facts.is_module_level(here):
                yield call, name
            case ast.Attribute(value=ast.Name(id=space) as here, attr=word) if (
                space in _SPACES - own and facts.is_module_level(here)
            ):
                yield call, f"{space}.{word}"
