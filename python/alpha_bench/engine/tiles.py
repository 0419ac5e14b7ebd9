"""Tiles: one stage compiled to a short list of calls, run on one tile after the other.

Every value of a tile has a place: the stored array itself where the tile's part of it is contiguous, else one of a few buffers
that a thread fills again for each tile. Buffers are given out once, when the stage is compiled: a buffer is free again after the
last use of its value, and an element-wise operator may write over an operand that it is the last to use. So how much memory a
stage takes is known before it runs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from alpha_bench.engine.stages import Rows, Stage, TileAxis
from alpha_bench.expressions import Expr
from alpha_bench.kernels import Implementation
from alpha_bench.operators import Scope, operator
from alpha_bench.runtime import Floats, parallel_for

# A tile of assets has all sessions, so it is narrow and rolling kernels read it in order: larger than the second-level cache does no
# harm, and long rows are read faster. A tile of sessions is used by one call after the other, and has to stay in that cache.
_COLUMN_TILE = 1 << 21  # bytes of one value in a tile of assets
_ROW_TILE = 1 << 18  # bytes of one value in a tile of sessions
_SMALL = (
    1 << 16
)  # values of a panel under which one tile is all: threads and more calls would cost more than they give
# Bytes of a stored value that are written past the cache: it would not be there any more when the next stage reads it.
_LARGE = 1 << 24
_LINE = 8  # values in a line of the cache
_PADDING = 17 * _LINE  # between buffers, so that they do not fall on the same sets of the cache


@dataclass(frozen=True, kw_only=True, slots=True)
class Tiling:
    """How wide tiles are: ``columns`` assets in a tile of assets, ``rows`` sessions in a tile of sessions; None: by the cache."""

    columns: int | None = None
    rows: int | None = None


BY_CACHE = Tiling()
UNTILED = Tiling(columns=1 << 62, rows=1 << 62)
"""One tile is the panel."""


def tile_size(axis: TileAxis, shape: tuple[int, int], threads: int, tiling: Tiling) -> int:
    """Assets, or sessions, in a tile: what fits the cache, and about as many tiles for each thread."""
    sessions, assets = shape
    if axis is TileAxis.WHOLE:
        return max(1, assets)
    along, across = (assets, sessions) if axis is TileAxis.COLUMNS else (sessions, assets)
    asked = tiling.columns if axis is TileAxis.COLUMNS else tiling.rows
    if asked is not None:
        return max(1, min(asked, along))
    if sessions * assets < _SMALL:
        return max(1, along)
    budget = _COLUMN_TILE if axis is TileAxis.COLUMNS else _ROW_TILE
    widest = max(1, budget // (8 * max(across, 1)))
    # A multiple of the threads: with one tile more, all would wait for the thread that has it.
    tiles = -(-along // (widest * threads)) * threads
    size = max(1, -(-along // max(tiles, 1)))
    # Whole lines of the cache: two threads that write parts of one line take it from each other at every row.
    return -(-size // _LINE) * _LINE if axis is TileAxis.COLUMNS else size


@dataclass(frozen=True, kw_only=True, slots=True)
class Operand:
    """One operand of a call: a number, or a place, ``skip`` rows down."""

    number: float = 0.0
    place: int = -1
    skip: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One operator on one tile, from places to a place."""

    expr: Expr
    operands: tuple[Operand, ...]
    out: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """A stored value is copied into a buffer, or looked at where it is stored."""

    expr: Expr
    place: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Fill:
    """A constant becomes an array, for an operator that needs one."""

    number: float
    place: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Save:
    """A value is copied from its buffer to where it is stored, from session ``needed`` on."""

    expr: Expr
    place: int
    needed: int


Move: TypeAlias = Load | Fill | Call | Save


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """One value of a tile: sessions ``[begin, T)``, in buffer ``buffer``, or in the stored array when that is -1."""

    expr: Expr
    begin: int
    buffer: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """A stage, compiled: ``moves`` in order, over ``buffers`` buffers a thread, from session ``begin`` on.

    ``reuses`` are stored values whose memory a value of this stage takes over: the last reader of a tile comes before its writer.
    """

    stage: Stage
    places: tuple[Place, ...]
    moves: tuple[Move, ...]
    reuses: Mapping[Expr, Expr]
    buffers: int
    begin: int


def compile_stage(
    stage: Stage, rows: Mapping[Expr, Rows], direct: AbstractSet[Expr], begins: Mapping[Expr, int]
) -> Program:
    """Compile the part of ``stage`` that ``rows`` has.

    ``direct`` are the values whose tiles may be read and written where they are stored; ``begins`` has the first session of each
    value that is stored already, the others are stored from session 0 on.
    """
    return _Compiler(stage, rows, direct, begins).compile()


