"""Calls of pandas' methods on a series, and the expression that gives the same values: ``x.rolling(20).mean()`` is ``ts.mean(x, 20)``."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from alpha_bench.expressions.halflives import halflife_of


@dataclass(frozen=True, kw_only=True, slots=True)
class MethodCall:
    """``.name(*args, **keywords)``, the arguments as they are written."""

    name: str
    args: tuple[str, ...] = ()
    keywords: Mapping[str, str] = field(default_factory=dict)


_OVER_SESSIONS = {
    "shift": "ts.lag({x}, {n})",
    "diff": "ts.delta({x}, {n})",
    "pct_change": "features.ret({n}, {x})",
}
_ROLLING = frozenset("mean sum std var min max median skew kurt count".split())
_OF_TWO = {"corr": "other", "cov": "other", "quantile": "q"}
_ACROSS = frozenset({"mean", "std", "rank"})
_UNARY = {
    "isna": "{r}.missing()",
    "isnull": "{r}.missing()",
    "notna": "{r}.known()",
    "notnull": "{r}.known()",
    "dropna": "{x}",
    "fillna": "{x}",
    "copy": "{x}",
}
_ARITHMETIC = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "truediv": "/", "gt": ">", "ge": ">=", "lt": "<", "le": "<=",
}  # fmt: skip


def written_for(x: str, calls: Sequence[MethodCall]) -> tuple[str, int] | None:
    """What the first of ``calls`` on the expression ``x``, or the first two, are written as here, and how many they are.

    Of ``fillna`` and ``dropna`` ``x`` alone is left: a model leaves out the rows with a missing value. None where nothing gives the
    same, such as for a negative shift.
    """
    call = calls[0]
    if call.name == "rolling":
        found = _rolling(x, call, calls[1]) if len(calls) > 1 else None
        return None if found is None else (found, 2)
    if call.name == "ewm":
        found = _smoothed(x, call, calls[1]) if len(calls) > 1 else None
        return None if found is None else (found, 2)
    found = _single(x, call)
    return None if found is None else (found, 1)


def _single(x: str, call: MethodCall) -> str | None:
    given, keywords = call.args, call.keywords
    if call.name in _OVER_SESSIONS:
        n = _sessions(call, "periods", "1", ignored={"fill_method"})
        if n is None:
            return None
        if call.name == "pct_change" and x == "data.close":
            return f"features.ret({n})"
        return _OVER_SESSIONS[call.name].format(x=x, n=n)
    if call.name in _ACROSS and keywords.get("axis", "") in {"1", "'columns'"} and not given:
        rest = set(keywords) - {"axis"}
        wanted = {"pct"} if call.name == "rank" and keywords.get("pct") == "True" else set()
        return f"cs.{call.name}({x})" if rest == wanted and (call.name != "rank" or wanted) else None
    if call.name in _UNARY:
        return _UNARY[call.name].format(x=x, r=_bracketed(x))
    if call.name in _ARITHMETIC and len(given) == 1 and not keywords:
        return f"({_bracketed(x)} {_ARITHMETIC[call.name]} {_bracketed(given[0])})"
    return None


def _rolling(x: str, rolling: MethodCall, then: MethodCall) -> str | None:
    n = _sessions(rolling, "window", None, ignored={"min_periods"})
    if n is None:
        return None
    if then.name in _OF_TWO:
        named = _OF_TWO[then.name]
        other = then.args[0] if len(then.args) == 1 else then.keywords.get(named)
        if other is None or len(then.args) + len(then.keywords) != 1:
            return None
        return f"ts.{then.name}({x}, {n}, {other})" if named == "q" else f"ts.{then.name}({x}, {other}, {n})"
    if then.name == "rank":
        return f"ts.rank({x}, {n})" if not then.args and dict(then.keywords) == {"pct": "True"} else None
    if then.name not in _ROLLING or then.args or set(then.keywords) - {"ddof"}:
        return None
    return f"ts.{then.name}({x}, {n})" if then.keywords.get("ddof", "1") == "1" else None


def _smoothed(x: str, ewm: MethodCall, then: MethodCall) -> str | None:
    if then != MethodCall(name="mean") or len(ewm.args) > 1:
        return None
    given = dict(ewm.keywords) | ({"com": ewm.args[0]} if ewm.args else {})
    said = given.keys() & {"halflife", "span", "com", "alpha"}
    # `adjust` is a matter of the first weights of a series alone.
    if len(said) != 1 or given.keys() - said - {"min_periods", "adjust"}:
        return None
    (parameter,) = said
    halflife = given[parameter] if parameter == "halflife" else _halflife(parameter, given[parameter])
    return None if halflife is None else f"ts.ewm({x}, halflife={halflife})"


def _halflife(parameter: str, written: str) -> str | None:
    try:
        halflife = halflife_of(parameter, ast.literal_eval(written))
    except ValueError:
        return None  # a name, of which the fix says how the two are related
    return None if halflife is None else f"{halflife:.5g}"


def _sessions(call: MethodCall, name: str, default: str | None, *, ignored: set[str]) -> str | None:
    """The number of sessions that ``call`` is given, as it is written; None where it is none, or looks ahead."""
    if len(call.args) > 1 or set(call.keywords) - {name, *ignored}:
        return None
    written = call.args[0] if call.args else call.keywords.get(name, default)
    try:
        value = None if written is None else ast.literal_eval(written)
    except ValueError:
        return written  # a name: how many it is, the run knows
    return written if isinstance(value, int) and value > 0 else None


def _bracketed(x: str) -> str:
    plain = isinstance(
        ast.parse(x, mode="eval").body, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.Constant
    )
    return x if plain else f"({x})"
