"""Universes: the assets that take part on each session, as a condition known at its close.

Under a universe every cross-sectional operator works over the assets that are in it on that session: each such node's operand
becomes ``where(operand, universe)``. Time-series operators are not touched: an asset brings its own history with it on the day it
enters. Rows outside the universe neither train nor are predicted nor are scored.
"""

from __future__ import annotations

from collections.abc import Iterable

from alpha_bench.errors import DefinitionError, LookAheadError
from alpha_bench.expressions import CONDITION_SYNTAX, Expr, apply, walk
from alpha_bench.operators import Kind, Scope, operator


def check_universe(given: object) -> Expr:
    """``given``, being a condition that is known at its session's close.

    Raises:
        AlphaBenchError: R58 for anything else; the message says by which route a condition looks ahead.
    """
    if not isinstance(given, Expr):
        raise DefinitionError(
            "R58",
            f"universe is a {type(given).__name__}; a condition is needed",
            fix=CONDITION_SYNTAX
            if isinstance(given, bool)
            else "write universe=cs.top(features.adv(20), 500), data.sector != 'Financials', or any comparison such as "
            "data.close > 5",
        )
    if given.lookahead:
        raise LookAheadError(
            "R58",
            f"the universe {given} looks {given.lookahead} sessions ahead: it would hold the assets that did well later",
            fix="choose the assets by what is known at the session's close, such as cs.top(features.adv(20), 500)",
        )
    if given.kind is not Kind.FILTER:
        raise DefinitionError(
            "R58",
            f"universe is {given}, a {given.kind.value}; a condition is needed",
            fix=f"compare it, as in ({given}) > 0, or take the largest, as in cs.top({given}, 500)",
        )
    return given


def within(exprs: Iterable[Expr], universe: Expr | None) -> tuple[Expr, ...]:
    """``exprs`` with every cross-sectional operator confined to ``universe``; unchanged when there is none."""
    wanted = tuple(exprs)
    if universe is None:
        return wanted
    made: dict[Expr, Expr] = {}
    for node in walk(wanted):
        args = [made[a] for a in node.args]
        if operator(node.op).scope is Scope.CROSS:
            args[0] = apply("where", args[0], universe)
        same = all(a is b for a, b in zip(args, node.args, strict=True))
        made[node] = node if same else apply(node.op, *args, **dict(node.params))
    return tuple(made[e] for e in wanted)
