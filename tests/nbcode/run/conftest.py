"""Runs for tests: a few lines of cells on one declared input."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from fakes.plans import plan_of_cells, small_input
from nbcode.inputs import PinnedInput
from nbcode.run import RunEvent, RunOutcome, drive
from nbcode.run._local import LocalRunner

RunCells = Callable[..., RunOutcome]


@pytest.fixture
def declared(tmp_path: Path) -> tuple[PinnedInput, ...]:
    """The input of every run here: ``inputs["prices_csv"]``."""
    return (small_input(tmp_path),)


@pytest.fixture
def run_cells(tmp_path: Path, declared: tuple[PinnedInput, ...]) -> RunCells:
    """Run cells, ``(tag, source)``, from cell 2 on, to the end."""
    names = (f"run-{number}" for number in itertools.count(1))

    def run(
        *cells: tuple[str, str],
        inputs: Iterable[PinnedInput] = declared,
        on_event: Callable[[RunEvent], None] = lambda _event: None,
        **changes: object,
    ) -> RunOutcome:
        runs, run_id = tmp_path / "runs", next(names)
        return drive(
            LocalRunner(runs),
            plan_of_cells(cells, inputs, run_id=run_id, **changes),
            into=runs / run_id / "out",
            on_event=on_event,
        )

    return run
