"""A pod whose data are not what was pinned ends before its cells begin: why stands where the run's end is looked for, and not an exit code alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fakes.object_stores import in_memory
from fakes.plans import plan_of_cells
from nbcode.inputs import StagingError
from nbcode.primitives import Diagnostic
from nbcode.run import RunReference, RunStatus, content_digest, encode_content
from nbcode.run._argo import ArgoRunner, Place
from nbcode.run._object_store import ObjectStore
from nbcode.run._stage import leave_word
from nbcode.run.staged import CONTENT_NAME, staged_document

PLAN = plan_of_cells([("model", "1")], run_id="r-1")


def ended(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> list[tuple[str, str]]:
    """What is told of a run whose staging container refused its data with ``code``."""
    world = in_memory()
    store = ObjectStore(world.uri, world.opening)
    store.put_blob(content_digest(PLAN.content), encode_content(PLAN.content))
    store.put("runs/r-1/staged.json", staged_document(PLAN))
    (folder / CONTENT_NAME).write_bytes(encode_content(PLAN.content))
    why = Diagnostic(
        code=code, message="input at s3://vendor/us/ is not staged", cause="001.parquet is pinned as another"
    )
    leave_word(store, "r-1", folder, StagingError([why]))
    pod = {"type": "Pod", "message": "stage: Error (exit code 75)", "finishedAt": "2026-01-02T03:05:00Z"}
    workflow: dict[str, Any] = {"spec": {}, "status": {"phase": "Failed", "nodes": {"a": pod}}}
    runner = ArgoRunner(Place(), store)
    monkeypatch.setattr(runner, "_workflow", lambda _run_id: workflow)
    monkeypatch.setattr(runner, "_whole_log", lambda _run_id: b"")
    record = runner.observe(RunReference(runner="argo", run_id="r-1")).record
    assert record is not None
    assert record.lost == (code == "NBC-F07")
    assert record.status is (RunStatus.KILLED if record.lost else RunStatus.FAILED)
    return [(one.code, one.cause) for one in record.diagnostics]


@pytest.mark.parametrize("code", ["NBC-E01", "NBC-E02", "NBC-E12", "NBC-E50"])
def test_why_its_data_were_not_taken_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    assert ended(tmp_path, monkeypatch, code) == [(code, "001.parquet is pinned as another")]


def test_control_of_the_disk_of_one_pod_nothing_is_said_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ended(tmp_path, monkeypatch, "NBC-F07") == [("NBC-H16", "stage: Error (exit code 75)")]
