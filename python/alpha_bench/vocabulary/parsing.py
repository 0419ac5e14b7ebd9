"""Expressions from text: ``ret(window=20) - ret(60)``, as it is written in YAML and as canonical text writes it.

Law: ``parse_expression(str(x)) is x``. The text is parsed by Python's grammar and never executed: names, numbers, arithmetic,
comparisons, and calls of the vocabulary are all that it may hold.
"""

from __future__ import annotations

import ast
import operator as python
from collections.abc import Callable, Mapping
from importlib import import_module

from alpha_bench.errors import AlphaBenchError, DefinitionError, nearest
from alpha_bench.expressions import Expr, apply, as_expr, field, native_name
from alpha_bench.names import VOCABULARY, is_label_name
from alpha_bench.operators import OPERATORS
from alpha_bench.vocabulary import cs
from alpha_bench.vocabulary.labels import label_from_name

_LONGEST = 10_000
_BINARY: Mapping[type[ast.AST], Callable[..., object]] = {
    ast.Add: python.add,
    ast.Sub: python.sub,
    ast.Mult: python.mul,
    ast.Div: python.truediv,
    ast.Pow: python.pow,
    ast.BitAnd: python.and_,
    ast.BitOr: python.or_,
    ast.Lt: python.lt,
    ast.LtE: python.le,
    ast.Gt: python.gt,
    ast.GtE: python.ge,
    ast.Eq: python.eq,
    ast.NotEq: python.ne,
}
_UNARY: Mapping[type[ast.AST], Callable[..., object]] = {
    ast.USub: python.neg,
    ast.UAdd: python.pos,
    ast.Invert: python.invert,
}
_NAMESPACES = frozenset({"features", "ts", "cs", "group", "labels"})
_METHODS = frozenset(
    "abs clip delta eq exp is_in known lag log maximum minimum missing ne sign signed_power sqrt where".split()
)


def parse_expression(text: str, names: Mapping[str, Expr] | None = None) -> Expr:
    """The expression that ``text`` writes; ``names`` stand for what they name, any other is a field of the panel.

    Raises:
        AlphaBenchError: R37 for text that is not an expression of the vocabulary, with ``context["column"]`` (1-based); and
            whatever the operators raise.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval") if len(text) <= _LONGEST else None
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        column = getattr(error, "offset", None) or 1
        raise DefinitionError(
            "R37", f"{text[:80]!r} is not a formula", fix=_EXAMPLE, column=column
        ) from error
    if tree is None:
        raise DefinitionError(
            "R37", f"a formula of {len(text)} characters", fix="make several features", column=1
        )
    try:
        value = _Reading(names or {}).value(tree.body)
    except RecursionError as error:
        raise DefinitionError(
            "R37", "a formula nested too deeply", fix="make several features", column=1
        ) from error
    return as_expr(value, "a formula")


_EXAMPLE = "write one such as ret(window=20), turnover(20), ts.mean(close, 20) or cs.rank(ret(60))"


class _Reading:
    """One formula being read; a name is what the caller says it is, a label, or a field."""

    def __init__(self, names: Mapping[str, Expr]) -> None:
        self._names = names

    def value(self, node: ast.expr) -> object:
        if isinstance(node, ast.Constant) and type(node.value) in {int, float, str, bool, type(None)}:
            return node.value
        if isinstance(node, ast.Name):
            if node.id in self._names:
                return self._names[node.id]
            return label_from_name(node.id) if is_label_name(node.id) else field(node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "data":
            return field(node.attr)
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            return self._combine(node, _BINARY[type(node.op)], node.left, node.right)
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _BINARY:
            return self._combine(node, _BINARY[type(node.ops[0])], node.left, node.comparators[0])
        if isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
            return self._combine(node, _UNARY[type(node.op)], node.operand)
        if isinstance(node, ast.List | ast.Tuple):
            return [self.value(item) for item in node.elts]
        if isinstance(node, ast.Call):
            return self._call(node)
        raise _refused(node, f"{ast.unparse(node)[:60]!r} is not part of the language")

    def _combine(self, node: ast.expr, operation: Callable[..., object], *operands: ast.expr) -> object:
        try:
            return operation(*(self.value(o) for o in operands))
        except (TypeError, ArithmeticError) as error:
            raise _refused(node, f"{ast.unparse(node)[:60]!r}: {error}") from error

    def _call(self, node: ast.Call) -> object:
        args = [self.value(a) for a in node.args]
        params: dict[str, object] = {}
        for keyword in node.keywords:
            if keyword.arg is None:
                raise _refused(node, "** is not part of the language")
            params[keyword.arg] = self.value(keyword.value)
        called = self._callable(node.func, args)
        try:
            return called(*args, **params)
        except AlphaBenchError as error:
            error.context.setdefault("column", node.col_offset + 1)
            raise
        except TypeError as error:
            raise _refused(node, f"{ast.unparse(node)[:60]!r}: {error}") from error

    def _callable(self, func: ast.expr, args: list[object]) -> Callable[..., object]:
        """A builtin feature, an operator, a function of a namespace, or a method of an expression."""
        if isinstance(func, ast.Attribute):
            if isinstance(func.value, ast.Name) and func.value.id in _NAMESPACES:
                return _in_namespace(func.value.id, func)
            if func.attr in _METHODS:
                target = as_expr(self.value(func.value), func.attr)
                bound: Callable[..., object] = getattr(target, func.attr)
                return bound
            raise _refused(func, f"{ast.unparse(func)[:60]!r} is not part of the language")
        if not isinstance(func, ast.Name):
            raise _refused(func, f"{ast.unparse(func)[:60]!r} cannot be called")
        name = func.id
        if name in VOCABULARY["features"] and not (args and isinstance(args[0], Expr)):
            feature: Callable[..., object] = getattr(import_module("alpha_bench.vocabulary.features"), name)
            return feature
        if name == "neutralize":
            return cs.neutralize
        if name in OPERATORS and OPERATORS[name].arguments:
            return lambda *given, **params: _apply(name, given, params)
        ours, close = native_name(name), nearest(name, {*VOCABULARY["features"], *OPERATORS})
        hint = (
            f"; here it is written {ours}"
            if ours
            else f"; did you mean {close!r}?"
            if close
            else ": custom features (@feature) are written in Python, not as text"
        )
        raise _refused(func, f"there is no {name!r}{hint}")


def _in_namespace(space: str, func: ast.Attribute) -> Callable[..., object]:
    """``ts.mean``: only what the vocabulary offers, never another attribute of the module."""
    module = import_module(f"alpha_bench.vocabulary.{space}")
    try:
        found: Callable[..., object] = (
            getattr(module, func.attr)
            if func.attr in VOCABULARY[space]
            else module.__getattr__(func.attr)  # says what was meant
        )
    except AlphaBenchError as error:
        error.context["column"] = func.col_offset + 1
        raise
    return found


def _apply(name: str, given: tuple[object, ...], params: Mapping[str, object]) -> Expr:
    """``lag(x, 1)`` and ``lag(x, d=1)``: operands first, then parameters in their declared order."""
    declared = OPERATORS[name]
    count = len(declared.arguments)
    names = [p.name for p in declared.params]
    if len(given) - count > len(names):
        raise TypeError(f"{name} takes {count + len(names)} arguments, {len(given)} were given")
    return apply(name, *given[:count], **dict(zip(names, given[count:], strict=False)), **params)


def _refused(node: ast.expr, what: str) -> AlphaBenchError:
    return DefinitionError("R37", what, fix=_EXAMPLE, column=node.col_offset + 1)
