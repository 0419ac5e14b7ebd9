"""The engine: the only file that walks the data to compute expressions.

1. ``make_plan`` orders the nodes under the wanted expressions, each distinct one once, arguments first, and cuts them into
   stages (:mod:`alpha_bench.stages`): time series in tiles of assets, cross-sections in tiles of sessions, element-wise in either.
2. Every field that is read must be in the panel; all that are missing are reported at once (R06).
3. Stage by stage, tile by tile, on all cores: a field is the panel's own array; what a tile makes stays in the cache; what a later
   stage or the caller needs is written to memory (:mod:`alpha_bench.tiles`). Fields of the panel are never written.
4. A stored value that no later stage needs is freed at once, or a value of the stage that reads it last takes its memory over.
   A researcher's own function is given whole arrays, and held to its word: :mod:`alpha_bench.own.checks`.
5. The wanted values are returned in the order asked, as (T, N) float64, C-contiguous, sessions down.

A value at session ``t`` is made from sessions ``t - lookback .. t + lookahead`` only. Its bits do not depend on how many sessions
follow, nor on tiles, cuts or threads, nor on the session from which on values are computed, so that values which are known for
some sessions can be completed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from alpha_bench.errors import AlphaBenchError, nearest
from alpha_bench.expr import Expr, bind
from alpha_bench.kernels import COMPILED, REFERENCE, Implementation
from alpha_bench.kernels.pieces import cores
from alpha_bench.operators import OWN
from alpha_bench.own.run import own_values_on
from alpha_bench.plan import ExecutionPlan, make_plan
from alpha_bench.stages import Cut, Rows, Stage, is_leaf, rows_of
from alpha_bench.tiles import BY_CACHE, WHOLE, Program, Store, Tiling, compile_stage, run_stage, tile_size

__all__ = ["Fields", "bind", "compute", "execute"]

Floats: TypeAlias = NDArray[np.float64]


class Fields(Protocol):
    """What the engine needs of a panel: its shape and its arrays, all (T, N) float64."""

    @property
    def shape(self) -> tuple[int, int]: ...
    @property
    def fields(self) -> Mapping[str, Floats]: ...
    @property
    def groups(self) -> Mapping[str, Floats]: ...
    @property
    def group_names(self) -> Mapping[str, tuple[str, ...]]: ...


def compute(
    exprs: Sequence[Expr],
    panel: Fields,
    *,
    reference: bool = False,
    threads: int | None = None,
    tiling: Tiling = BY_CACHE,
) -> list[Floats]:
    """Values of ``exprs`` on ``panel``: a list of (T, N) arrays; treat them as read-only.

    Args:
        exprs: what is wanted.
        panel: where fields come from.
        reference: use the numpy references, on the whole arrays, instead of the compiled kernels.
        threads: how many; by default ``ALPHA_BENCH_THREADS``, else the cores that this process may use.
        tiling: how the panel is cut. Neither this nor ``threads`` changes a bit of a value.

    Raises:
        AlphaBenchError: R06 for fields that the panel does not have, R48 and R49 for functions of one's own.
    """
    if reference:
        return execute(make_plan(exprs), panel, REFERENCE, threads=1, tiling=WHOLE)
    return execute(make_plan(exprs), panel, COMPILED, threads=threads, tiling=tiling)


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """A wanted value of which sessions ``[0, rows)`` are known: ``array`` is (T, N), and the rest of it is written."""

    array: Floats
    rows: int


def execute(
    plan: ExecutionPlan,
    panel: Fields,
    implementations: Mapping[str, Implementation],
    *,
    threads: int | None = None,
    tiling: Tiling = BY_CACHE,
    known: Mapping[Expr, Known] = MappingProxyType({}),
) -> list[Floats]:
    """Steps 2 to 5. Of what is ``known`` for some sessions only the later ones are computed, with the same bits."""
    _check_fields(plan, panel)
    sessions = panel.shape[0]
    whole = {e for e, k in known.items() if k.rows >= sessions}
    needed = {e: known[e].rows if e in known else 0 for e in plan.wanted if e not in whole}
    made = _Made(panel, rows_of(plan.stages, needed, whole), known)
    table = {**implementations, OWN: own_values_on(panel)}
    for stage in plan.stages:
        made.stage(stage, table, threads or cores(), tiling)
    return [made.wanted(expr) for expr in plan.wanted]


class _Made:
    """What is in memory between stages."""

    def __init__(self, panel: Fields, rows: Mapping[Expr, Rows], known: Mapping[Expr, Known]) -> None:
        self.panel, self.rows, self.known = panel, rows, known
        self.stores = {e: Store(k.array) for e, k in known.items()}

    def stage(self, stage: Stage, table: Mapping[str, Implementation], threads: int, tiling: Tiling) -> None:
        nodes = [e for e in stage.nodes if e in self.rows]
        if not nodes:
            return
        size = tile_size(stage.cut, self.panel.shape, threads, tiling)
        for expr in stage.reads:
            if expr not in self.stores and is_leaf(expr):
                self.stores[expr] = Store(_leaf(expr, self.panel))
        program = compile_stage(stage, self.rows, self._direct(nodes, stage, size), self._begins())
        for expr in stage.keeps:
            if expr in self.rows and expr not in self.known:
                self.stores[expr] = self._store(expr, program)
        run_stage(program, self.stores, table, self.panel.shape, size=size, threads=threads)
        for expr in stage.frees:
            self.stores.pop(expr, None)

    def _direct(self, nodes: Sequence[Expr], stage: Stage, size: int) -> frozenset[Expr]:
        """What is read and written where it is stored: a tile of it is contiguous there."""
        if stage.cut is not Cut.ROWS and size < self.panel.shape[1]:
            return frozenset()
        inside = set(nodes)
        read = {a for e in nodes for a in e.args if a in self.stores and a not in inside}
        whole = {e for e in stage.keeps if e in self.rows and self.rows[e].begin == self.rows[e].needed}
        return frozenset({e for e in read if self.stores[e].array.flags.c_contiguous} | whole)

    def _begins(self) -> dict[Expr, int]:
        return {e: store.begin for e, store in self.stores.items()}

    def _store(self, expr: Expr, program: Program) -> Store:
        over = program.takes.get(expr)
        if over is not None:
            return Store(self.stores[over].array)
        sessions, assets = self.panel.shape
        begin = self.rows[expr].needed
        return Store(np.empty((sessions - begin, assets)), begin)

    def wanted(self, expr: Expr) -> Floats:
        if expr.op == "const":
            return np.full(self.panel.shape, float(expr.params[0][1]))
        store = self.stores.get(expr)
        return np.ascontiguousarray(_leaf(expr, self.panel) if store is None else store.array)


def _leaf(expr: Expr, panel: Fields) -> Floats:
    name = str(dict(expr.params)["name"])
    numbers = expr.op == "field"
    if name not in (panel.fields if numbers else panel.groups):
        raise AlphaBenchError(
            "R45",
            f"{name} holds {'a group' if numbers else 'numbers'} for each asset",
            fix=f"write group.by({name!r})"
            if numbers
            else f"write data[{name!r}]; bins are cs.quantile(x, 5)",
        )
    if expr.op == "member":
        return _member(panel, name, str(dict(expr.params)["group"]))
    return (panel.fields if numbers else panel.groups)[name]


def _member(panel: Fields, name: str, group: str) -> Floats:
    """1.0 for the assets of ``group``, 0.0 for those of others, NaN for those of none."""
    numbers, names = panel.groups[name], panel.group_names[name]
    if group not in names:
        close = nearest(group, names)
        raise AlphaBenchError(
            "R45",
            f"no asset's {name} is {group!r}",
            fix=f"did you mean {close!r}?" if close else f"the panel has {', '.join(sorted(names))}",
        )
    constant = numbers.strides[0] == 0
    rows = numbers[:1] if constant else numbers
    inside = np.where(np.isnan(rows), np.nan, rows == names.index(group))
    return np.broadcast_to(inside, numbers.shape) if constant else inside


def _check_fields(plan: ExecutionPlan, panel: Fields) -> None:
    known = {*panel.fields, *panel.groups}
    missing = [name for name in plan.fields if name not in known]
    if missing:
        close = nearest(missing[0], known)
        fix = (
            f"did you mean data.{close}?"
            if close
            else f"the panel has {', '.join(sorted(known))}; add a column, or derive the field when the panel is read"
        )
        raise AlphaBenchError(
            "R06", f"the panel has no field {', '.join(map(repr, missing))}", fix, fields=missing
        )
