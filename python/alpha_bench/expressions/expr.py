"""Expressions: what a researcher writes, not yet computed.

An expression is immutable and hash-consed: writing the same thing twice gives the same object, so identity is equality, and
equal sub-expressions are computed once. ``a is b`` asks whether two are one; ``a == b`` is a condition, as ``a < b`` is. Nothing is read and nothing is computed until values are asked for.

    >>> from alpha_bench import features, data
    >>> features.ret(20)
    ret(close, window=20)
    >>> features.ret(window="20") is features.ret(20)
    True
    >>> (features.ret(20) - features.ret(60)).lookback
    60
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from alpha_bench.errors import (
    AlphaBenchError,
    DefinitionError,
    LookAheadError,
)
from alpha_bench.expressions.binding import Source, source_of, values_to_show, why_no_values
from alpha_bench.expressions.formatting import text_of
from alpha_bench.expressions.habits import OF_EXPRESSION, unknown_attribute
from alpha_bench.expressions.plain import DEEPEST, from_plain, to_plain
from alpha_bench.expressions.python_operators import EXPRESSION_METHODS, OperatorMixin
from alpha_bench.expressions.synonyms import values_hint
from alpha_bench.names import CLASSIFIERS
from alpha_bench.operators import Kind, Operator, Scope, Value, function_of, operator

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

CONDITION_SYNTAX = (
    "is, not, and, or and in give Python's own True and False; a condition is x == y (x.eq(y)), x.missing(), "
    "data.sector.is_in('Energy'), joined by & | ~"
)
_LARGEST = 20_000


ValueSource: TypeAlias = Source["Expr"]
"""What can give values to expressions: a panel."""


class Expr(OperatorMixin):
    """One node. Made by the vocabulary (``features``, ``ts``, ``cs``, ``data``, labels) and by Python's operators.

    Attributes:
        op: the operator's name.
        args: the argument expressions.
        params: every parameter with its value, in declared order.
        kind: factor, filter, classifier or label.
        lookback: sessions before ``t`` that the value at ``t`` needs.
        lookahead: sessions after ``t`` that it needs; above zero only for labels.
    """

    __slots__ = ("__weakref__", "args", "depth", "kind", "lookahead", "lookback", "op", "params", "size")
    op: str
    args: tuple[Expr, ...]
    params: tuple[tuple[str, Value], ...]
    kind: Kind
    lookback: int
    lookahead: int
    depth: int
    size: int

    def __new__(cls) -> Expr:  # noqa: PYI034 - always raises
        raise DefinitionError(
            "R09",
            "expressions are not made by hand",
            fix="write one: data.close, features.ret(20), ts.mean(x, 20)",
        )

    @property
    def custom_lookback(self) -> int:
        """Sessions before ``t`` at which the arguments are needed for the value at ``t``."""
        return operator(self.op).lookback(dict(self.params))

    # -- looking at it -------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        return text_of(self)

    __repr__ = __str__

    def to_plain(self) -> dict[str, object]:
        """The expression as plain JSON data, every parameter written; :func:`expr_from_plain` is the inverse."""
        return to_plain(self)

    def to_frame(self, panel: ValueSource | None = None) -> pd.DataFrame:
        """Values as a pandas frame, sessions down and assets across.

        Raises:
            ValuesNeeded: when no panel is given and no session has bound one.
        """
        return source_of(panel, f"{self}.to_frame()").frame(self)

    def to_series(self, panel: ValueSource | None = None) -> pd.Series[Any]:
        """Known values as a pandas series by (date, symbol); otherwise as :meth:`to_frame`."""
        return source_of(panel, f"{self}.to_series()").series(self)

    def to_polars(self, panel: ValueSource | None = None) -> pl.DataFrame:
        """Known values as a polars frame of date, symbol and value; otherwise as :meth:`to_frame`."""
        return source_of(panel, f"{self}.to_polars()").polars(self, "value")

    def _repr_html_(self) -> str:
        from alpha_bench.expressions.preview import expression_html

        source, why = values_to_show()
        facts = {"kind": self.kind.value, "look-back": f"{self.lookback} sessions"}
        if self.lookahead:
            facts["look-ahead"] = f"{self.lookahead} sessions"
        if why is not None:
            facts["no values"] = why
        if source is None or self.kind is Kind.CLASSIFIER:
            return expression_html(str(self), facts)
        try:
            values = source.compute((self,))[0]
        except Exception as error:  # a display shows what is wrong; it does not fail
            return expression_html(str(self), {**facts, "no values": why_no_values(error)})
        condition = self.kind is Kind.FILTER
        return expression_html(str(self), facts, source.dates, source.assets, values, condition=condition)

    # -- writing with it ------------------------------------------------------------------------------------------

    def _of(self, name: str, /, *args: object, **params: object) -> Expr:
        return apply(name, *args, **params)

    def __call__(self, *inputs: object, **params: object) -> Any:
        """What ``@feature`` made, with other inputs or parameters; given arrays, the function's own result."""
        declared = operator(self.op)
        params = dict(declared.called(dict(self.params), inputs, params))
        if inputs and all(getattr(i, "ndim", 0) for i in inputs):
            return function_of(dict(self.params)).run(inputs, dict(declared.read_params(params)))
        return apply(self.op, *(inputs or self.args), **params)

    # -- what it is not ------------------------------------------------------------------------------------------

    def __bool__(self) -> bool:
        """Only what compares an expression with itself has one, so that sets, dictionaries and assertions find it."""
        if self.op in {"eq", "ne"} and self.args[0] is self.args[1]:
            return self.op == "eq"
        fix = "combine conditions with & | ~ and put each comparison in parentheses"
        if self.op in {"eq", "ne"}:
            fix += "; whether two expressions are one is asked with is: a is b"
        raise DefinitionError(
            "R04", f"{self} has no truth value: it stands for a value for every asset and session", fix
        )

    def __array__(self, *_: object, **__: object) -> NoReturn:
        raise _not_values(self, "an array")

    def __iter__(self) -> Iterator[NoReturn]:
        raise _not_values(self, "a sequence")

    def __len__(self) -> NoReturn:
        raise _not_values(self, "a sequence")

    def __getitem__(self, _: object) -> NoReturn:
        raise _not_values(self, "an array")

    def __float__(self) -> NoReturn:
        raise _not_values(self, "a number")

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        raise unknown_attribute("x", name, EXPRESSION_METHODS, OF_EXPRESSION, of="an expression")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise DefinitionError("R09", "expressions do not change", fix="write a new expression")

    def __delattr__(self, name: str) -> NoReturn:
        raise DefinitionError("R09", "expressions do not change", fix="write a new expression")

    def __copy__(self) -> Expr:
        return self

    def __deepcopy__(self, _: object) -> Expr:
        return self

    def __reduce__(self) -> NoReturn:
        raise DefinitionError("R09", "expressions are not pickled", fix="use describe(x) and build(plain)")


