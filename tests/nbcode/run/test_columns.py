"""A clean run computes every column itself, and says which agree with what a live kernel had kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fakes.market_files import write_prices
from fakes.plans import pinned
from nbcode.configuration import Isolation, open_workspace
from nbcode.inputs import Role
from nbcode.namespace import DataSource, PanelFiles, open_session
from nbcode.run import RunOutcome, RunStatus
from nbcode.sandbox import IsolationLevel, pinned_environment, probe

CELLS = (
    ("features", "ret_5 = features.ret(window=5)\nvol = features.volatility(8)"),
    ("model", "m = Ridge().fit(X=[ret_5, vol], y=fwd_ret_3d)"),
    ("eval", 'report = walk_forward(m, folds=4, embargo="2d")'),
)
ISOLATION_LEVELS = [Isolation.PROCESS, Isolation.LANDLOCK, Isolation.NAMESPACES]


def explored(prices: Path, columns: Path) -> dict[str, int]:
    """What a live kernel does with the same cells."""
    namespace: dict[str, object] = {}
    source = DataSource(panel_files=PanelFiles(prices=prices), columns=columns)
    active = open_session(namespace, source, ["fwd_ret_3d"], live=True)
    try:
        for _, text in CELLS:
            exec(text, namespace)
        return dict(active.columns or {})
    finally:
        active.close()


@pytest.fixture
def run_on(tmp_path: Path, run_cells: Callable[..., RunOutcome]) -> Callable[..., RunOutcome]:
    def run(columns: Path | None, isolation: Isolation = Isolation.PROCESS) -> RunOutcome:
        prices = write_prices(tmp_path)
        outcome = run_cells(
            *CELLS,
            inputs=(pinned(prices, "prices", Role.PRICES),),
            label_names=("fwd_ret_3d",),
            isolation=isolation,
            columns=columns,
            numba_cache=open_workspace(tmp_path).cache / "numba",
        )
        assert outcome.status is RunStatus.FINISHED, outcome.diagnostics
        return outcome

    return run


@pytest.mark.parametrize("isolation", ISOLATION_LEVELS)
def test_what_a_live_kernel_kept_is_verified_on_every_level(
    tmp_path: Path, run_on: Callable[..., RunOutcome], isolation: Isolation
) -> None:
    if not probe(IsolationLevel(isolation)).available:
        pytest.skip(f"the isolation level {isolation} does not hold on this machine")
    columns = tmp_path / "columns"
    assert explored(write_prices(tmp_path), columns)["recomputed"] > 0
    kept = {p: p.read_bytes() for p in columns.rglob("*") if p.is_file()}
    said = dict(run_on(columns, isolation).columns)
    assert said["verified"] >= 2
    assert "different" not in said
    assert {p: p.read_bytes() for p in columns.rglob("*") if p.is_file()} == kept  # it only reads


def loops_are_those_of_a_run() -> bool:
    """On a processor that has nothing of what a run does without, its logarithms are the kernel's to the bit, and compared."""
    without = dict(pinned_environment()).get("NPY_DISABLE_CPU_FEATURES", "").replace(",", " ").split()
    here = np._core._multiarray_umath.__cpu_features__
    return not any(here.get(name) for name in without)


def test_a_column_whose_last_bit_hangs_on_the_vector_loops_is_computed_and_not_compared(
    tmp_path: Path, run_cells: Callable[..., RunOutcome]
) -> None:
    """The clean run pins numpy's loops, a person's kernel does not: their logarithms may differ in the last bit."""
    cells = (
        ("features", "x = features.log_ret(window=5)"),
        ("model", "m = Ridge().fit(X=[x], y=fwd_ret_3d)"),
    )
    prices, columns = write_prices(tmp_path), tmp_path / "columns"
    namespace: dict[str, object] = {}
    source = DataSource(panel_files=PanelFiles(prices=prices), columns=columns)
    active = open_session(namespace, source, ["fwd_ret_3d"], live=True)
    for text in (*(c for _, c in cells), CELLS[-1][1]):
        exec(text, namespace)
    active.close()
    outcome = run_cells(
        *cells,
        CELLS[-1],
        inputs=(pinned(prices, "prices", Role.PRICES),),
        label_names=("fwd_ret_3d",),
        columns=columns,
        numba_cache=open_workspace(tmp_path).cache / "numba",
    )
    assert outcome.status is RunStatus.FINISHED
    told = {"verified", "different"} & dict(outcome.columns).keys()
    assert told == ({"verified"} if loops_are_those_of_a_run() else set())


def test_a_second_look_in_a_live_kernel_computes_nothing(tmp_path: Path) -> None:
    prices, columns = write_prices(tmp_path), tmp_path / "columns"
    assert explored(prices, columns)["reused"] == 0
    assert explored(prices, columns)["reused"] >= 2


def test_without_anything_kept_the_run_says_nothing_of_it(run_on: Callable[..., RunOutcome]) -> None:
    assert run_on(None).columns == ()


def test_a_cache_that_holds_something_else_changes_no_result_and_is_told(
    tmp_path: Path, run_on: Callable[..., RunOutcome]
) -> None:
    columns = tmp_path / "columns"
    explored(write_prices(tmp_path), columns)
    clean = run_on(None)
    for path in columns.rglob("*"):
        if path.is_file():
            data = bytearray(path.read_bytes())
            data[20] ^= 0xFF  # inside the digest of its numbers
            path.write_bytes(data)
    outcome = run_on(columns)
    assert dict(outcome.columns)["different"] >= 2
    assert [d.code for d in outcome.diagnostics if d.code == "NBC-R52"] == ["NBC-R52"]
    for name in ("report.json", "predictions.parquet", "executed.ipynb"):
        assert (outcome.out / name).read_bytes() == (clean.out / name).read_bytes()
