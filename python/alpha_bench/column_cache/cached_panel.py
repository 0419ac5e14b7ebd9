"""A panel whose computed columns are kept: what was computed before, here or by another process, is not computed again.

1. Every column that is worth it (one that looks at more than the same asset and session, and not ahead) is cut into blocks of
   sessions, and each block has a key (:meth:`alpha_bench.column_cache.keys.Blocks.key`).
2. ``reuse``: blocks that are held are read and checked, from the first one on; where they end, the column is computed from there:
   only the new sessions and the look-back that they need. The bits are those of computing all of it.
3. ``verify``: everything is computed, and compared by digest with what is held.
4. What was computed is kept.

``compare`` is ``verify`` that writes nothing and warns of nothing: for a process that may only read the directory; the counts tell.

:class:`CacheUse` counts what happened to the columns.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from alpha_bench.column_cache.keys import BLOCK, Blocks
from alpha_bench.column_cache.store import ColumnStore, canonical_block, digest_of_block
from alpha_bench.engine import RECYCLER, PartialColumn, check_fields, execute, is_leaf, make_plan, tile_axis
from alpha_bench.errors import DefinitionError
from alpha_bench.expressions import Expr, walk
from alpha_bench.kernels import COMPILED
from alpha_bench.panel import Panel
from alpha_bench.runtime import Floats, cores, parallel_for

Mode: TypeAlias = Literal["reuse", "verify", "compare"]
_MODES = ("reuse", "verify", "compare")


class CacheWarning(UserWarning):
    """Something in the cache was not as it should be. What was computed is right: nothing of it was used."""


@dataclass(kw_only=True, slots=True)
class CacheUse:
    """Columns by what happened to them.

    Attributes:
        reused: read, nothing was computed.
        completed: known for the earlier sessions, computed for the later ones.
        recomputed: computed whole; nothing of it was held, or it is not worth keeping.
        verified: computed whole, and every block that was held had the same digest.
        different: computed whole, and a held block had another digest; it was replaced.
        damaged: blocks (not columns) whose file was damaged; they were removed and computed.
        sessions_computed: sessions that were asked of the engine, over all columns.
    """

    reused: int = 0
    completed: int = 0
    recomputed: int = 0
    verified: int = 0
    different: int = 0
    damaged: int = 0
    sessions_computed: int = 0

    def to_plain(self) -> dict[str, int]:
        """The counts by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def __str__(self) -> str:
        counted = {
            k: v for k, v in self.to_plain().items() if v and k not in {"damaged", "sessions_computed"}
        }
        said = ", ".join(f"{n} {name}" for name, n in counted.items()) or "no column was asked for"
        return f"columns: {said}" + (f"; {self.damaged} damaged blocks" if self.damaged else "")