def _not_values(expr: Expr, what: str) -> AlphaBenchError:
    return DefinitionError("R09", f"{expr} is an expression, not {what}", fix=values_hint())


ExprLike: TypeAlias = Expr | float
"""What an operator takes: an expression, or a number, which is a constant."""


# -- one object for one meaning ------------------------------------------------------------------------------------

_nodes: weakref.WeakValueDictionary[tuple[object, ...], Expr] = weakref.WeakValueDictionary()
_nodes_lock = threading.Lock()


def apply(name: str, /, *args: object, **params: object) -> Expr:
    """The node of operator ``name``: numbers among ``args`` become constants, parameters their one exact value.

    Raises:
        AlphaBenchError: R01 to R03 for parameters, R07 for an unknown operator, R09 for an operand that cannot be one, R12 when
            it is nested too deeply, R13 for a label where only what is known at ``t`` may stand.
    """
    declared = operator(name)
    values = declared.read_params(params)
    names = declared.operands(dict(values))
    if len(args) != len(names):
        raise DefinitionError(
            "R09", f"{name} takes {len(names)} operand(s), got {len(args)}", fix=", ".join(names) or "none"
        )
    operands = tuple(as_expr(a, declared.symbol or name) for a in args)
    if name == "neg" and operands[0].op == "const":  # -(2) and -2 are one constant
        return apply("const", value=-float(operands[0].params[0][1]))
    return _node(declared, operands, values)


def as_expr(value: object, where: str) -> Expr:
    """An expression as it is, a number as a constant. Raises AlphaBenchError R09 for anything else."""
    if isinstance(value, Expr):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return apply("const", value=value)
    if getattr(value, "ndim", None) == 0 and getattr(getattr(value, "dtype", None), "kind", "") in "iuf":
        return apply("const", value=float(value))  # type: ignore[arg-type]  # a numpy scalar
    fix = (
        "use data.close, features.ret(20), ...; values that were computed outside come in as a declared input"
    )
    if isinstance(value, bool):
        fix = CONDITION_SYNTAX
    raise DefinitionError(
        "R09", f"{where} takes expressions and numbers, got {type(value).__name__}", fix, operand=value
    )


