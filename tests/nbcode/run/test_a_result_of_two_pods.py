"""A pod is made at least once. What a second one leaves is the same, or it is refused; what was taken before stays what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.object_stores import in_memory
from fakes.plans import plan_of_cells
from nbcode.primitives import NbcodeError, digest_bytes
from nbcode.run import ResultManifest, RunRecord, RunReference, RunStatus
from nbcode.run._argo import ArgoRunner, Place
from nbcode.run._object_store import ObjectStore
from nbcode.run.manifest import list_files, write_result
from nbcode.run.record import write_record

REFERENCE = RunReference(runner="argo", run_id="r-1")


@pytest.fixture
def runner(tmp_path: Path) -> ArgoRunner:
    """Of a run that is over, and whose Workflow and pods are gone."""
    world = in_memory()
    store = ObjectStore(world.uri, world.opening)
    (tmp_path / "end").mkdir()
    write_record(
        RunRecord(status=RunStatus.FINISHED), plan_of_cells([("model", "1")]).content, "r-1", tmp_path / "end"
    )
    for one in (tmp_path / "end").iterdir():
        store.put(f"runs/r-1/end/{one.name}", one.read_bytes())
    return ArgoRunner(Place(), store)


def left_by_a_pod(runner: ArgoRunner, folder: Path, nonce: str, **files: str) -> None:
    """What a pod leaves in the store, over what the one before left."""
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.json").write_text(text)
    digest = digest_bytes(b"spec")
    write_result(
        ResultManifest(
            nonce=nonce, spec_digest=digest, definition_digest=None, pins=(), files=list_files(folder)
        ),
        folder,
    )
    for one in folder.iterdir():
        runner.store.put(f"runs/r-1/out/raw/{one.name}", one.read_bytes())


def test_a_second_result_that_is_the_same_is_the_runs(runner: ArgoRunner, tmp_path: Path) -> None:
    left_by_a_pod(runner, tmp_path / "one", "1" * 32, report='{"ic": 0.1}')
    first = runner.fetch(REFERENCE, tmp_path / "a")
    left_by_a_pod(runner, tmp_path / "two", "2" * 32, report='{"ic": 0.1}')
    again = runner.fetch(REFERENCE, tmp_path / "b")
    assert first.files == again.files
    assert (tmp_path / "b" / "report.json").read_text() == '{"ic": 0.1}'


@pytest.mark.parametrize(
    "files", [{"report": '{"ic": 0.2}'}, {"report": '{"ic": 0.1}', "more": "{}"}, {"other": '{"ic": 0.1}'}]
)
def test_another_one_is_refused_whoever_takes_it_and_nothing_of_it_is_left_here(
    runner: ArgoRunner, tmp_path: Path, files: dict[str, str]
) -> None:
    left_by_a_pod(runner, tmp_path / "one", "1" * 32, report='{"ic": 0.1}')
    runner.fetch(REFERENCE, tmp_path / "a")
    runner.store.remove("runs/r-1/out/raw")
    left_by_a_pod(runner, tmp_path / "two", "2" * 32, **files)
    for who in (runner, ArgoRunner(Place(), runner.store)):  # another process
        with pytest.raises(NbcodeError, match="NBC-H17") as refused:
            who.fetch(REFERENCE, tmp_path / "b")
        assert not (tmp_path / "b").exists()
    assert "the run r-1 left two results that differ" in str(refused.value)
    assert (tmp_path / "a" / "report.json").read_text() == '{"ic": 0.1}'
