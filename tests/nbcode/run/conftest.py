"""Plans for tests: a few lines of cells on one declared input."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nbcode.inputs import PinnedInput, Role
from nbcode.primitives import digest_bytes, digest_file
from nbcode.run import Isolation, Limits, PlannedCell, RunEvent, RunOutcome, RunPlan
from nbcode.run._local import LocalRunner

Cells = list[tuple[str, str]]
RunCells = Callable[..., RunOutcome]


def planned(root: Path, cells: Cells, **changes: object) -> RunPlan:
    prices = root / "prices.csv"
    if not prices.exists():
        prices.write_text("close,volume\n10,100\n11,90\n12,120\n")
    given: dict[str, object] = {
        "run_id": "run-1",
        "spec_digest": digest_bytes(b"spec"),
        "spec_bytes": b"spec",
        "model_id": "tiny",
        "cells": tuple(
            PlannedCell(tag=tag, index=number, source=text) for number, (tag, text) in enumerate(cells, 2)
        ),
        "label_names": (),
        "inputs": (
            PinnedInput(
                name="prices_csv",
                role=Role.INPUT,
                uri="prices.csv",
                path=prices,
                digest=digest_file(prices),
                size_bytes=prices.stat().st_size,
                schema=(),
            ),
        ),
        "definition_digest": None,
        "out": root / "out",
        "work": root / "work",
        "isolation": Isolation.PROCESS,
        "limits": Limits(time_s=60, memory_bytes=2 << 30),
        "notebook_path": "notebook.py",
    }
    return RunPlan(**(given | changes))  # type: ignore[arg-type]


@pytest.fixture
def declared(tmp_path: Path) -> tuple[PinnedInput, ...]:
    """The input of every plan here: ``inputs["prices_csv"]``."""
    return planned(tmp_path, []).inputs


@pytest.fixture
def run_cells(tmp_path: Path) -> RunCells:
    """Run cells, ``(tag, source)``, from cell 2 on."""

    def run(
        *cells: tuple[str, str], on_event: Callable[[RunEvent], None] = lambda _event: None, **changes: object
    ) -> RunOutcome:
        return LocalRunner().execute(planned(tmp_path, list(cells), **changes), on_event)

    return run
