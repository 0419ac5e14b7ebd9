"""A definition on wide prices of a bucket: the pod has the columns that it reads, and its result is the one of a machine that has the whole file."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from alpha_bench import Ridge, walk_forward
from alpha_bench.describe import columns_read, definition_digest, describe, fields_read
from alpha_bench.vocabulary import data, features, fwd_ret
from fakes.object_stores import in_memory
from fakes.patience import ENOUGH_S
from fakes.plans import plan_of_cells
from nbcode.inputs import InputSource, PinnedInput, Role, identify
from nbcode.namespace import PanelFiles, load_panel
from nbcode.primitives import Digest, NbcodeError, canonical_json, digest_bytes
from nbcode.run import Limits, RunPlan, RunStatus, content_digest, drive
from nbcode.run._local import LocalRunner
from nbcode.run.record import read_record
from nbcode.run.staged import StagedRunError, read_staged, stage_referenced, staged_files
from nbcode.sandbox import IsolationLevel, probe

SESSIONS, NAMES = 260, 12
CELLS = [
    ("features", "r = features.ret(window=20)\nx = cs.rank(data.x05)"),
    ("model", "m = Ridge().fit(X=[r, x], y=fwd_ret_5d)"),
    ("eval", "report = walk_forward(m, embargo='5d', folds='3')"),
]


def definition() -> dict[str, Any]:
    from alpha_bench.vocabulary import cs

    m = Ridge().fit(X=[features.ret(window=20), cs.rank(data.x05)], y=fwd_ret(5))
    return describe(walk_forward(m, embargo="5d", folds="3"))


def days(part: int) -> bytes:
    chance = np.random.default_rng(part)
    dates = np.busday_offset("2020-01-01", np.arange(part * SESSIONS, (part + 1) * SESSIONS), roll="forward")
    rows = SESSIONS * NAMES
    held: dict[str, Any] = {
        "date": pa.array(np.repeat(dates, NAMES)).cast(pa.date32()),
        "symbol": [f"N{row % NAMES:02}" for row in range(rows)],
        "close": (100 * np.exp(np.cumsum(chance.normal(0, 0.01, (SESSIONS, NAMES)), axis=0))).ravel(),
    }
    held |= {f"x{number:02}": chance.random(rows) for number in range(57)}
    told = io.BytesIO()
    pq.write_table(pa.table(held), told)
    return told.getvalue()


def wide_plan(root: Path) -> tuple[RunPlan, Any]:
    """The plan for elsewhere; and the store that the pod reads."""
    world = in_memory()
    folder = root / "whole"
    folder.mkdir()
    for part in range(2):
        (folder / f"{part}.parquet").write_bytes(days(part))
        world.put(f"{part}.parquet", days(part))
    whole = identify(world.uri, root / "laptop", keep=False, opening=world.opening).source
    plain = definition()
    wanted = fields_read(plain)
    assert wanted == {"close", "x05"}
    parts = whole.files[0].parts
    assert parts is not None
    kinds = {one.name: one.number for one in parts.columns}
    source = whole.of_columns(columns_read(kinds, wanted, derive={}))
    prices = PinnedInput(
        name="market", role=Role.PRICES, uri=world.uri, path=folder, digest=whole.digest,
        size_bytes=whole.size_bytes, schema=(), source=source,
    )  # fmt: skip
    made = plan_of_cells(
        CELLS,
        [prices],
        run_id="m-1",
        limits=Limits(time_s=ENOUGH_S, memory_bytes=3 << 30),
        label_names=("fwd_ret_5d",),
        definition=canonical_json(plain).decode(),
        definition_digest=Digest(definition_digest(plain)),
        references=(source,),
        horizon_sessions=5,
    )
    (planned,) = made.content.inputs
    planned = replace(planned, parts=source.parts_digest)
    return replace(made, content=replace(made.content, inputs=(planned,))), world


def staged(plan: RunPlan, folder: Path) -> Path:
    folder.mkdir()
    for name, held in staged_files(plan).items():
        (folder / name).write_bytes(held if isinstance(held, bytes) else held.read_bytes())
    return folder


def pod(plan: RunPlan, folder: Path, out: Path) -> None:
    command = [sys.executable, "-m", "nbcode.run._pod", str(folder), str(out)]
    done = subprocess.run(
        [*command, "--content", content_digest(plan.content)],
        capture_output=True,
        timeout=ENOUGH_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()


@pytest.fixture
def landlock() -> None:
    found = probe(IsolationLevel.LANDLOCK)
    if not found.available:
        pytest.skip(f"landlock: {found.reason}")


@pytest.mark.usefixtures("landlock")
def test_the_result_is_the_one_of_the_whole_file(tmp_path: Path) -> None:
    plan, world = wide_plan(tmp_path)
    folder = staged(plan, tmp_path / "in")
    assert stage_referenced(folder, plan.content, opening=world.opening) == {0}
    pod(plan, folder, tmp_path / "out")
    record = read_record(tmp_path / "out")
    assert record is not None
    assert record.status is RunStatus.FINISHED, record.diagnostics
    (planned,) = plan.content.inputs
    whole = replace(
        plan,
        content=replace(plan.content, inputs=(replace(planned, parts=None),)),
        placement=replace(plan.placement, references=()),
    )
    here = drive(LocalRunner(tmp_path / "runs"), whole, into=tmp_path / "here", on_event=lambda _: None)
    assert here.result is not None, here.diagnostics
    assert len(here.result.files) > 5
    for file in here.result.files:
        assert digest_bytes((tmp_path / "out" / "raw" / file.path).read_bytes()) == file.digest, file.path


@pytest.mark.usefixtures("landlock")
def test_main_believes_no_part_that_it_did_not_compare(tmp_path: Path) -> None:
    plan, world = wide_plan(tmp_path)
    folder = staged(plan, tmp_path / "in")
    stage_referenced(folder, plan.content, opening=world.opening)
    there = folder / "inputs" / "0" / "0.parquet"
    data = bytearray(there.read_bytes())
    source = plan.placement.references[0]
    assert source is not None
    place = data.find(np.float64(pq.read_table(io.BytesIO(days(0)))["close"][100].as_py()).tobytes())
    assert place > 0
    data[place] ^= 1
    there.unlink()
    there.write_bytes(data)
    pod(plan, folder, tmp_path / "out")
    record = read_record(tmp_path / "out")
    assert record is not None
    assert [one.code for one in record.diagnostics] == ["NBC-E02"]
    assert "column close of 0.parquet" in (record.diagnostics[0].cause or "")


def test_the_parts_are_bound_to_what_is_run(tmp_path: Path) -> None:
    plan, world = wide_plan(tmp_path)
    source = plan.placement.references[0]
    assert source is not None
    for other in (source.of_columns(None), source.of_columns({"date", "symbol", "close"})):
        lying = replace(plan, placement=replace(plan.placement, references=(other,)))
        folder = staged(
            lying, tmp_path / f"in-{len(other.files[0].parts.columns) if other.files[0].parts else 0}"
        )
        with pytest.raises(StagedRunError, match="parts of input"):
            stage_referenced(folder, plan.content, opening=world.opening)
        with pytest.raises(StagedRunError, match="parts of input"):
            read_staged(folder, content_digest(plan.content))


def test_a_hole_is_never_read_as_numbers(tmp_path: Path) -> None:
    plan, world = wide_plan(tmp_path)
    folder = staged(plan, tmp_path / "in")
    stage_referenced(folder, plan.content, opening=world.opening)
    source: InputSource | None = plan.placement.references[0]
    assert source is not None
    files = PanelFiles(prices=folder / "inputs" / "0", name="market", there=source.columns_here)
    panel = load_panel(replace(files, wanted=frozenset({"close", "x05"})))
    assert panel.field_names == ("close", "x05")
    for wanted in (frozenset({"close", "x06"}), frozenset({"close", "sector"}), None):
        with pytest.raises(NbcodeError, match="not here whole") as refused:
            load_panel(replace(files, wanted=wanted))
        assert [one.code for one in refused.value.diagnostics] == ["NBC-E15"]