class _Compiler:
    """Gives out places and buffers."""

    def __init__(
        self, stage: Stage, rows: Mapping[Expr, Rows], direct: AbstractSet[Expr], begins: Mapping[Expr, int]
    ) -> None:
        self.stage, self.rows, self.begins = stage, rows, begins
        self.nodes = [e for e in stage.nodes if e in rows]
        self.last = {e: n for n, e in enumerate(self.nodes)} | {
            a: n for n, e in enumerate(self.nodes) for a in e.args
        }
        self.stored = {e for e in stage.stored if e in rows}
        self.direct = set(direct)
        self.reuses = self._taken_over()
        # What takes over memory that is still read goes through a buffer: written at once, it would change what is yet to be read.
        self.direct -= set(self.reuses)
        self.places: list[Place] = []
        self.moves: list[Move] = []
        self.at: dict[Expr, int] = {}
        self.free: list[int] = []
        self.buffers = 0

    def _taken_over(self) -> dict[Expr, Expr]:
        """Kept values and the stored values that end here whose memory they take: it need not be got from the system."""
        ended = [e for e in self.stage.frees if e in self.last and self.begins.get(e, 0) == 0]
        reuses: dict[Expr, Expr] = {}
        for expr in self.nodes:
            if expr in self.stored and expr not in self.begins and self.rows[expr].needed == 0:
                over = next((e for e in ended if self.last[e] <= self.last[expr]), None)
                if over is not None:
                    ended = [e for e in ended if e is not over]
                    reuses[expr] = over
        return reuses

    def compile(self) -> Program:
        for n, expr in enumerate(self.nodes):
            self._ready(expr)
            ends = [
                a
                for a in dict.fromkeys(expr.args)
                if a in self.at and self.last[a] == n and a not in self.stored
            ]
            self._call(expr, ends)
            for kept in (*dict.fromkeys(expr.args), expr):
                # Saved after its last use, not when it is made: a value whose memory this one takes over has been read by then.
                if kept in self.stored and self.last[kept] == n:
                    if kept not in self.direct:
                        self.moves.append(Save(expr=kept, place=self.at[kept], needed=self.rows[kept].needed))
                    self._release(kept)
        return Program(
            stage=self.stage,
            places=tuple(self.places),
            moves=tuple(self.moves),
            reuses=self.reuses,
            buffers=self.buffers,
            begin=min((self.rows[e].begin for e in self.nodes), default=0),
        )

    def _ready(self, expr: Expr) -> None:
        """The operands that have no place yet: stored values, and constants that are needed as arrays."""
        numbers = takes_numbers(expr)
        for arg in dict.fromkeys(expr.args):
            if arg in self.at:
                continue
            if arg.op == "const":
                if not numbers:
                    self._put(arg, self.rows[expr].begin)
                    self.moves.append(Fill(number=float(arg.params[0][1]), place=self.at[arg]))
                continue
            begin = self.begins.get(arg, 0)
            if arg not in self.direct:
                begin = min(self.rows[e].begin for e in self.nodes if arg in e.args)
            self._put(arg, begin)
            self.moves.append(Load(expr=arg, place=self.at[arg]))

    def _call(self, expr: Expr, ends: Sequence[Expr]) -> None:
        begin = self.rows[expr].begin
        numbers = takes_numbers(expr)
        operands = tuple(
            Operand(number=float(a.params[0][1]))
            if a.op == "const" and numbers
            else Operand(
                place=self.at[a],
                skip=0 if self.stage.axis is TileAxis.ROWS else begin - self.places[self.at[a]].begin,
            )
            for a in expr.args
        )
        early = operator(expr.op).scope is Scope.ELEMENT
        # Element by element, a value is read before its place is written, so its buffer can be the result's. Only where both begin at
        # one session: else row t of the one is not where row t of the other is.
        over = [a for a in ends if early and self.places[self.at[a]].begin == begin]
        for arg in over:
            self._release(arg)
        self._put(expr, begin)
        for arg in ends:
            if arg not in over:
                self._release(arg)
        for arg in expr.args:
            if arg.op == "const" and arg in self.at:  # another call may need it from another row on
                self._release(arg)
        self.moves.append(Call(expr=expr, operands=operands, out=self.at[expr]))

    def _put(self, expr: Expr, begin: int) -> None:
        buffer = -1
        if expr not in self.direct:
            if not self.free:
                self.free.append(self.buffers)
                self.buffers += 1
            buffer = self.free.pop()  # the one that was used last: it is the warmest in the cache
        self.at[expr] = len(self.places)
        self.places.append(Place(expr=expr, begin=begin, buffer=buffer))

    def _release(self, expr: Expr) -> None:
        place = self.places[self.at.pop(expr)]
        if place.buffer >= 0:
            self.free.append(place.buffer)


def takes_numbers(expr: Expr) -> bool:
    """Whether the operator takes constants as numbers: an element-wise one with an array beside them."""
    return operator(expr.op).scope is Scope.ELEMENT and any(a.op != "const" for a in expr.args)


@dataclass(slots=True)
class Store:
    """A value in memory: ``array`` holds its sessions ``[begin, T)``."""

    array: Floats
    begin: int = 0


