"""Canonical text of an expression: one text for one meaning, read back by ``expression_text.parse_expression``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from alpha_bench.names import CLASSIFIERS
from alpha_bench.operators import Value, operator

_BINDING = {"<": 1, "<=": 1, ">": 1, ">=": 1, "|": 2, "&": 3, "+": 4, "-": 4, "*": 5, "/": 5, "**": 7}
_UNARY = 6


class Node(Protocol):
    """What is written: an operator's name, its operands and its parameters."""

    @property
    def op(self) -> str: ...
    @property
    def args(self) -> tuple[Node, ...]: ...
    @property
    def params(self) -> tuple[tuple[str, Value], ...]: ...


def text_of(expr: Node) -> str:
    """The text of ``expr``."""
    return _write(expr, 0)


def _write(expr: Node, outer: int) -> str:
    """Canonical text; ``outer`` is how tightly the surroundings bind."""
    params = dict(expr.params)
    if expr.op == "classifier":
        return _classifier(str(params["name"]))
    if expr.op == "field":
        name = str(params["name"])
        return name if name.isidentifier() else f"data[{name!r}]"
    if expr.op == "member":
        return f"{_classifier(str(params['name']))}.is_in({params['group']!r})"
    if expr.op == "const":
        value = float(params["value"])
        text = str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
        return f"({text})" if value < 0 and outer > 0 else text
    symbol = operator(expr.op).symbol
    if expr.op in {"neg", "not"}:
        inner = _write(expr.args[0], _UNARY)
        text = ("-" if expr.op == "neg" else "~") + inner
        return f"({text})" if outer >= _UNARY else text
    if symbol is not None:
        level = _BINDING[symbol]
        tight = 1 if level == _BINDING["<"] or symbol == "**" else 0  # comparisons and powers do not chain
        left, right = _write(expr.args[0], level - 1 + tight), _write(expr.args[1], level)
        text = f"{left} {symbol} {right}"
        return f"({text})" if outer >= level else text
    name, shown = operator(expr.op).written(expr.params)
    return f"{name}({', '.join([*_operands(expr), *(f'{k}={v!r}' for k, v in shown)])})"


def _classifier(name: str) -> str:
    return name if name in CLASSIFIERS else f"group.by({name!r})"


def _operands(expr: Node) -> Iterator[str]:
    """Operands in order, then those that are counted as ``name=...``."""
    declared, params = operator(expr.op), dict(expr.params)
    operands = list(zip(declared.operands(params), expr.args, strict=True))
    for name, arg in operands:
        if name not in declared.counted:
            yield _write(arg, 0)
    for param in declared.params:
        if param.name not in declared.counted:
            continue
        texts = [_write(arg, 0) for name, arg in operands if name == param.name]
        if texts:
            yield f"{param.name}=" + (texts[0] if param.most == 1 else f"[{', '.join(texts)}]")
