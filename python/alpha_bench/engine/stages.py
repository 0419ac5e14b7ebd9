"""Stages: how a plan is cut so that values are made and used while they are in the cache.

A time-series operator needs one asset's sessions and no other asset, a cross-sectional one a session's assets and no other
session; an element-wise one needs neither. So nodes that follow each other form a *stage*: all of time-series and element-wise
nodes, walked in tiles of some assets over all sessions, or all of cross-sectional and element-wise nodes, walked in tiles of some
sessions over all assets. Within a tile every value stays in the cache; only what a later stage or the caller needs is written to
memory. An operator that looks at assets and sessions at once is a stage of its own, walked whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from alpha_bench.expressions import Expr
from alpha_bench.operators import Scope, operator


class TileAxis(Enum):
    """How the values of a stage are cut into tiles."""

    COLUMNS = "assets"
    ROWS = "sessions"
    WHOLE = "whole"


_ORDER = (TileAxis.COLUMNS, TileAxis.ROWS, TileAxis.WHOLE)
_AXES: Mapping[Scope, TileAxis] = MappingProxyType(
    {Scope.SERIES: TileAxis.COLUMNS, Scope.FORWARD: TileAxis.COLUMNS, Scope.CROSS: TileAxis.ROWS}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """Nodes that are computed together, tile by tile.

    Attributes:
        axis: how it is cut into tiles.
        nodes: what is computed, arguments first.
        reads: fields, and values of earlier stages, that it reads.
        stored: which of its nodes are needed after it, or wanted.
        frees: values of this stage and earlier ones that no later stage needs.
    """

    axis: TileAxis
    nodes: tuple[Expr, ...]
    reads: tuple[Expr, ...]
    stored: tuple[Expr, ...]
    frees: tuple[Expr, ...]


def is_leaf(expr: Expr) -> bool:
    """Whether it is a field, a group or a constant."""
    return not expr.args and operator(expr.op).scope is Scope.LEAF


def tile_axis(expr: Expr) -> TileAxis | None:
    """How the node can be cut; None: any way."""
    reach = operator(expr.op).scope
    return None if reach is Scope.ELEMENT else _AXES.get(reach, TileAxis.WHOLE)


def stages_of(order: Sequence[Expr], wanted: Iterable[Expr]) -> tuple[Stage, ...]:
    """Cut ``order`` (arguments first) into stages."""
    nodes = [e for e in order if not is_leaf(e)]
    kept = {e for e in wanted if not is_leaf(e)}
    place = _sunk(nodes, kept, _earliest(nodes))
    last_use: dict[Expr, int] = {}
    for expr in nodes:
        for arg in expr.args:
            last_use[arg] = max(last_use.get(arg, -1), place[expr])
    return tuple(
        _stage(number, [e for e in nodes if place[e] == number], kept, last_use)
        for number in sorted(set(place.values()))
    )


def _earliest(nodes: Sequence[Expr]) -> dict[Expr, int]:
    """The first stage at which each node can be computed; stages take their cuts in turn."""
    place: dict[Expr, int] = {}
    for expr in nodes:
        after = max((place[a] for a in expr.args if a in place), default=0)
        axis = tile_axis(expr)
        if axis is None:
            place[expr] = after
        else:
            place[expr] = after + (_ORDER.index(axis) - after) % len(_ORDER)
    return place


def _sunk(nodes: Sequence[Expr], kept: set[Expr], place: dict[Expr, int]) -> dict[Expr, int]:
    """Element-wise nodes moved to the stage of their first user where that stores nothing that was not stored already."""
    users: dict[Expr, list[Expr]] = {}
    for expr in nodes:
        for arg in expr.args:
            users.setdefault(arg, []).append(expr)
    for expr in reversed(nodes):
        if tile_axis(expr) is not None or expr in kept or not users.get(expr):
            continue
        first = min(place[u] for u in users[expr])
        if first == place[expr] or _ORDER[first % len(_ORDER)] is TileAxis.WHOLE:
            continue
        stored = all(
            is_leaf(a)
            or a in kept
            or place[a] < place[expr]
            or any(place[u] > place[a] for u in users[a] if u is not expr)
            for a in expr.args
        )
        if stored:
            place[expr] = first
    return place


def _stage(
    number: int,
    nodes: Sequence[Expr],
    kept: set[Expr],
    last_use: Mapping[Expr, int],
) -> Stage:
    inside = set(nodes)
    read = dict.fromkeys(a for e in nodes for a in e.args if a not in inside and a.op != "const")
    stored = [e for e in nodes if e in kept or last_use.get(e, -1) > number]
    return Stage(
        axis=_ORDER[number % len(_ORDER)],
        nodes=tuple(nodes),
        reads=tuple(read),
        stored=tuple(stored),
        frees=tuple(e for e in read if not is_leaf(e) and e not in kept and last_use.get(e, -1) <= number),
    )


def alignment(expr: Expr) -> int:
    """Sessions of which the first row of a node's operands must be a multiple.

    Then its values have the bits that they have when it is computed from the first session on: rolling kernels cut their sessions
    into blocks as long as the window.
    """
    return max(1, int(dict(expr.params).get("window", 1)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """From which session on a node's value is needed, and from which on it is computed (earlier, where it looks back)."""

    needed: int
    begin: int


def rows_of(
    stages: Sequence[Stage], wanted: Mapping[Expr, int], known: AbstractSet[Expr] = frozenset()
) -> dict[Expr, Rows]:
    """The rows of each node when each wanted value is needed from a session on; those not needed, or ``known``, are left out.

    What is made from row ``begin`` on is right from ``begin + custom_lookback`` on, which is at most ``needed``.
    """
    needed = dict(wanted)
    rows: dict[Expr, Rows] = {}
    for stage in reversed(stages):
        together = min((needed[e] for e in stage.nodes if e in needed and e not in known), default=0)
        for expr in reversed(stage.nodes):
            if expr not in needed or expr in known:
                continue
            begin = _begin(expr, stage.axis, needed[expr], together)
            rows[expr] = Rows(needed=needed[expr] if stage.axis is TileAxis.COLUMNS else begin, begin=begin)
            for arg in expr.args:
                needed[arg] = min(needed.get(arg, begin), begin)
    return rows


def _begin(expr: Expr, axis: TileAxis, needed: int, together: int) -> int:
    if axis is TileAxis.WHOLE:
        return 0
    if axis is TileAxis.ROWS:
        return together
    if tile_axis(expr) is None:
        return needed
    step = alignment(expr)
    return max(0, (needed - expr.custom_lookback) // step * step)
