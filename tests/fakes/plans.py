"""Plans for tests: cells, and inputs that are files here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from nbcode.commands.planning import planned_input
from nbcode.configuration import Isolation
from nbcode.inputs import PinnedInput, Role
from nbcode.primitives import digest_bytes, digest_file
from nbcode.run import Limits, Placement, PlannedCell, RunContent, RunPlan
from nbcode.run.inside import InsideCell, InsidePlan
from nbcode.sandbox import pinned_environment

Cells = Iterable[tuple[str, str] | PlannedCell]
_CONTENT = {one.name for one in fields(RunContent)}


def pinned(path: Path, name: str, role: Role = Role.INPUT) -> PinnedInput:
    return PinnedInput(
        name=name,
        role=role,
        uri=path.name,
        path=path,
        digest=digest_file(path),
        size_bytes=path.stat().st_size,
        schema=(),
    )


def small_input(root: Path) -> PinnedInput:
    """``inputs["prices_csv"]``: three rows."""
    prices = root / "prices.csv"
    if not prices.exists():
        prices.write_text("close,volume\n10,100\n11,90\n12,120\n")
    return pinned(prices, "prices_csv")


def plan_of_cells(
    cells: Cells, inputs: Iterable[PinnedInput] = (), *, run_id: str = "run-1", **changes: object
) -> RunPlan:
    """``cells`` are (tag, source), from cell 2 on, or have their numbers; ``changes`` are of the content or of the placement."""
    there = tuple(inputs)
    content: dict[str, object] = {
        "spec_digest": digest_bytes(b"spec"),
        "model_id": "tiny",
        "cells": tuple(
            one if isinstance(one, PlannedCell) else PlannedCell(tag=one[0], index=number, source=one[1])
            for number, one in enumerate(cells, 2)
        ),
        "label_names": (),
        "inputs": tuple(planned_input(one) for one in there),
        "definition_digest": None,
        "environment_digest": None,
        "platform_key": "linux",
        "pins": pinned_environment(),
        "limits": Limits(time_s=60, memory_bytes=2 << 30),
    }
    placement: dict[str, object] = {
        "inputs": tuple(one.path for one in there),
        "isolation": Isolation.PROCESS,
        "notebook_path": "notebook.py",
    }
    for name, value in changes.items():
        (content if name in _CONTENT else placement)[name] = value
    return RunPlan(run_id=run_id, content=RunContent(**content), placement=Placement(**placement))  # type: ignore[arg-type]


def inside_plan(out: Path, cells: Iterable[InsideCell] = (), *, time_s: float = 1) -> InsidePlan:
    """What the kernel of a run is given: no data, nothing allowed, everything written to ``out``."""
    return InsidePlan(
        nonce="",
        spec_digest="",
        definition_digest=None,
        label_names=(),
        cells=tuple(cells),
        inputs=(),
        out=str(out),
        scratch=str(out),
        numba_cache=None,
        columns=None,
        readable=(),
        listed=(),
        enforced=False,
        core_type="",
        time_s=time_s,
        memory_bytes=1,
        output_bytes=1,
        output_files=1,
    )
