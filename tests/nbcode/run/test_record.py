"""``run.json`` and ``submission.json``: what was stored is read, the bytes stay, and what is no record is none."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcode.primitives import Diagnostic, Digest, Place
from nbcode.run.record import read_record, read_submission, write_record, write_submission
from nbcode.run.values import RunContent, RunRecord, RunStatus

STORED = Path(__file__).parents[2] / "golden" / "records"
"""Written before the records went through the codec."""
RECORD = RunRecord(
    status=RunStatus.FAILED,
    isolation="namespaces",
    layers=("user namespace", "seccomp"),
    begun_at="2026-11-28T09:00:00Z",
    seconds=(("start the kernel", 1.25), ("run the cells", 2.0)),
    peak_bytes=2**53 + 1,
    columns=(("recomputed", 1), ("verified", 3)),
    diagnostics=(
        Diagnostic(
            code="NBC-H01",
            message="a cell raised ZeroDivisionError",
            cause="division by zero",
            fixes=("mend the cell",),
            place=Place(cell=3, tag="features", line=2),
        ),
    ),
)
CONTENT = RunContent(
    spec_digest=Digest("sha256:" + "ab" * 32),
    model_id="xsmom_v3",
    cells=(),
    label_names=(),
    inputs=(),
    definition_digest=None,
    environment_digest=None,
    platform_key="p",
    pins=(),
)
SUBMITTED = (Digest("sha256:" + "cd" * 32), "00ff")


def test_a_stored_record_is_read_and_is_written_with_the_same_bytes(tmp_path: Path) -> None:
    assert read_record(STORED) == RECORD
    write_record(RECORD, CONTENT, "run-1", tmp_path)
    assert (tmp_path / "run.json").read_bytes() == (STORED / "run.json").read_bytes()


def test_a_stored_submission_is_read_and_is_written_with_the_same_bytes(tmp_path: Path) -> None:
    assert read_submission(STORED) == SUBMITTED
    write_submission(*SUBMITTED, tmp_path)
    assert (tmp_path / "submission.json").read_bytes() == (STORED / "submission.json").read_bytes()


def test_a_record_of_a_version_whose_findings_had_no_actions_is_read(tmp_path: Path) -> None:
    plain = json.loads((STORED / "run.json").read_bytes())
    del plain["diagnostics"][0]["actions"]
    (tmp_path / "run.json").write_text(json.dumps(plain), encoding="utf-8")
    assert read_record(tmp_path) == RECORD


def without(name: str) -> Callable[[dict[str, object]], None]:
    return lambda plain: plain.__delitem__(name)


@pytest.mark.parametrize(
    "spoil",
    [
        *map(without, ("status", "seconds", "lost", "run_id")),
        lambda plain: plain.update(status="DONE"),
        lambda plain: plain.update(seconds=[["run the cells", "2"]]),
        lambda plain: plain.update(peak_bytes=1),
        lambda plain: plain.update(peak_bytes="-1"),
        lambda plain: plain.update(columns={"verified": "3"}),
        lambda plain: plain.update(lost=0),
        lambda plain: plain.update(diagnostics=[{}]),
        lambda plain: plain.update(more=None),
    ],
)
def test_what_is_no_record_is_read_as_none(
    spoil: Callable[[dict[str, object]], object], tmp_path: Path
) -> None:
    shutil.copy(STORED / "run.json", tmp_path)
    assert read_record(tmp_path) == RECORD  # the control
    plain = json.loads((tmp_path / "run.json").read_bytes())
    spoil(plain)
    (tmp_path / "run.json").write_text(json.dumps(plain), encoding="utf-8")
    assert read_record(tmp_path) is None


@pytest.mark.parametrize("data", [b"", b"\xff", b"[]", b"null", b"[" * 100_000, b'{"status":"FINISHED"}'])
def test_bytes_that_are_no_record_are_read_as_none(data: bytes, tmp_path: Path) -> None:
    for name in ("run.json", "submission.json"):
        (tmp_path / name).write_bytes(data)
    assert read_record(tmp_path) is None
    assert read_submission(tmp_path) is None
