"""Element-wise operators: the same asset, the same session."""

from __future__ import annotations

from alpha_bench.operators.spec import Kind, Operator, Reach


def _element(name: str, summary: str, symbol: str | None = None, gives: Kind = Kind.FACTOR) -> Operator:
    both = symbol is not None and symbol != "~"
    return Operator(
        name=name,
        summary=summary,
        reach=Reach.ELEMENT,
        arguments=("x", "y") if both else ("x",),
        takes=dict.fromkeys(("x", "y") if both else ("x",), Kind.FILTER) if symbol in {"&", "|", "~"} else {},
        gives=gives,
        symbol=symbol,
    )


ELEMENTS: tuple[Operator, ...] = (
    _element("add", "x + y.", "+"),
    _element("sub", "x - y.", "-"),
    _element("mul", "x * y.", "*"),
    _element("div", "x / y; division by zero gives an infinite value or NaN, as in IEEE 754.", "/"),
    _element("pow", "x ** y.", "**"),
    _element("lt", "x < y: 1.0, 0.0, or NaN when either is missing.", "<", Kind.FILTER),
    _element("le", "x <= y: 1.0, 0.0, or NaN when either is missing.", "<=", Kind.FILTER),
    _element("gt", "x > y: 1.0, 0.0, or NaN when either is missing.", ">", Kind.FILTER),
    _element("ge", "x >= y: 1.0, 0.0, or NaN when either is missing.", ">=", Kind.FILTER),
    _element("and", "Both are true; NaN when either is missing.", "&", Kind.FILTER),
    _element("or", "Either is true; NaN when either is missing.", "|", Kind.FILTER),
    _element("not", "It is false; NaN when it is missing.", "~", Kind.FILTER),
    _element("neg", "-x."),
    _element("abs", "The absolute value of x."),
    _element("sign", "-1.0, 0.0 or 1.0 by the sign of x."),
    _element("log", "The natural logarithm of x; NaN where x <= 0."),
    _element("exp", "e ** x."),
    _element("sqrt", "The square root of x; NaN where x < 0."),
)
