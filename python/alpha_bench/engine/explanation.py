"""What will be computed, in which order, and the memory that it takes: said before it runs.

Numbers of memory are upper bounds of what the process takes beside the panel and the code: every stored value counts from when its
stage begins to when it is freed, every buffer of every thread counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alpha_bench.engine.leaves import Fields, is_scattered, source_of
from alpha_bench.engine.schedule import Planned, Schedule, Task, schedule_of
from alpha_bench.engine.stages import TileAxis, is_leaf
from alpha_bench.expressions import Expr
from alpha_bench.operators import Scope, operator
from alpha_bench.runtime import card, code, element, grid, quiet

_WIDEST = 100  # characters of an expression that are shown
_WALKED = {TileAxis.COLUMNS: "time series", TileAxis.ROWS: "across assets", TileAxis.WHOLE: "whole arrays"}
_CUSTOM_COPIES = 4  # whole arrays that a custom feature's function may hold at once; more is not known


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One line of the tree: ``what``, and ``details`` below it."""

    what: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """What a computation will do. Its text is a tree; in a notebook it is a table.

    Attributes:
        title: what, on which panel.
        steps: in order.
        memory: (what, bytes) of the moment at which the most is held.
        peak_bytes: their sum: the most that is held at once, beside the panel.
        panel_bytes: the fields that are read.
        read_bytes: numbers read from memory, beside the cache.
        written_bytes: numbers written to memory.
        values_made: numbers that operators make, most of which never leave the cache.
        notes: what the figures leave out.
        later: (what, bytes) of what is computed when it is asked for, after the columns were let go.
    """

    title: str
    steps: tuple[Step, ...]
    memory: tuple[tuple[str, int], ...]
    panel_bytes: int
    read_bytes: int
    written_bytes: int
    values_made: int
    notes: tuple[str, ...] = ()
    later: tuple[tuple[str, int], ...] = ()

    @property
    def peak_bytes(self) -> int:
        """The most that is held at once, beside the panel."""
        return sum(nbytes for _, nbytes in self.memory)

    def __str__(self) -> str:
        lines = [self.title]
        for number, step in enumerate(self.steps):
            end = number == len(self.steps) - 1
            lines.append(f"{'└─' if end else '├─'} {step.what}")
            for n, detail in enumerate(step.details):
                mark = "└─" if n == len(step.details) - 1 else "├─"
                lines.append(f"{'   ' if end else '│  '}{mark} {detail}")
        return "\n".join([*lines, *self._facts(), *self.notes])

    __repr__ = __str__

    def _facts(self) -> tuple[str, ...]:
        parts = ", ".join(f"{what} {size(nbytes)}" for what, nbytes in self.memory if nbytes)
        return (
            f"memory at its peak: {size(self.peak_bytes)} beside the panel's {size(self.panel_bytes)}: {parts}",
            f"moved: {size(self.read_bytes)} read, {size(self.written_bytes)} written; {self.values_made:,} values made",
            *(f"{what}: {size(nbytes)}, when it is asked for" for what, nbytes in self.later),
        )

    def _repr_html_(self) -> str:
        rows = [
            (quiet(str(number + 1)), (step.what, [(element("br"), code(d)) for d in step.details]))
            for number, step in enumerate(self.steps)
        ]
        below = [quiet(line, tag="div") for line in (*self._facts(), *self.notes)]
        return card(self.title, grid(("", ""), rows), below)

    def to_plain(self) -> dict[str, object]:
        """Plain JSON data."""
        return {
            "title": self.title,
            "steps": [{"what": s.what, "details": list(s.details)} for s in self.steps],
            "memory_bytes": dict(self.memory),
            "peak_bytes": self.peak_bytes,
            "panel_bytes": self.panel_bytes,
            "read_bytes": self.read_bytes,
            "written_bytes": self.written_bytes,
            "values_made": self.values_made,
            "notes": list(self.notes),
            "later_bytes": dict(self.later),
        }


def size(nbytes: int) -> str:
    """``1.26 GB``, ``63 MB``, ``12 kB``: decimal units."""
    for unit, one in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if nbytes >= one:
            return f"{nbytes / one:.3g} {unit}"
    return f"{nbytes} B"


@dataclass(frozen=True, kw_only=True, slots=True)
class Computation:
    """The part of an explanation that the engine does, and the bytes of what it gives."""

    explanation: Explanation
    output_bytes: int


