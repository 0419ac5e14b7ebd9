"""The table of operators. Every one is causal by declaration; only ``fwd_ret`` looks ahead.

One convention for missing values: a NaN anywhere in what an operator looks at gives NaN. Operators that aggregate (rolling and
cross-sectional) treat an infinite value as missing too, as pandas does. Rolling operators include today and need a full window
(``min_periods = window``). Cross-sectional operators work over the assets that have a value on that session.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from alpha_bench.errors import AlphaBenchError, nearest
from alpha_bench.operators.params import Param, Value
from alpha_bench.operators.spec import Kind, Operator, Reach


def _sessions(name: str) -> Callable[[Mapping[str, Value]], int]:
    return lambda params: int(params[name])


def _before_today(params: Mapping[str, Value]) -> int:
    return int(params["window"]) - 1


def _forward(params: Mapping[str, Value]) -> int:
    return int(params["horizon"]) + int(params["delay"])


def _element(name: str, summary: str, symbol: str | None = None, gives: Kind = Kind.FACTOR) -> Operator:
    both = symbol is not None and symbol != "~"
    return Operator(
        name=name,
        summary=summary,
        reach=Reach.ELEMENT,
        arguments=("x", "y") if both else ("x",),
        gives=gives,
        symbol=symbol,
    )


def _rolling(name: str, summary: str, least: int = 1) -> Operator:
    return Operator(
        name=name,
        summary=summary,
        reach=Reach.SERIES,
        params=(Param(name="window", kind="sessions", least=least),),
        lookback=_before_today,
    )


def _change(name: str, summary: str) -> Operator:
    return Operator(
        name=name,
        summary=summary,
        reach=Reach.SERIES,
        params=(Param(name="window", kind="sessions", least=1),),
        lookback=_sessions("window"),
    )


def _cross(name: str, summary: str) -> Operator:
    return Operator(name=name, summary=summary, reach=Reach.CROSS)


_LEAVES = (
    Operator(
        name="field",
        summary="A field of the panel.",
        reach=Reach.LEAF,
        arguments=(),
        params=(Param(name="name", kind="text"),),
    ),
    Operator(
        name="classifier",
        summary="A group for each asset, such as its sector.",
        reach=Reach.LEAF,
        arguments=(),
        params=(Param(name="name", kind="text"),),
        gives=Kind.CLASSIFIER,
    ),
    Operator(
        name="const",
        summary="A number, the same everywhere.",
        reach=Reach.LEAF,
        arguments=(),
        params=(Param(name="value", kind="number"),),
    ),
)

_ELEMENTS = (
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

_SERIES = (
    Operator(
        name="lag",
        summary="x as it was d sessions ago; d >= 0.",
        reach=Reach.SERIES,
        params=(Param(name="d", kind="sessions", least=0),),
        lookback=_sessions("d"),
    ),
    _change("delta", "x[t] - x[t-window]."),
    _change("ret", "x[t] / x[t-window] - 1."),
    _change("log_ret", "log(x[t] / x[t-window])."),
    _rolling("ts.sum", "Sum of the last window sessions, today included."),
    _rolling("ts.mean", "Mean of the last window sessions, today included."),
    _rolling("ts.var", "Variance (ddof=1) of the last window sessions, today included.", least=2),
    _rolling("ts.std", "Standard deviation (ddof=1) of the last window sessions, today included.", least=2),
    _rolling(
        "ts.zscore", "(x - mean) / std (ddof=1) over the last window sessions; NaN where std is 0.", least=2
    ),
    _rolling("ts.min", "Least of the last window sessions, today included."),
    _rolling("ts.max", "Greatest of the last window sessions, today included."),
)

_CROSS = (
    _cross(
        "cs.rank",
        "Rank among the n assets of the session over n: least 1/n, greatest 1; ties take their average.",
    ),
    _cross("cs.zscore", "(x - mean) / std (ddof=1) over the assets of the session; NaN where std is 0."),
    _cross("cs.demean", "x less its mean over the assets of the session."),
)

_LABELS = (
    Operator(
        name="fwd_ret",
        summary="x[t+delay+horizon] / x[t+delay] - 1: known only horizon + delay sessions later; never filled.",
        reach=Reach.FORWARD,
        params=(
            Param(name="horizon", kind="sessions", least=1),
            Param(name="delay", kind="sessions", least=0, default=0),
        ),
        gives=Kind.LABEL,
        lookahead=_forward,
    ),
)

OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {declared.name: declared for declared in (*_LEAVES, *_ELEMENTS, *_SERIES, *_CROSS, *_LABELS)}
)


def operator(name: str) -> Operator:
    """The operator called ``name``. Raises AlphaBenchError R07 with the nearest name."""
    if name in OPERATORS:
        return OPERATORS[name]
    close = nearest(name, OPERATORS)
    raise AlphaBenchError(
        "R07",
        f"there is no operator {name!r}",
        fix=f"did you mean {close!r}?" if close else "see alpha_bench.operators",
    )