def _node(declared: Operator, args: tuple[Expr, ...], params: tuple[tuple[str, Value], ...]) -> Expr:
    key = (declared.name, args, tuple(v.hex() if isinstance(v, float) else v for _, v in params))
    with _nodes_lock:
        found = _nodes.get(key)
        if found is None:
            found = _nodes[key] = _new(declared, args, params)
        return found


def _new(declared: Operator, args: tuple[Expr, ...], params: tuple[tuple[str, Value], ...]) -> Expr:
    values = dict(params)
    _check_operands(declared, declared.operands(values), args)
    lookahead = max(0, max((a.lookahead for a in args), default=0) + declared.lookahead(values))
    made: Expr = object.__new__(Expr)
    for name, value in (
        ("op", declared.name),
        ("args", args),
        ("params", params),
        ("kind", Kind.LABEL if lookahead else declared.result_kind or args[0].kind),
        ("lookback", max((a.lookback for a in args), default=0) + declared.lookback(values)),
        ("lookahead", lookahead),
        ("depth", 1 + max((a.depth for a in args), default=0)),
        ("size", 1 + sum(a.size for a in args)),
    ):
        object.__setattr__(made, name, value)
    if made.depth > DEEPEST or made.size > _LARGEST:
        raise DefinitionError(
            "R12",
            f"an expression of {made.size} nodes, {made.depth} deep; at most {_LARGEST} and {DEEPEST}",
            fix="a loop may be building it: make several features instead",
        )
    return made


def _check_operands(declared: Operator, names: tuple[str, ...], args: tuple[Expr, ...]) -> None:
    for name, arg in zip(names, args, strict=True):
        wanted = declared.operand_kinds.get(name)
        if (
            arg.kind is Kind.CLASSIFIER
            and wanted is not Kind.CLASSIFIER
            and declared.scope is not Scope.CUSTOM
        ):
            raise DefinitionError(
                "R09",
                f"{declared.name} takes numbers; {arg} is a group",
                fix=f"use it as the groups of group.*: group.demean(x, {arg})",
            )
        if wanted is Kind.FILTER and arg.kind is Kind.LABEL:
            raise DefinitionError(
                "R09",
                f"{declared.symbol or declared.name} takes conditions that are known at the session's close; {arg} looks "
                f"{arg.lookahead} sessions ahead",
                fix="write it of what is known, such as features.ret(10) > 0",
            )
        if wanted is Kind.FILTER and arg.kind is not Kind.FILTER:
            raise DefinitionError(
                "R09",
                f"{declared.symbol or declared.name} takes conditions; {arg} is a {arg.kind.value}",
                fix="put each comparison in parentheses: (x > 0) & (y < 1)"
                if declared.symbol
                else f"write a comparison, such as {arg} > 0",
            )
        if (arg.op == "delisting") is not (name == "delisting" and arg.kind is Kind.LABEL):
            raise LookAheadError(
                "R13",
                f"{declared.name} of {arg}, which is known only after an asset left",
                fix="write labels.fwd_ret(10, delisting_return=-0.3)",
            )
        if (
            declared.scope in {Scope.FORWARD, Scope.CUSTOM}
            and arg.kind is Kind.LABEL
            and arg.op != "delisting"
        ):
            raise LookAheadError(
                "R13", f"{declared.name} of {arg}, which is a label", fix="use a field, such as close"
            )


# -- entry points ---------------------------------------------------------------------------------------------------


def expr_from_plain(plain: object) -> Expr:
    """The inverse of :meth:`Expr.to_plain`; parameters that are left out take their defaults.

    Raises:
        AlphaBenchError: R08 for a malformed mapping, and whatever the operators raise.
    """
    return from_plain(plain, node=apply, field=field)


def field(name: object) -> Expr:
    """The panel's field ``name``; names of groups, such as ``sector``, give a classifier."""
    return apply("classifier" if name in CLASSIFIERS else "field", name=name)


def walk(exprs: tuple[Expr, ...]) -> Iterator[Expr]:
    """Every distinct node under ``exprs`` once, arguments before what uses them, in an order fixed by the expressions alone."""
    seen: set[Expr] = set()
    stack: list[tuple[Expr, bool]] = [(e, False) for e in reversed(exprs)]
    while stack:
        expr, ready = stack.pop()
        if ready:
            yield expr
        elif expr not in seen:
            seen.add(expr)
            stack.append((expr, True))
            stack.extend((a, False) for a in reversed(expr.args))
