"""The engine: the only file that walks the data to compute expressions.

1. ``make_plan`` orders the nodes under the wanted expressions, each distinct one once, arguments first, and cuts them into
   stages (:mod:`alpha_bench.engine.stages`): time series in tiles of assets, cross-sections in tiles of sessions, element-wise in either.
2. Every field that is read must be in the panel; all that are missing are reported at once (R06).
3. Stage by stage, tile by tile, on all cores: a field is the panel's own array; what a tile makes stays in the cache; what a later
   stage or the caller needs is written to memory (:mod:`alpha_bench.engine.tiles`). Fields of the panel are never written.
4. A stored value that no later stage needs is freed at once, or a value of the stage that reads it last takes its memory over.
   A custom feature's function is given whole arrays, and its causality is checked: :mod:`alpha_bench.custom.causality`.
5. The wanted values are returned in the order asked, as (T, N) float64, C-contiguous, sessions down.

A value at session ``t`` is made from sessions ``t - lookback .. t + lookahead`` only. Its bits do not depend on how many sessions
follow, nor on tiles, cuts or threads, nor on the session from which on values are computed, so that values which are known for
some sessions can be completed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from alpha_bench.custom import custom_values_on
from alpha_bench.engine.buffer_pool import RECYCLER
from alpha_bench.engine.leaves import Fields, check_groups, leaf_values
from alpha_bench.engine.memory_limit import current_memory
from alpha_bench.engine.plan import ExecutionPlan, make_plan
from alpha_bench.engine.schedule import schedule_of, schedule_within
from alpha_bench.engine.stages import is_leaf
from alpha_bench.engine.tiles import BY_CACHE, UNTILED, Store, Tiling, run_stage
from alpha_bench.errors import DataError, nearest, some
from alpha_bench.expressions import Expr, bind
from alpha_bench.kernels import COMPILED, REFERENCE, Implementation
from alpha_bench.operators import CUSTOM
from alpha_bench.runtime import Floats

__all__ = ["Fields", "PartialColumn", "bind", "check_fields", "compute", "execute"]


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
        AlphaBenchError: R06 for fields that the panel does not have, R48 and R49 for custom features.
    """
    if reference:
        return execute(make_plan(exprs), panel, REFERENCE, threads=1, tiling=UNTILED)
    return execute(make_plan(exprs), panel, COMPILED, threads=threads, tiling=tiling)


@dataclass(frozen=True, kw_only=True, slots=True)
class PartialColumn:
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
    known: Mapping[Expr, PartialColumn] = MappingProxyType({}),
) -> list[Floats]:
    """Steps 2 to 5. Of what is ``known`` for some sessions only the later ones are computed, with the same bits."""
    check_fields(plan, panel)
    stores = {e: Store(k.array) for e, k in known.items()}
    table = {**implementations, CUSTOM: custom_values_on(panel)}
    memory = current_memory()
    since = {e: k.rows for e, k in known.items()}
    if memory is None:
        ordered = schedule_of(plan, panel, threads=threads, tiling=tiling, known=since)
    else:
        ordered = schedule_within(
            plan, panel, tile_bytes=memory.tile_bytes, threads=threads, tiling=tiling, known=since
        )
    for task in ordered.tasks:
        for expr in task.stage.reads:
            if expr not in stores and is_leaf(expr):
                stores[expr] = Store(leaf_values(expr, panel))
                if memory is not None:
                    memory.watch(stores[expr].array)
        for make in task.allocations:
            shape = (panel.shape[0] - make.begin, panel.shape[1])
            if make.over is not None:
                stores[make.expr] = Store(stores[make.over].array)
            else:
                stores[make.expr] = Store((memory or RECYCLER).empty(shape), make.begin)
        run_stage(
            task.program,
            stores,
            table,
            panel.shape,
            size=task.size,
            threads=ordered.threads,
            after=None if memory is None else memory.relax,
        )
        for expr in task.stage.frees:
            stores.pop(expr, None)
    return [_wanted(expr, panel, stores.get(expr)) for expr in plan.outputs]


def _wanted(expr: Expr, panel: Fields, store: Store | None) -> Floats:
    if expr.op == "const":
        return np.full(panel.shape, float(expr.params[0][1]))
    return np.ascontiguousarray(leaf_values(expr, panel) if store is None else store.array)


def check_fields(plan: ExecutionPlan, panel: Fields) -> None:
    """Raises AlphaBenchError R06 for fields of ``plan`` that ``panel`` does not have, all of them; R45 for groups taken for numbers."""
    known = {*panel.fields, *panel.groups}
    missing = [name for name in dict.fromkeys(plan.fields) if name not in known]
    if missing:
        close = nearest(missing[0], known)
        named = [name for name in panel.fields if not name.startswith("_")]
        fix = (
            f"did you mean data.{close}?"
            if close
            else f"the panel has {some(sorted(known))}; add a column, or derive it from others: "
            f'derive = {{ {missing[0]} = "{min(named, default="close")} / 2" }} in nbcode.toml, Panel.of(..., derive={{...}}) in Python'
        )
        raise DataError("R06", f"the panel has no field {', '.join(map(repr, missing))}", fix, fields=missing)
    check_groups(plan.steps, plan.outputs, panel)
