"""Every word of the research language as an entry: read from the operators' declarations and the functions' help.

So it says what is there and nothing else. A function's help may hold lines ``Formula:``, ``Units:``, ``Missing:``, ``Source:`` and
``Example:``, as those of the features do.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType

from alpha_bench.custom import feature
from alpha_bench.definitions import KINDS, STEPS, estimator, grid_search, random_search
from alpha_bench.expressions import Expr, as_expr
from alpha_bench.operators import OPERATORS, Operator, Param, Scope, Value
from alpha_bench.session import combinatorial_purged_kfold, purged_kfold, walk_forward
from alpha_bench.vocabulary import cs, features, group, if_else, labels, ts, where

FACTS = ("formula", "look_back", "missing", "units", "source", "example")
SECTIONS: Mapping[str, str] = {
    "feature": "Features",
    "time series": "Time series",
    "element-wise": "Element-wise",
    "cross-section": "Across assets",
    "group": "Within groups",
    "label": "Labels",
    "own feature": "Custom features",
    "preprocessing": "Preprocessing, fitted in each fold",
    "estimator": "Estimators",
    "search": "Searches, nested in each fold",
    "splitter": "Splitters",
    "data": "Data",
}
_SPACES: tuple[ModuleType, ...] = (features, ts, cs, group, labels)
_CHOICES: Mapping[str, Callable[..., Expr]] = {"if_else": if_else, "where": where}
_SEARCHES: tuple[Callable[..., object], ...] = (grid_search, random_search)
_SPLITTERS: tuple[Callable[..., object], ...] = (walk_forward, purged_kfold, combinatorial_purged_kfold)
_WIDTH = 114
_FAR = 5003  # a count that no rule reaches by adding


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One word of the language. What a function's help does not say is empty.

    Attributes:
        kind: one of ``SECTIONS``: feature, time series, element-wise, cross-section, group, label, ...
        name: as it is called: ``cs.rank``, ``features.ret``, ``walk_forward``; for an operator with a symbol, the operator's name.
        signature: how it is written, with its defaults.
        meaning: one or two sentences.
        look_back: the sessions before ``t`` that the value at ``t`` needs; of labels, the sessions after ``t``.
    """

    kind: str
    name: str
    signature: str
    meaning: str
    look_back: str = ""
    formula: str = ""
    missing: str = ""
    units: str = ""
    source: str = ""
    example: str = ""

    def __str__(self) -> str:
        lines = [self.signature, *textwrap.wrap(self.meaning, _WIDTH)]
        for fact in FACTS:
            text = getattr(self, fact)
            if text:
                lines += textwrap.wrap(f"{title(fact)}: {text}", _WIDTH, subsequent_indent="  ")
        return "\n    ".join(lines)


def title(fact: str) -> str:
    """The heading of a fact of an entry."""
    return {"look_back": "Sessions needed"}.get(fact, fact.capitalize())


def all_entries() -> tuple[Entry, ...]:
    found = [_of_function(space, name) for space in _SPACES for name in sorted(space.__all__)]
    found += [_of_choice(name, choice) for name, choice in _CHOICES.items()]
    told = {e.name for e in found}
    found += [_of_operator(o) for o in OPERATORS.values() if not told & _names_of(o)]
    found += [_described("element-wise", f"x.{name}", getattr(Expr, name)) for name in _composed_methods()]
    found.append(_described("own feature", "feature", feature))
    found += [_described("preprocessing", name, step) for name, step in STEPS.items()]
    found += [_of_estimator(name, kind) for name, kind in KINDS.items()]
    found.append(_described("estimator", "estimator", estimator))
    found += [_described("search", f.__name__, f) for f in _SEARCHES]
    found += [_described("splitter", f.__name__, f) for f in _SPLITTERS]
    place = list(SECTIONS)
    return tuple(sorted(found, key=lambda e: place.index(e.kind)))


def _names_of(declared: Operator) -> set[str]:
    """What a function for the operator would be called."""
    short = declared.name
    spaces = ("features", "ts", *(("labels",) if declared.scope is Scope.FORWARD else ()))
    return {short, *(f"{space}.{short}" for space in spaces)}


def _of_function(space: ModuleType, name: str) -> Entry:
    prefix = space.__name__.rpartition(".")[2]
    kind = {
        "features": "feature",
        "ts": "time series",
        "cs": "cross-section",
        "group": "group",
        "labels": "label",
    }[prefix]
    declared = OPERATORS.get(f"{prefix}.{name}", OPERATORS.get(name))
    if (
        kind in {"feature", "label"} and (declared is None or declared.scope is not Scope.FORWARD)
    ) or declared is None:
        return _described(kind, f"{prefix}.{name}", getattr(space, name))
    return _of_operator(
        declared, f"{prefix}.{name}", kind, _signature(f"{prefix}.{name}", getattr(space, name))
    )


