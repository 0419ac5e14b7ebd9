"""The schedule: a plan's stages compiled for one panel, and what they hold in memory, known before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from alpha_bench.engine.leaves import Fields, is_scattered
from alpha_bench.engine.stages import Rows, Stage, TileAxis, is_leaf, rows_of
from alpha_bench.engine.tiles import BY_CACHE, Program, Tiling, compile_stage, room_of, tile_size
from alpha_bench.expressions import Expr
from alpha_bench.runtime import cores

_NARROWEST = 8  # assets in a tile: a line of the cache
_SCRATCH_BYTES = 1 << 20  # what a kernel may take for itself, beside what it keeps of a window
_OF_A_WINDOW = (
    5  # values of each asset and session of a window that a rolling kernel keeps (of moments: up to five)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Allocation:
    """A value that is stored from session ``begin`` on, in memory of its own or in that of ``over``, which ends there."""

    expr: Expr
    begin: int
    over: Expr | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One stage, ready to be run.

    Attributes:
        stage: what it computes.
        program: how.
        size: assets, or sessions, in a tile.
        tiles: how many tiles.
        allocations: what it stores.
        tile_bytes: the buffers of all threads, and what kernels take for themselves.
        live_bytes: stored values that are in memory while it runs.
    """

    stage: Stage
    program: Program
    size: int
    tiles: int
    allocations: tuple[Allocation, ...]
    tile_bytes: int
    live_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """Tasks in order, for a panel of ``shape``, on ``threads`` threads."""

    tasks: tuple[Task, ...]
    shape: tuple[int, int]
    threads: int

    @property
    def peak_bytes(self) -> int:
        """The most that stored values and tiles take at once, beside the panel itself."""
        return max((t.live_bytes + t.tile_bytes for t in self.tasks), default=0)


class Planned(Protocol):
    """What is asked of a plan."""

    @property
    def outputs(self) -> tuple[Expr, ...]: ...
    @property
    def stages(self) -> tuple[Stage, ...]: ...


def schedule_of(
    plan: Planned,
    panel: Fields,
    *,
    threads: int | None = None,
    tiling: Tiling = BY_CACHE,
    known: Mapping[Expr, int] = MappingProxyType({}),
) -> Schedule:
    """Compile the stages of ``plan`` for ``panel``: what the engine does, and the memory that it takes.

    Args:
        plan: what is wanted.
        panel: where it is computed.
        threads: that walk the tiles; by default as many as the engine would take.
        tiling: how wide tiles are.
        known: of wanted values that have an array already, (T, N), how many first sessions are known.
    """
    whole = {e for e, since in known.items() if since >= panel.shape[0]}
    needed = {e: known.get(e, 0) for e in plan.outputs if e not in whole}
    leaves = {e for stage in plan.stages for e in stage.reads if is_leaf(e)}
    scattered = {e for e in leaves if is_scattered(e, panel)}
    rows = rows_of(plan.stages, needed, whole)
    return _schedule(plan.stages, rows, panel.shape, threads or cores(), tiling, set(known), scattered)


def schedule_within(
    plan: Planned,
    panel: Fields,
    *,
    tile_bytes: int,
    threads: int | None,
    tiling: Tiling,
    known: Mapping[Expr, int],
) -> Schedule:
    """The schedule with the widest tiles that take at most ``tile_bytes``, or the narrowest there are."""
    ordered = schedule_of(plan, panel, threads=threads, tiling=tiling, known=known)
    columns = max((t.size for t in ordered.tasks if t.stage.axis is TileAxis.COLUMNS), default=_NARROWEST)
    rows = max((t.size for t in ordered.tasks if t.stage.axis is TileAxis.ROWS), default=1)
    # Halved, not solved for: what a tile takes depends on where its stages begin and on the kernels in them, and some ten
    # compilations of a plan are milliseconds.
    while max((t.tile_bytes for t in ordered.tasks), default=0) > tile_bytes and (
        columns > _NARROWEST or rows > 1
    ):
        columns, rows = max(_NARROWEST, columns // 2), max(1, rows // 2)
        ordered = schedule_of(
            plan, panel, threads=threads, tiling=Tiling(columns=columns, rows=rows), known=known
        )
    return ordered


def _schedule(  # noqa: PLR0917 - schedule_of is who calls it
    stages: Sequence[Stage],
    rows: Mapping[Expr, Rows],
    shape: tuple[int, int],
    threads: int,
    tiling: Tiling,
    known: AbstractSet[Expr],
    scattered: AbstractSet[Expr],
) -> Schedule:
    sessions, assets = shape
    stored: dict[Expr, int] = dict.fromkeys(known, 0)
    tasks: list[Task] = []
    for stage in stages:
        nodes = [e for e in stage.nodes if e in rows]
        if not nodes:
            continue
        size = tile_size(stage.axis, shape, threads, tiling)
        # Only where a tile is whole rows is its part of a stored array contiguous, as kernels take them.
        whole = stage.axis is TileAxis.ROWS or size >= assets
        direct = _direct(stage, nodes, rows, stored, scattered) if whole else frozenset()
        program = compile_stage(stage, rows, direct, stored)
        allocations = tuple(
            Allocation(expr=e, begin=rows[e].needed, over=program.reuses.get(e))
            for e in stage.stored
            if e in rows and e not in known
        )
        # Counted before the task and freed after it: what a stage reads and what it makes are in memory together.
        for make in allocations:
            if make.over is not None:
                stored.pop(make.over)
            stored[make.expr] = make.begin
        along = (sessions - program.begin) if stage.axis is TileAxis.ROWS else assets
        tiles = -(-along // size)
        workers = max(1, min(threads, tiles))  # a thread without a tile makes no buffers
        tasks.append(
            Task(
                stage=stage,
                program=program,
                size=size,
                tiles=tiles,
                allocations=allocations,
                tile_bytes=workers
                * (8 * program.buffers * room_of(program, shape, size) + _scratch(nodes, size)),
                live_bytes=sum(8 * (sessions - begin) * assets for begin in stored.values()),
            )
        )
        for expr in stage.frees:
            stored.pop(expr, None)
    return Schedule(tasks=tuple(tasks), shape=shape, threads=threads)


def _direct(
    stage: Stage,
    nodes: Sequence[Expr],
    rows: Mapping[Expr, Rows],
    stored: Mapping[Expr, int],
    scattered: AbstractSet[Expr],
) -> frozenset[Expr]:
    """What is read and written where it is stored: a tile of it is contiguous there."""
    inside = set(nodes)
    read = {a for e in nodes for a in e.args if a not in inside and (a in stored or a in stage.reads)}
    kept = {e for e in stage.stored if e in rows and rows[e].begin == rows[e].needed}
    return frozenset((read - scattered) | kept)


def _scratch(nodes: Sequence[Expr], size: int) -> int:
    """What the kernels of a thread take for themselves: rolling ones keep the end of a block as long as their window."""
    longest = max(int(dict(e.params).get("window", 0)) for e in nodes)
    return _SCRATCH_BYTES + 8 * _OF_A_WINDOW * (longest + 1) * size
