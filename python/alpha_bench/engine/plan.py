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
class ExecutionPlan:
    """Every distinct node once, arguments first.

    Attributes:
        outputs: the expressions whose values are asked for, in the order asked.
        steps: what is computed, in order.
        stages: the same, cut into what is walked together, tile by tile.
        fields: the panel's fields that are read, in the order of first use.
        lookback: sessions of history before the first wanted session that every wanted value needs.
        lookahead: sessions after the last wanted session that every wanted value needs.
    """

    outputs: tuple[Expr, ...]
    steps: tuple[Expr, ...]
    stages: tuple[Stage, ...]
    fields: tuple[str, ...]
    lookback: int
    lookahead: int

    def explain(self, panel: Fields, *, threads: int | None = None) -> Explanation:
        """What computing the plan on ``panel`` will do, stage by stage, and the most memory that it will hold, before it runs."""
        from alpha_bench.engine.explanation import computation_of

        return computation_of(self, panel, threads=threads).explanation

    def __str__(self) -> str:
        lines = [f"{n + 1:3d}. {step}" for n, step in enumerate(self.steps)]
        return "\n".join([*lines, f"look-back {self.lookback} sessions, look-ahead {self.lookahead}"])


def make_plan(exprs: Sequence[Expr]) -> ExecutionPlan:
    """Plan the computation of ``exprs``; equal sub-expressions are one node, so they are computed once."""
    wanted = tuple(exprs)
    order = tuple(walk(wanted))
    return ExecutionPlan(
        outputs=wanted,
        steps=order,
        stages=stages_of(order, wanted),
        fields=tuple(
            str(dict(e.params)["name"])
            for e in order
            if e.op in {"field", "classifier", "member", "delisting"}
        ),
        lookback=max((e.lookback for e in wanted), default=0),
        lookahead=max((e.lookahead for e in wanted), default=0),
    )