def computation_of(plan: Planned, panel: Fields, *, threads: int | None = None) -> Computation:
    """Explain the computation of ``plan`` on ``panel``."""
    ordered = schedule_of(plan, panel, threads=threads)
    sessions, assets = panel.shape
    one = 8 * sessions * assets
    wanted = [e for e in dict.fromkeys(plan.outputs) if not _given(e, panel)]
    fields = {e for task in ordered.tasks for e in task.stage.reads if is_leaf(e)}
    memory = _at_peak(ordered, set(wanted), one)
    nodes = sum(len(task.stage.nodes) for task in ordered.tasks)
    own = any(operator(e.op).scope is Scope.CUSTOM for task in ordered.tasks for e in task.stage.nodes)
    look = (
        max((e.lookback for e in plan.outputs), default=0),
        max((e.lookahead for e in plan.outputs), default=0),
    )
    explanation = Explanation(
        title=f"{len(plan.outputs)} columns by {nodes} operators on {sessions:,} sessions x {assets:,} assets, "
        f"{ordered.threads} threads; look-back {look[0]} sessions, look-ahead {look[1]}",
        steps=tuple(_step(task, panel.shape) for task in ordered.tasks),
        memory=tuple(memory.items()),
        panel_bytes=sum(source_of(e, panel).nbytes for e in fields),
        read_bytes=sum(_read(task) for task in ordered.tasks) * one,
        written_bytes=sum(len(task.allocations) for task in ordered.tasks) * one,
        values_made=nodes * sessions * assets,
        notes=("what a function of your own takes beyond four arrays is not known",) if own else (),
    )
    return Computation(explanation=explanation, output_bytes=one * len(wanted))


def _given(expr: Expr, panel: Fields) -> bool:
    """Whether a wanted value is an array that the panel has already."""
    return is_leaf(expr) and expr.op not in {"const", "member", "delisting"} and not is_scattered(expr, panel)


def _read(task: Task) -> int:
    """Stored values and fields that a stage reads."""
    return len(task.stage.reads)


def _at_peak(ordered: Schedule, wanted: set[Expr], one: int) -> dict[str, int]:
    """What is held when the most is held, by what it is."""
    end = {"columns": one * len(wanted), "values between stages": 0, "tiles": 0}
    best, stored = end, set[Expr]()
    for task in ordered.tasks:
        for make in task.allocations:
            stored.discard(make.over) if make.over is not None else None
            stored.add(make.expr)
        kept = one * len(stored & wanted)
        own = sum(operator(e.op).scope is Scope.CUSTOM for e in task.stage.nodes)
        held = {
            "columns": kept,
            "values between stages": task.live_bytes - kept,
            "tiles": task.tile_bytes + bool(own) * _CUSTOM_COPIES * one,
        }
        best = max(best, held, key=lambda h: sum(h.values()))
        stored -= set(task.stage.frees)
    return best


def _step(task: Task, shape: tuple[int, int]) -> Step:
    across = "assets" if task.stage.axis is TileAxis.COLUMNS else "sessions"
    tiles = f"{task.tiles} tiles of {min(task.size, max(shape)):,} {across}" if task.tiles > 1 else "one tile"
    reads = ", ".join(str(e) for e in task.stage.reads if is_leaf(e))
    earlier = sum(not is_leaf(e) for e in task.stage.reads)
    from_ = " and ".join(filter(None, (reads, f"{earlier} earlier values" if earlier else "")))
    kept = {m.expr for m in task.allocations}
    return Step(
        what=f"{_WALKED[task.stage.axis]}, {tiles}: reads {from_ or 'nothing'}, stores {len(kept)} of {len(task.stage.nodes)}",
        details=tuple(_line(e, stored=e in kept) for e in task.stage.nodes),
    )


def _line(expr: Expr, *, stored: bool) -> str:
    text = str(expr)
    shown = text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"
    return (
        shown + (f"  [look-back {expr.lookback}]" if expr.lookback else "") + (" = stored" if stored else "")
    )


def with_steps(
    explanation: Explanation,
    *,
    title: str,
    steps: Sequence[Step],
    memory: Mapping[str, int],
    notes: Sequence[str],
    later: tuple[tuple[str, int], ...],
) -> Explanation:
    """``explanation`` with more steps after its own; ``memory`` replaces its own where that is more."""
    held = tuple(memory.items())
    return Explanation(
        title=title,
        steps=(*explanation.steps, *steps),
        memory=held if sum(memory.values()) > explanation.peak_bytes else explanation.memory,
        panel_bytes=explanation.panel_bytes,
        read_bytes=explanation.read_bytes,
        written_bytes=explanation.written_bytes,
        values_made=explanation.values_made,
        notes=(*explanation.notes, *notes),
        later=later,
    )
