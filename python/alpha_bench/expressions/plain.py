"""Expressions as plain JSON data, and back: the form that definitions, specs and cache keys hold.

{"field": name} | {"const": number} | {"op": name, "args": [...], "params": {...}}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from alpha_bench.errors import DefinitionError
from alpha_bench.expressions.formatting import Node

Made = TypeVar("Made")
DEEPEST = 200
"""How deep an expression may be nested."""


def to_plain(expr: Node) -> dict[str, object]:
    """The plain form of ``expr``, every parameter written."""
    if expr.op == "field":
        return {"field": dict(expr.params)["name"]}
    if expr.op == "const":
        return {"const": dict(expr.params)["value"]}
    return {"op": expr.op, "args": [to_plain(a) for a in expr.args], "params": dict(expr.params)}


def from_plain(plain: object, *, node: Callable[..., Made], field: Callable[[object], Made]) -> Made:
    """The inverse of :func:`to_plain`. ``node(op, *args, **params)`` and ``field(name)`` make the nodes.

    Raises:
        AlphaBenchError: R08 for a malformed mapping, R12 when it is nested too deeply, and whatever ``node`` and ``field`` raise.
    """
    return _read(plain, 0, node, field)


def _read(plain: object, depth: int, node: Callable[..., Made], field: Callable[[object], Made]) -> Made:
    if depth > DEEPEST:
        raise DefinitionError(
            "R12", f"an expression nested deeper than {DEEPEST}", fix="make several features"
        )
    if isinstance(plain, Mapping):
        keys = set(plain)
        if keys == {"field"}:
            return field(plain["field"])
        if keys == {"const"}:
            return node("const", value=plain["const"])
        args, params = plain.get("args", ()), plain.get("params", {})
        if (
            isinstance(plain.get("op"), str)
            and keys <= {"op", "args", "params"}
            and isinstance(args, list | tuple)
            and isinstance(params, Mapping)
            and all(isinstance(k, str) for k in params)
        ):
            return node(str(plain["op"]), *(_read(a, depth + 1, node, field) for a in args), **params)
    shown = sorted(map(str, plain)) if isinstance(plain, Mapping) else type(plain).__name__
    raise DefinitionError(
        "R08",
        f"not an expression: {shown}",
        fix='write {"field": name}, {"const": number} or {"op": name, "args": [...], "params": {...}}',
    )
