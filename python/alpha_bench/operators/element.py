"""Element-wise operators: the same asset, the same session."""

from __future__ import annotations

from alpha_bench.operators.spec import Kind, Operator, Scope

_EITHER = "Missing where x or y is."
_IEEE = "IEEE 754 arithmetic; numpy"


def _element(
    name: str,
    summary: str,
    *,
    formula: str,
    example: str,
    source: str,
    missing: str = "Missing where x is.",
    symbol: str | None = None,
    result_kind: Kind = Kind.FACTOR,
    operand_kinds: Kind = Kind.FACTOR,
    both: bool = False,
) -> Operator:
    arguments = ("x", "y") if both else ("x",)
    return Operator(
        name=name,
        summary=summary,
        scope=Scope.ELEMENT,
        arguments=arguments,
        operand_kinds=dict.fromkeys(arguments, Kind.FILTER) if operand_kinds is Kind.FILTER else {},
        result_kind=result_kind,
        symbol=symbol,
        formula=formula,
        missing=missing,
        source=source,
        example=example,
    )


def _arithmetic(name: str, symbol: str, summary: str, example: str, missing: str = _EITHER) -> Operator:
    return _element(
        name,
        summary,
        formula=f"x {symbol} y",
        missing=missing,
        source=f"{_IEEE}.",
        example=example,
        symbol=symbol,
        both=True,
    )


def _comparison(name: str, symbol: str, example: str, *, written: bool = True) -> Operator:
    return _element(
        name,
        f"Whether x {symbol} y: 1.0 or 0.0.",
        formula=f"1 if x {symbol} y else 0",
        missing=f"{_EITHER} An infinite value is compared as a number.",
        source=f"{_IEEE}; unlike there, NaN compares as missing and not as false.",
        example=example,
        symbol=symbol if written else None,
        result_kind=Kind.FILTER,
        both=True,
    )


def _condition(name: str, symbol: str, summary: str, formula: str, example: str) -> Operator:
    return _element(
        name,
        summary,
        formula=formula,
        missing="Missing where x is." if symbol == "~" else f"{_EITHER} Also where the other would decide.",
        source="Bochvar's three-valued logic: what is made from an unknown is unknown.",
        example=example,
        symbol=symbol,
        result_kind=Kind.FILTER,
        operand_kinds=Kind.FILTER,
        both=symbol != "~",
    )


_OVER_ZERO = f"{_EITHER} A number over 0 is infinite, 0 over 0 missing."
_POWER = f"{_EITHER} A negative number to a power that is not whole is missing."

ELEMENTS: tuple[Operator, ...] = (
    _arithmetic("add", "+", "x + y.", "data.high + data.low"),
    _arithmetic("sub", "-", "x - y.", "data.high - data.low"),
    _arithmetic("mul", "*", "x * y.", "data.close * data.volume"),
    _arithmetic(
        "div",
        "/",
        "x / y; division by zero gives an infinite value or NaN.",
        "data.close / data.open",
        _OVER_ZERO,
    ),
    _arithmetic("pow", "**", "x ** y.", "features.ret(1) ** 2", _POWER),
    _comparison("lt", "<", "data.close < data.open"),
    _comparison("le", "<=", "data.close <= data.open"),
    _comparison("gt", ">", "data.close > data.open"),
    _comparison("ge", ">=", "data.close >= data.open"),
    _comparison("eq", "=", "data.close.eq(data.high)", written=False),
    _comparison("ne", "!=", "data.close.ne(data.high)", written=False),
    _condition(
        "and", "&", "Both are true.", "1 if x = 1 and y = 1 else 0", "(data.close > 5) & (data.volume > 0)"
    ),
    _condition(
        "or", "|", "Either is true.", "1 if x = 1 or y = 1 else 0", "(data.close > 5) | (data.volume > 0)"
    ),
    _condition("not", "~", "It is false.", "1 - x", "~(data.close > 5)"),
    _element(
        "maximum",
        "The greater of x and y on the same session.",
        formula="max(x, y)",
        missing=_EITHER,
        source="numpy maximum; max(x, y) of Kakushadze (2016), 101 Formulaic Alphas; qlib Greater.",
        example="data.open.maximum(data.close)",
        both=True,
    ),
    _element(
        "minimum",
        "The lesser of x and y on the same session.",
        formula="min(x, y)",
        missing=_EITHER,
        source="numpy minimum; min(x, y) of Kakushadze (2016), 101 Formulaic Alphas; qlib Less.",
        example="data.open.minimum(data.close)",
        both=True,
    ),
    _element(
        "signed_power",
        "The power of the absolute value of x, with the sign of x.",
        formula="sign(x) |x|^y",
        missing=f"{_EITHER} Also where x is 0 and y negative.",
        source="signedpower of Kakushadze (2016), 101 Formulaic Alphas; WorldQuant BRAIN signed_power.",
        example="features.ret(5).signed_power(0.5)",
        both=True,
    ),
    _element(
        "known",
        "Whether x has a value that is a finite number.",
        formula="1 if x is finite else 0",
        missing="Never missing.",
        source="numpy isfinite; pandas notna, which takes infinite values for known.",
        example="data.close.known()",
        result_kind=Kind.FILTER,
    ),
    _element("neg", "-x.", formula="-x", source=f"{_IEEE} negative.", example="-features.ret(5)"),
    _element(
        "abs",
        "The absolute value of x.",
        formula="|x|",
        source=f"{_IEEE} absolute.",
        example="features.ret(1).abs()",
    ),
    _element(
        "sign",
        "-1.0, 0.0 or 1.0 by the sign of x.",
        formula="-1, 0 or 1",
        source=f"{_IEEE} sign.",
        example="features.ret(1).sign()",
    ),
    _element(
        "log",
        "The natural logarithm of x; NaN where x <= 0.",
        formula="ln(x)",
        missing="Missing where x is, and where it is 0 or less.",
        source=f"{_IEEE} log, which gives minus infinity at 0.",
        example="data.close.log()",
    ),
    _element(
        "exp",
        "e ** x.",
        formula="e^x",
        missing="Missing where x is; infinite where x is above 709.",
        source=f"{_IEEE} exp.",
        example="features.log_ret(5).exp()",
    ),
    _element(
        "sqrt",
        "The square root of x; NaN where x < 0.",
        formula="x^(1/2)",
        missing="Missing where x is, and where it is less than 0.",
        source=f"{_IEEE} sqrt.",
        example="data.volume.sqrt()",
    ),
)