class CachedPanel:
    """``panel`` with its computed columns kept in ``store``; everything else is the panel's own.

    Attributes:
        panel: the panel.
        use: what happened to the columns that were asked for so far.
    """

    def __init__(self, panel: Panel, store: ColumnStore, mode: Mode = "reuse") -> None:
        if mode not in _MODES:
            raise DefinitionError(
                "R50",
                f"the cache's mode is {mode!r}",
                fix='use "reuse"; "verify" to compute all and compare; "compare" to do so without writing',
            )
        self.panel, self.store, self.mode = panel, store, mode
        self.use = CacheUse()
        self._blocks = Blocks(panel)
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.panel, name)

    def compute(self, exprs: Sequence[Expr]) -> list[Floats]:
        """Values of ``exprs``, with the bits that :func:`alpha_bench.engine.executor.compute` gives, and its errors."""
        plan = make_plan(tuple(exprs))
        check_fields(plan, self.panel)
        distinct = list(dict.fromkeys(exprs))
        kept = (
            [e for e in distinct if worth_caching(e)] if self.panel.shape[0] and self.panel.shape[1] else []
        )
        known = {e: self._read(e) for e in kept} if self.mode == "reuse" else {}
        held = {e: k for e, k in known.items() if k.rows}
        values = execute(plan, self.panel, COMPILED, known=held)
        made = dict(zip(exprs, values, strict=True))
        for expr in distinct:
            if is_leaf(expr):
                continue
            rows = held[expr].rows if expr in held else 0
            self.use.sessions_computed += self.panel.shape[0] - rows
            self._count(expr, made[expr], rows, keep=expr in kept)
        if kept and self.mode != "compare":
            self._report(self.store.shrink)
        return values

    def _parts(self) -> list[tuple[int, int]]:
        """(block, rows) of every block of a column."""
        sessions = self.panel.shape[0]
        return [(n, min(BLOCK, sessions - n * BLOCK)) for n in range(-(-sessions // BLOCK))]

    def _read(self, expr: Expr) -> PartialColumn:
        """What is held of the first sessions: whole blocks as far as they go, then as much as there is of the next one."""
        held: list[tuple[str, int, int]] = []
        for number, rows in self._parts():
            key = self._blocks.key(expr, number, rows)
            if self.store.contains(key):
                held.append((key, number * BLOCK, number * BLOCK + rows))
                continue
            for fewer in range(rows - 1, 0, -1):
                key = self._blocks.key(expr, number, fewer)
                if self.store.contains(key):
                    held.append((key, number * BLOCK, number * BLOCK + fewer))
                    break
            break
        if not held:
            return PartialColumn(array=np.empty((0, 0)), rows=0)
        array = RECYCLER.empty(self.panel.shape)
        whole = [False] * len(held)

        def read(n: int) -> None:
            key, first, last = held[n]
            whole[n] = self.store.read(key, array[first:last])

        parallel_for(read, range(len(held)), cores())
        good = whole.index(False) if False in whole else len(held)
        for (key, _, _), fine in zip(held, whole, strict=True):
            if not fine:
                self._damaged(key, expr)
        return PartialColumn(array=array, rows=held[good - 1][2] if good else 0)

    def _damaged(self, key: str, expr: Expr) -> None:
        self.use.damaged += 1
        warnings.warn(
            f"R51 a stored block of {expr} is damaged ({key[:12]}); it was removed, and is computed again",
            CacheWarning,
            stacklevel=5,
        )

    def _count(self, expr: Expr, values: Floats, rows: int, *, keep: bool) -> None:
        if not keep:
            self.use.recomputed += 1
        elif rows:
            done = rows >= self.panel.shape[0]
            self.use.reused += done
            self.use.completed += not done
            if not done:
                self._store(expr, values, [p for p in self._parts() if p[0] * BLOCK + p[1] > rows])
        elif self.mode != "reuse":
            self._compare(expr, values)
        else:
            self.use.recomputed += 1
            self._store(expr, values, self._parts())

    def _compare(self, expr: Expr, values: Floats) -> None:
        missing, different, same = [], [], 0
        for number, rows in self._parts():
            held = self.store.digest(self._blocks.key(expr, number, rows))
            if held is None:
                missing.append((number, rows))
            elif held == digest_of_block(_block(values, number, rows)):
                same += 1
            else:
                different.append((number, rows))
        self.use.different += bool(different)
        self.use.verified += not different and not missing
        self.use.recomputed += not different and bool(missing)
        if self.mode == "compare":
            return
        if different:
            warnings.warn(
                f"R52 the cache holds other values of {expr} than were computed, in {len(different)} of "
                f"{len(different) + same} blocks; the computed ones are used, and take their place",
                CacheWarning,
                stacklevel=4,
            )
        self._store(expr, values, [*missing, *different])

    def _store(self, expr: Expr, values: Floats, parts: Sequence[tuple[int, int]]) -> None:
        def write(n: int) -> None:
            number, rows = parts[n]
            self.store.write(self._blocks.key(expr, number, rows), _block(values, number, rows))

        self._report(lambda: parallel_for(write, range(len(parts)), cores()))

    def _report(self, work: Any) -> None:
        """A cache that cannot be written costs time, not the result."""
        try:
            work()
        except OSError as error:
            warnings.warn(
                f"R53 the cache at {self.store.directory} cannot be written: {error.strerror}; nothing more is kept",
                CacheWarning,
                stacklevel=5,
            )


def _block(values: Floats, number: int, rows: int) -> Floats:
    return canonical_block(values[number * BLOCK : number * BLOCK + rows])


def worth_caching(expr: Expr) -> bool:
    """Whether a column is kept: it looks at other sessions or assets, and not ahead. Labels and sums of fields are made as fast
    as they are read."""
    return expr.lookahead == 0 and any(not is_leaf(e) and tile_axis(e) is not None for e in walk((expr,)))


def open_cache(
    panel: Panel, directory: Path, *, mode: Mode = "reuse", limit_bytes: int | None = None
) -> CachedPanel:
    """``panel`` with its columns kept in ``directory``, which is made when it is not there."""
    store = (
        ColumnStore(directory=Path(directory))
        if limit_bytes is None
        else ColumnStore(directory=Path(directory), limit_bytes=limit_bytes)
    )
    return CachedPanel(panel, store, mode)
