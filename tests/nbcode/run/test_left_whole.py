"""A run whose pod has left everything is over, whatever Argo has still to do; one of which anything is missing is waited for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fakes.object_stores import in_memory
from fakes.plans import plan_of_cells
from nbcode.primitives import digest_bytes
from nbcode.run import ResultManifest, RunRecord, RunReference, RunStatus, content_digest, encode_content
from nbcode.run._argo import ArgoRunner, Place
from nbcode.run._object_store import ObjectStore
from nbcode.run.left_whole import left_whole
from nbcode.run.manifest import list_files, write_result
from nbcode.run.record import write_record
from nbcode.run.staged import staged_document

PLAN = plan_of_cells([("model", "1")], run_id="r-1")
OUT = "runs/r-1/out"
REFERENCE = RunReference(runner="argo", run_id="r-1")


def left(folder: Path, status: RunStatus = RunStatus.FINISHED, without: str = "") -> ObjectStore:
    """The store of a run, whose pod has left all that it has to leave, but one object."""
    world = in_memory()
    store = ObjectStore(world.uri, world.opening)
    raw = folder / "raw"
    (raw / "model").mkdir(parents=True)
    (raw / "report.json").write_text("{}")
    (raw / "model" / "model.json").write_text("{}")
    digest = digest_bytes(b"spec")
    files = list_files(raw)
    write_result(
        ResultManifest(nonce="1" * 32, spec_digest=digest, definition_digest=None, pins=(), files=files), raw
    )
    (folder / "events.jsonl").write_text("")
    (folder / "log.txt").write_text("")
    write_record(RunRecord(status=status), PLAN.content, "r-1", folder)
    for one in folder.rglob("*"):
        if one.is_file() and one.relative_to(folder).as_posix() != without:
            store.put(f"{OUT}/{one.relative_to(folder).as_posix()}", one.read_bytes())
    store.put_blob(content_digest(PLAN.content), encode_content(PLAN.content))
    store.put("runs/r-1/staged.json", staged_document(PLAN))
    return store


def observed(store: ObjectStore, monkeypatch: pytest.MonkeyPatch, **spec: str) -> RunRecord | None:
    """By a runner whose cluster says that the Workflow runs."""
    runner = ArgoRunner(Place(), store)
    workflow: dict[str, Any] = {"spec": spec, "status": {"phase": "Running"}}
    monkeypatch.setattr(runner, "_workflow", lambda _run_id: workflow)
    monkeypatch.setattr(runner, "_log", lambda _run_id, since: (b"", since, ""))
    return runner.observe(REFERENCE).record


@pytest.mark.parametrize("end", ["", "/"])
def test_a_place_is_one_however_its_address_ends(end: str) -> None:
    """A laptop and the controller's Secret may write it either way, and a controller leaves what runs elsewhere alone."""
    world = in_memory()
    runner = ArgoRunner(Place(namespace="team"), ObjectStore(f"s3://b/p{end}", world.opening))
    assert runner.place == "team s3://b/p"


def test_who_has_left_all_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = left(tmp_path / "left")
    record = observed(store, monkeypatch)
    assert record is not None
    assert record.status is RunStatus.FINISHED
    assert ArgoRunner(Place(), store).fetch(REFERENCE, tmp_path / "into").files


@pytest.mark.parametrize(
    "gone",
    ["run.json", "events.jsonl", "log.txt", "raw/result.json", "raw/report.json", "raw/model/model.json"],
)
def test_where_anything_is_missing_it_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    store = left(tmp_path / "left", without=gone)
    assert observed(store, monkeypatch) is None
    store.put(f"{OUT}/{gone}", tmp_path / "left" / gone)
    assert observed(store, monkeypatch) is not None


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.KILLED])
def test_of_one_that_did_not_finish_the_workflow_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: RunStatus
) -> None:
    assert observed(left(tmp_path / "left", status), monkeypatch) is None


def test_one_that_somebody_cancels_is_not_over_before_its_workflow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert observed(left(tmp_path / "left"), monkeypatch, shutdown="Terminate") is None


@pytest.mark.parametrize(
    "spoil", [lambda _: b"", lambda _: b"{", lambda data: data[: len(data) // 2], lambda _: b"[]"]
)
@pytest.mark.parametrize("name", ["run.json", "raw/result.json"])
def test_what_cannot_be_read_is_no_end(tmp_path: Path, name: str, spoil: Callable[[bytes], bytes]) -> None:
    store = left(tmp_path / "left")
    assert left_whole(store, OUT)
    store.put(f"{OUT}/{name}", spoil(store.get(f"{OUT}/{name}") or b""))
    assert not left_whole(store, OUT)
