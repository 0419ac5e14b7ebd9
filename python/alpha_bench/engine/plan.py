"""ExecutionPlan: which nodes, in which order, and when each value is needed for the last time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alpha_bench.engine.stages import Stage, stages_of
from alpha_bench.expressions import Expr, walk

if TYPE_CHECKING:
    from alpha_bench.engine.explanation import Explanation
    from alpha_bench.engine.leaves import Fields


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One node. ``frees`` are nodes whose values no later step needs."""

    expr: Expr
    frees: tuple[Expr, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ExecutionPlan:
    """Every distinct node once, arguments first.

    Attributes:
        wanted: the expressions whose values are asked for, in the order asked.
        steps: what is computed, in order.
        stages: the same, cut into what is walked together, tile by tile.
        fields: the panel's fields that are read, in the order of first use.
        lookback: sessions of history before the first wanted session that every wanted value needs.
        lookahead: sessions after the last wanted session that every wanted value needs.
    """

    wanted: tuple[Expr, ...]
    steps: tuple[Step, ...]
    stages: tuple[Stage, ...]
    fields: tuple[str, ...]
    lookback: int
    lookahead: int

    def rows_needed(self) -> dict[Expr, int]:
        """For each node: sessions before ``t`` at which its value is needed to know the wanted values at ``t``."""
        needed: dict[Expr, int] = {}
        for step in reversed(self.steps):
            own = needed.setdefault(step.expr, 0)
            for arg in step.expr.args:
                needed[arg] = max(needed.get(arg, 0), own + step.expr.custom_lookback)
        return needed

    def explain(self, panel: Fields, *, threads: int | None = None) -> Explanation:
        """What computing the plan on ``panel`` will do, stage by stage, and the most memory that it will hold, before it runs."""
        from alpha_bench.engine.explanation import computation_of

        return computation_of(self, panel, threads=threads).explanation

    def __str__(self) -> str:
        lines = [f"{n + 1:3d}. {step.expr}" for n, step in enumerate(self.steps)]
        return "\n".join([*lines, f"look-back {self.lookback} sessions, look-ahead {self.lookahead}"])


def make_plan(exprs: Sequence[Expr]) -> ExecutionPlan:
    """Plan the computation of ``exprs``; equal sub-expressions are one node, so they are computed once."""
    wanted = tuple(exprs)
    order = tuple(walk(wanted))
    last_use = {arg: n for n, expr in enumerate(order) for arg in expr.args}
    kept = set(wanted)
    frees: list[list[Expr]] = [[] for _ in order]
    for expr, n in last_use.items():
        if expr not in kept:
            frees[n].append(expr)
    return ExecutionPlan(
        wanted=wanted,
        steps=tuple(Step(expr=e, frees=tuple(f)) for e, f in zip(order, frees, strict=True)),
        stages=stages_of(order, wanted),
        fields=tuple(str(dict(e.params)["name"]) for e in order if e.op in {"field", "classifier", "member"}),
        lookback=max((e.lookback for e in wanted), default=0),
        lookahead=max((e.lookahead for e in wanted), default=0),
    )
