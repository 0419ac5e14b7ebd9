"""`promote --fan-out folds`: over how many runs the folds are spread, and what that costs and gains, before anything runs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from alpha_bench.describe import is_data_alone
from nbcode.commands.build import BuildResult
from nbcode.configuration import HERE, Workspace
from nbcode.primitives import Diagnostic, Digest, Severity, canonical_json, dataclass
from nbcode.run import STEPS

if TYPE_CHECKING:
    from alpha_bench.describe import FoldSizes
    from nbcode.commands.outputs.promoting import FanOutOutput
    from nbcode.promotion import Promotion

_MOST_PODS = 8
_CALENDARS = (2520, 25200)
"""How many sessions folds are counted on: how long they are against each other hardly depends on it, how many there are never does."""
_FIGURES = "figures"


@dataclass(frozen=True, kw_only=True, slots=True)
class FanOut:
    """What is planned. ``shares`` are the folds, counted from 1, of each run; none where they are not spread, and ``because`` says why. ``cpu`` is what each pod asks for, empty where the
    template says it. ``alone_s`` is what the run of ``measured`` took, ``at_best_s`` what it would take spread; None where no earlier run is known."""

    folds: int
    shares: tuple[tuple[int, ...], ...]
    on: str
    cpu: str
    memory_bytes: int
    inputs_bytes: int
    runs_cells: bool = False
    together: bool = False
    measured: str | None = None
    alone_s: float | None = None
    at_best_s: float | None = None
    because: str = ""

    @property
    def over(self) -> int:
        """Over how many runs; 0: over none."""
        return len(self.shares)

    def to_json(self) -> FanOutOutput:
        """As `promote --json` has it."""
        return {
            "folds": self.folds,
            "shares": [list(one) for one in self.shares],
            "runs": self.over + 1 if self.over else 1,
            "on": self.on,
            "cpu": self.cpu,
            "memory_bytes": str(self.memory_bytes),
            "inputs_bytes": str(self.inputs_bytes),
            "runs_cells": self.runs_cells,
            "together": self.together,
            "measured": self.measured,
            "alone_s": self.alone_s,
            "at_best_s": self.at_best_s,
            "because": self.because,
        }

    def lines(self) -> tuple[str, ...]:
        """The plan for a reader."""
        if not self.over:
            return (f"fan-out: one run alone: {self.because}",)
        where, mib = ("processes here" if self.on == HERE else "pods"), self.memory_bytes >> 20
        cpu = "" if self.on == HERE else f", {self.cpu or 'what the template says of'} processors"
        again = "cells, features and label" if self.runs_cells else "features and label; no cell runs"
        return (
            f"fan-out: {self.folds} folds over {self.over} {where}, then one run that takes their fits",
            "  folds     " + " | ".join(",".join(map(str, one)) or "none" for one in self.shares),
            f"  asked for {self.over} at once, each up to {mib} MiB{cpu}: {self.over * mib} MiB together; then one more",
            f"  repeated  in each: {self.inputs_bytes >> 20} MiB of inputs, {again}",
            "  alone     the final model, the scores, the report, and one fold drawn by chance that is fitted again",
            f"  time      {self._time()}",
        )

    def _time(self) -> str:
        nothing = "nothing is gained: these folds are solved together, from sums of one pass over the data"
        if self.alone_s is None or self.at_best_s is None:
            return nothing if self.together else "not known: no earlier run of this model is in the journal"
        told = f"{self.alone_s:.0f} s in one run (measured: {self.measured})"
        if self.together:
            return f"{told}; {nothing}"
        return f"{told}, {self.at_best_s:.0f} s at best: the features of each run are not counted"


class FanOutPlanner:
    """Plans for the notebooks of one command, and remembers what was planned."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        on: str,
        parts: int | None,
        promotions: Callable[[str], Iterable[Promotion]],
    ) -> None:
        """``parts`` is how many runs are wanted, None for as many as are of use; ``promotions`` are those of a model, the last one first."""
        self._workspace, self._on, self._parts, self._promotions = workspace, on, parts, promotions
        self._planned: dict[Digest, FanOut] = {}

    def __call__(self, built: BuildResult) -> FanOut:
        """The plan for what was built."""
        sizes = self._sizes(built)
        plain = built.spec.definition.plain
        base = FanOut(
            folds=0 if sizes is None else len(sizes.splits),
            shares=(),
            on=self._on,
            cpu=self._workspace.config.argo.cpu,
            memory_bytes=self._workspace.config.run.memory_limit_bytes,
            inputs_bytes=sum(one.size_bytes for one in built.inputs),
            runs_cells=not is_data_alone(plain),
        )
        made = self._alone(built, base) if sizes is None else self._spread(built, base, sizes)
        self._planned[built.spec_digest] = made
        return made

    def over(self, spec: Digest) -> int:
        """Over how many runs the folds of ``spec`` are spread; 0 where that was not planned here."""
        planned = self._planned.get(spec)
        return 0 if planned is None else planned.over

    def _sizes(self, built: BuildResult) -> FoldSizes | None:
        definition = built.spec.definition
        if definition.kind != "declarative":
            return None
        plain = json.loads(canonical_json(definition.plain))
        from alpha_bench.describe import fold_sizes  # with numpy: for whoever spreads folds

        return next(filter(None, (fold_sizes(plain, sessions) for sessions in _CALENDARS)), None)

    def _alone(self, built: BuildResult, base: FanOut) -> FanOut:
        why = (
            "nothing in this definition is evaluated in folds"
            if built.spec.definition.kind == "declarative"
            else "these cells fit their own models, and what they do in folds cannot be seen from outside"
        )
        return replace(base, because=why)

    def _spread(self, built: BuildResult, base: FanOut, sizes: FoldSizes) -> FanOut:
        most = (os.cpu_count() or 1) if self._on == HERE else _MOST_PODS
        parts = min(self._parts or most, base.folds)
        shares = sizes.shares(parts)
        made = replace(base, shares=shares, together=sizes.together)
        before = self._measured(built.spec.meta.id)
        if before is None:
            return made
        took = {name: taken for name, taken in before.seconds if name in STEPS}
        whole, fitting = sum(sizes.trained), took.get(_FIGURES, 0.0)
        longest = max(sum(sizes.trained[n - 1] for n in one) for one in shares)
        alone = sum(took.values())
        at_best = alone - fitting + fitting * (longest + whole / base.folds) / whole
        return replace(
            made,
            measured=f"{before.run_id or before.model}, {before.begun_at[:10]}",
            alone_s=round(alone, 3),
            at_best_s=round(at_best, 3),
        )

    def _measured(self, model: str) -> Promotion | None:
        """The last promotion of ``model`` whose run told how long it took."""
        return next((one for one in self._promotions(model) if dict(one.seconds).get(_FIGURES)), None)


def told_alone(planned: FanOut) -> tuple[Diagnostic, ...]:
    """NBC-H43, a note, where a fan-out was asked for and there is nothing to spread."""
    if planned.over:
        return ()
    return (
        Diagnostic(
            code="NBC-H43",
            severity=Severity.NOTE,
            message="its folds are not spread over several runs",
            cause=planned.because,
            fixes=("`walk_forward(m)` on a definition of ours is evaluated in folds that can be spread",),
        ),
    )