def run_stage(
    program: Program,
    stores: Mapping[Expr, Store],
    table: Mapping[str, Implementation],
    shape: tuple[int, int],
    *,
    size: int,
    threads: int,
    after: Callable[[], None] | None = None,
) -> None:
    """Walk the tiles. ``size`` is what :func:`tile_size` gives; every kept value has its store; ``after`` is called after each."""
    axis = program.stage.axis
    moves = [_prepared(move, table) for move in program.moves]
    begin, end = (program.begin, shape[0]) if axis is TileAxis.ROWS else (0, shape[1])
    room = room_of(program, shape, size)
    spaces: dict[int, Floats] = {}

    def tile(first: int) -> None:
        me = threading.get_ident()
        if me not in spaces:  # one set of buffers a thread, filled again for each of its tiles
            spaces[me] = np.empty(room * program.buffers)
        last = min(first + size, end)
        run = _Tile(
            program=program, stores=stores, shape=shape, space=spaces[me], room=room, first=first, last=last
        )
        with np.errstate(
            all="ignore"
        ):  # per thread, so it is said here; missing values are NaN here, not news
            run.run(moves)
        if after is not None:
            after()

    parts = range(begin, end, size)
    if len(parts) == 1:
        tile(begin)  # not as a part: its operators may share out their own work
    else:
        parallel_for(tile, parts, threads)


def room_of(program: Program, shape: tuple[int, int], size: int) -> int:
    """Numbers in one buffer, for tiles of ``size`` assets or sessions."""
    rows = program.stage.axis is TileAxis.ROWS
    return (size * shape[1] if rows else (shape[0] - program.begin) * size) + _PADDING


def _prepared(move: Move, table: Mapping[str, Implementation]) -> tuple[Any, ...]:
    if isinstance(move, Call):
        return (move, table[move.expr.op], dict(move.expr.params))
    return (move,)


@dataclass(kw_only=True, slots=True)
class _Tile:
    """The values of one tile, while it is run: assets, or sessions, ``[first, last)``; ``room`` numbers a buffer in ``space``."""

    program: Program
    stores: Mapping[Expr, Store]
    shape: tuple[int, int]
    space: Floats
    room: int
    first: int
    last: int
    values: list[Any] = field(default_factory=list)

    def run(self, moves: Sequence[tuple[Any, ...]]) -> None:
        values = self.values = [None] * len(self.program.places)
        for move, *how in moves:
            if isinstance(move, Call):
                run, params = how
                operands = [
                    o.number if o.place < 0 else (values[o.place][o.skip :] if o.skip else values[o.place])
                    for o in move.operands
                ]
                out = values[move.out] = self._room(move.out)
                run(*operands, out=out, **params)
            elif isinstance(move, Load):
                values[move.place] = self._load(move)
            elif isinstance(move, Fill):
                room = values[move.place] = self._room(move.place)
                room[...] = move.number
            else:
                self._save(move)

    def _load(self, move: Load) -> Floats:
        place = self.program.places[move.place]
        room = self._room(move.place)
        if place.buffer < 0:
            return room
        store = self.stores[move.expr]
        if store.array.nbytes < _LARGE or not store.array.flags.c_contiguous:
            np.copyto(room, self._stored(move.expr, place.begin))
            return room
        from alpha_bench.kernels import load_rows

        rows = self.program.stage.axis is TileAxis.ROWS
        load_rows(
            store.array, room, (self.first if rows else place.begin) - store.begin, 0 if rows else self.first
        )
        return room

    def _save(self, move: Save) -> None:
        value, begin = self.values[move.place], self.program.places[move.place].begin
        if self.program.stage.axis is not TileAxis.ROWS and move.needed > begin:
            value = value[move.needed - begin :]
        store = self.stores[move.expr]
        if store.array.nbytes < _LARGE:
            np.copyto(self._stored(move.expr, move.needed), value)
            return
        from alpha_bench.kernels import save_rows

        rows = self.program.stage.axis is TileAxis.ROWS
        save_rows(
            value,
            store.array,
            (self.first if rows else move.needed) - store.begin,
            0 if rows else self.first,
        )

    def _room(self, place: int) -> Floats:
        """Where the value of ``place`` is in this tile."""
        where = self.program.places[place]
        if where.buffer < 0:
            return self._stored(where.expr, where.begin)
        if self.program.stage.axis is TileAxis.ROWS:
            rows, columns = self.last - self.first, self.shape[1]
        else:
            rows, columns = self.shape[0] - where.begin, self.last - self.first
        start = where.buffer * self.room
        return self.space[start : start + rows * columns].reshape(rows, columns)

    def _stored(self, expr: Expr, begin: int) -> Floats:
        """The tile's part of a stored value: of a tile of assets, from session ``begin`` on."""
        store = self.stores[expr]
        if self.program.stage.axis is TileAxis.ROWS:
            return store.array[self.first - store.begin : self.last - store.begin]
        part = store.array[begin - store.begin :] if begin > store.begin else store.array
        return part if self.last - self.first == self.shape[1] else part[:, self.first : self.last]