def _of_choice(name: str, choice: Callable[..., Expr]) -> Entry:
    return _of_operator(OPERATORS[name], name, "element-wise", _signature(name, choice))


def _of_operator(declared: Operator, name: str = "", kind: str = "", signature: str = "") -> Entry:
    reach = declared.scope
    if not kind:
        kind = {Scope.LEAF: "data", Scope.SERIES: "time series", Scope.FORWARD: "label"}.get(
            reach, "element-wise"
        )
    forward = reach is Scope.FORWARD
    return Entry(
        kind=kind,
        name=name or declared.name,
        signature=signature or _written(declared),
        meaning=declared.summary,
        look_back=_reach(
            declared.lookahead if forward else declared.lookback, declared.params, ahead=forward
        ),
        formula=declared.formula,
        missing=declared.missing,
        source=declared.source,
        example=declared.example,
    )


def _written(declared: Operator) -> str:
    """How an operator without a function of its own is written: by its symbol, or as a method of its first operand."""
    first = declared.arguments[:1]
    if declared.scope is Scope.LEAF:
        return declared.example
    if declared.symbol is not None:
        return f"{declared.symbol}x" if len(declared.arguments) == 1 else f"x {declared.symbol} y"
    if declared.name == "neg":
        return "-x"
    method = getattr(Expr, declared.name, None) if hasattr(Expr, declared.name) else None
    if callable(method) and first:
        return _signature(f"{first[0]}.{declared.name}", method)
    return declared.example


def _composed_methods() -> list[str]:
    """Methods that write an expression and are not one operator, such as ``clip``."""
    public = {n: m for n, m in inspect.getmembers(Expr, inspect.isfunction) if not n.startswith("_")}
    return sorted(
        n for n, m in public.items() if n not in OPERATORS and m.__annotations__.get("return") == "Self"
    )


def _of_estimator(name: str, kind: object) -> Entry:
    parameters = inspect.signature(kind).parameters.values()  # type: ignore[arg-type]
    shown = ", ".join(str(p) for p in list(parameters)[:4]) + (", ..." if len(parameters) > 4 else "")
    return Entry(
        kind="estimator",
        name=name,
        signature=f"{name}({shown})",
        meaning=inspect.cleandoc(kind.__doc__ or ""),
    )


def _described(kind: str, name: str, function: Callable[..., object]) -> Entry:
    """An entry from a function's help: its first paragraph, and the lines that begin with the name of a fact."""
    text = inspect.cleandoc(function.__doc__ or "")
    facts: dict[str, str] = {}
    for line in text.splitlines():
        fact, colon, rest = line.partition(": ")
        if colon and fact.lower() in FACTS:
            facts[fact.lower()] = rest.strip().rstrip(".") if fact == "Formula" else rest.strip()
    meaning = " ".join(text.split("\n\n", 1)[0].split()).replace("``", "")
    if kind == "feature":
        facts["look_back"] = _feature_reach(function)
    return Entry(kind=kind, name=name, signature=_signature(name, function), meaning=meaning, **facts)


def _signature(name: str, function: Callable[..., object]) -> str:
    shown = [
        p.name if p.default is p.empty else f"{p.name}={p.default!r}"
        for p in inspect.signature(function).parameters.values()
        if p.name != "self" and p.kind is not p.VAR_KEYWORD
    ]
    return f"{name}({', '.join(shown)})"


def _reach(rule: Callable[[Mapping[str, Value]], int], params: tuple[Param, ...], *, ahead: bool) -> str:
    """The sessions that a rule asks for, in words of its parameters: ``window - 1``."""
    names = [p.name for p in params if p.kind == "sessions"]
    counts = {name: _FAR * 2**place for place, name in enumerate(names)}
    needed = rule({p.name: counts.get(p.name, 1) for p in params})
    used = [name for name in names if round(needed / _FAR) & (counts[name] // _FAR)]
    return _words(used, needed - sum(counts[name] for name in used)) + (" after t" if ahead else "")


def _words(names: list[str], rest: int) -> str:
    words = " + ".join(names)
    if not words:
        return str(rest)
    return words + (f" - {-rest}" if rest < 0 else f" + {rest}" if rest else "")


def _feature_reach(function: Callable[..., object]) -> str:
    windowed = "window" in inspect.signature(function).parameters
    made = as_expr(function(window=_FAR) if windowed else function(), "a feature")
    return _words(["window"] * windowed, made.lookback - _FAR * windowed)
