"""Runs whose folds are spread: the runs of the shares first, then the run itself with what they left; and whoever asks next goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from obstore.store import MemoryStore

from fakes.plans import plan_of_cells, small_input
from nbcode.primitives import NbcodeError, digest_bytes
from nbcode.run import (
    START,
    Observation,
    ResultManifest,
    RunPlan,
    RunRecord,
    RunReference,
    RunStatus,
    Spreading,
    content_digest,
)
from nbcode.run._argo import ArgoRunner, Place, workflow_name
from nbcode.run._object_store import ObjectStore
from nbcode.run._spreads import LocalSpreads, StoredSpreads
from nbcode.run._stage import stage
from nbcode.run.failures import no_result
from nbcode.run.left_folds import FOLDS, left_in, share_name, shares_of
from nbcode.run.manifest import list_files, write_result
from nbcode.run.record import write_record
from nbcode.run.spreading import SpreadingRunner
from nbcode.run.staged import StagedRunError, read_staged
from nbcode.run.values import Share

NAMES = [f"{letter * 64}.json" for letter in "abc"]
FINE = RunRecord(status=RunStatus.FINISHED)
FAILED = RunRecord(status=RunStatus.FAILED)
LOST = RunRecord(status=RunStatus.KILLED, lost=True)
KILLED = RunRecord(status=RunStatus.KILLED)


def plan_over(root: Path, over: int, run_id: str = "m-1") -> RunPlan:
    made = plan_of_cells([("features", "x = 1")], [small_input(root)], run_id=run_id)
    return replace(made, placement=replace(made.placement, spreading=Spreading(over=over)))


@dataclass
class Told:
    """A runner that is told how its runs end, and what they leave."""

    root: Path
    kind: str = "told"
    detached: bool = True
    place: str = ""
    plans: dict[str, RunPlan] = field(default_factory=dict)
    ends: dict[str, RunRecord] = field(default_factory=dict)
    left: dict[str, dict[str, bytes]] = field(default_factory=dict)
    folds: dict[str, dict[str, bytes]] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)
    discarded: list[str] = field(default_factory=list)

    def submit(self, plan: RunPlan) -> RunReference:
        if plan.run_id not in self.plans:
            self.plans[plan.run_id] = plan
            at = plan.placement.spreading.at
            self.folds[plan.run_id] = {} if at is None else {p.name: p.read_bytes() for p in at.iterdir()}
        return RunReference(runner=self.kind, run_id=plan.run_id)

    def observe(self, reference: RunReference, since: str = START) -> Observation:
        lost = None if reference.run_id in self.plans else LOST
        return Observation(events=(), cursor=since, record=self.ends.get(reference.run_id, lost))

    def cancel(self, reference: RunReference) -> None:
        self.cancelled.append(reference.run_id)
        if reference.run_id in self.plans:
            self.ends.setdefault(reference.run_id, KILLED)

    def fetch(self, reference: RunReference, into: Path) -> ResultManifest:
        if reference.run_id not in self.left:
            raise NbcodeError([no_result("it is gone")])
        for name, data in self.left[reference.run_id].items():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            (into / name).write_bytes(data)
        into.mkdir(parents=True, exist_ok=True)
        return ResultManifest(
            nonce="",
            spec_digest=digest_bytes(b"spec"),
            definition_digest=None,
            pins=(),
            files=list_files(into),
        )

    def keep(self, reference: RunReference, place: Path) -> None:
        del reference, place

    def discard(self, reference: RunReference) -> None:
        self.discarded.append(reference.run_id)


def spread(root: Path) -> tuple[SpreadingRunner, Told]:
    told = Told(root)
    return SpreadingRunner(told, LocalSpreads(root / "shares")), told


def test_the_runs_of_the_shares_come_first_and_then_the_run_with_what_they_left(tmp_path: Path) -> None:
    runner, told = spread(tmp_path)
    plan = plan_over(tmp_path, 2)
    reference = runner.submit(plan)
    assert sorted(told.plans) == ["m-1-p1of2", "m-1-p2of2"]
    assert runner.observe(reference).record is None
    assert {content_digest(one.content) for one in told.plans.values()} == {content_digest(plan.content)}
    told.ends["m-1-p1of2"] = FINE
    told.left["m-1-p1of2"] = {
        f"{FOLDS}/{NAMES[0]}": b"0",
        "report.json": b"{}",
        f"{FOLDS}/sub/{NAMES[0]}": b"",
    }
    assert (runner.observe(reference).record, "m-1" in told.plans) == (None, False)
    told.ends["m-1-p2of2"] = FINE
    told.left["m-1-p2of2"] = {f"{FOLDS}/{NAMES[1]}": b"1", f"{FOLDS}/../out": b""} | {
        f"{FOLDS}/what": b"no fold"
    }
    del told.left["m-1-p2of2"][f"{FOLDS}/../out"]
    assert runner.observe(reference).record is None
    assert told.folds["m-1"] == {NAMES[0]: b"0", NAMES[1]: b"1"}
    joined = told.plans["m-1"].placement.spreading
    assert [(one.name, one.digest) for one in joined.folds] == [
        (NAMES[0], digest_bytes(b"0")),
        (NAMES[1], digest_bytes(b"1")),
    ]
    assert told.plans["m-1"].content == plan.content, "nothing of it is part of what is run"
    told.ends["m-1"] = FINE
    assert runner.observe(reference).record == FINE


@pytest.mark.parametrize("end", [FAILED, LOST, FINE], ids=["failed", "lost", "gone from the store"])
def test_a_share_that_left_nothing_is_done_by_the_run_itself(end: RunRecord, tmp_path: Path) -> None:
    runner, told = spread(tmp_path)
    reference = runner.submit(plan_over(tmp_path, 2))
    told.ends |= {"m-1-p1of2": end, "m-1-p2of2": FINE}
    told.left["m-1-p2of2"] = {f"{FOLDS}/{NAMES[2]}": b"2"}
    runner.observe(reference)
    assert told.folds["m-1"] == {NAMES[2]: b"2"}


def test_a_run_that_is_cancelled_while_its_shares_run_is_never_submitted(tmp_path: Path) -> None:
    runner, told = spread(tmp_path)
    reference = runner.submit(plan_over(tmp_path, 2))
    for share in told.plans:
        (tmp_path / "shares" / share).mkdir(parents=True)
    told.ends["m-1-p1of2"] = FINE
    runner.cancel(reference)
    assert runner.observe(reference).record == KILLED
    assert told.cancelled == ["m-1-p1of2", "m-1-p2of2", "m-1"]
    assert "m-1" not in told.plans


def test_a_run_that_is_cancelled_when_its_shares_are_over_is_not_submitted_either(tmp_path: Path) -> None:
    runner, told = spread(tmp_path)
    reference = runner.submit(plan_over(tmp_path, 1))
    told.ends["m-1-p1of1"] = FINE
    runner.cancel(reference)
    assert (runner.observe(reference).record, "m-1" in told.plans) == (KILLED, False)


def test_a_share_that_somebody_killed_ends_the_run(tmp_path: Path) -> None:
    runner, told = spread(tmp_path)
    reference = runner.submit(plan_over(tmp_path, 2))
    told.ends["m-1-p2of2"] = KILLED
    assert runner.observe(reference).record == KILLED


def test_what_is_let_go_of_takes_the_shares_along(tmp_path: Path) -> None:
    runner, told = spread(tmp_path)
    reference = runner.submit(plan_over(tmp_path, 1))
    (tmp_path / "shares" / "m-1-p1of1").mkdir(parents=True)
    told.ends["m-1-p1of1"] = FINE
    runner.observe(reference)
    runner.discard(reference)
    assert told.discarded == ["m-1", "m-1-p1of1"]
    assert list((tmp_path / "shares").iterdir()) == []


def test_a_run_that_is_not_spread_is_the_runners_alone(tmp_path: Path) -> None:
    runner, told = spread(tmp_path)
    runner.submit(plan_over(tmp_path, 0))
    assert list(told.plans) == ["m-1"]


def test_every_share_has_a_name_of_its_own() -> None:
    assert share_name("m-1-r2", Share(number=3, of=5)) == "m-1-r2-p3of5"


# In a cluster: what is known is in its object store.


class Cluster:
    """As much of a cluster as a runner asks: Workflows by name."""

    namespace = "nbcode"

    def __init__(self) -> None:
        self.made: dict[str, dict[str, Any]] = {}

    def create(self, made: Any, *, dry_run: bool = False) -> dict[str, Any]:
        from nbcode.run._kubernetes import CONFLICT, KubernetesError
        from nbcode.run.failures import no_result

        name, now = made["metadata"]["name"], datetime.now(UTC).isoformat()
        if dry_run:
            return {**made, "metadata": {**made["metadata"], "creationTimestamp": now}}
        if name in self.made:
            raise KubernetesError(no_result("there"), CONFLICT)
        self.made[name] = json.loads(json.dumps(made)) | {"status": {"phase": "Running"}}
        return self.made[name]

    def get(self, _kind: object, name: str) -> dict[str, Any]:
        from nbcode.run._kubernetes import MISSING, KubernetesError

        if name not in self.made:
            raise KubernetesError(no_result("none"), MISSING)
        return self.made[name]

    def patch(self, _kind: object, name: str, what: dict[str, Any], **_how: object) -> None:
        self.get(_kind, name)["spec"] |= what["spec"]

    def list(self, *_asked: object, **_how: object) -> list[object]:
        return []

    def names(self) -> list[str]:
        return sorted(one["metadata"]["annotations"]["nbcode.io/run"] for one in self.made.values())


@dataclass
class World:
    cluster: Cluster
    store: ObjectStore
    root: Path

    def runner(self) -> SpreadingRunner:
        """As another process makes it: it knows what is in the store."""
        client: Any = self.cluster
        argo = ArgoRunner(Place(), self.store, client=lambda: client)
        return SpreadingRunner(argo, StoredSpreads(argo))

    def pod(self, plan: RunPlan, folds: dict[str, bytes], record: RunRecord = FINE) -> None:
        """What the pod of a share leaves."""
        out = self.root / "pods" / plan.run_id
        for name, data in folds.items():
            (out / "raw" / FOLDS / name).parent.mkdir(parents=True, exist_ok=True)
            (out / "raw" / FOLDS / name).write_bytes(data)
        (out / "raw").mkdir(parents=True, exist_ok=True)
        write_result(
            ResultManifest(
                nonce="",
                spec_digest=plan.content.spec_digest,
                definition_digest=None,
                pins=(),
                files=list_files(out / "raw"),
            ),
            out / "raw",
        )
        write_record(record, plan.content, plan.run_id, out)
        for path in out.rglob("*"):
            if path.is_file():
                self.store.put(f"runs/{plan.run_id}/out/{path.relative_to(out).as_posix()}", path)
        self.cluster.made[workflow_name(plan.run_id)]["status"] = {"phase": "Succeeded"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    bucket = MemoryStore()
    return World(Cluster(), ObjectStore("s3://bucket/p", lambda _uri: (bucket, "p")), tmp_path)


def test_another_process_goes_on_where_the_first_one_was_closed(world: World, tmp_path: Path) -> None:
    plan = plan_over(tmp_path, 2)
    reference = world.runner().submit(plan)
    assert world.cluster.names() == ["m-1-p1of2", "m-1-p2of2"]
    assert world.runner().observe(reference).record is None
    one, two = shares_of(plan)
    world.pod(one, {NAMES[0]: b"0"})
    assert world.runner().observe(reference).record is None
    world.pod(two, {NAMES[1]: b"1"})
    assert world.runner().observe(reference).record is None
    assert world.cluster.names() == ["m-1", "m-1-p1of2", "m-1-p2of2"]
    staged = tmp_path / "in"
    stage(world.store, "m-1", content_digest(plan.content), staged)
    assert {p.name: p.read_bytes() for p in (staged / FOLDS).iterdir()} == {NAMES[0]: b"0", NAMES[1]: b"1"}
    found = read_staged(staged, content_digest(plan.content)).placement.spreading
    assert (found.at, found.joined, len(found.folds)) == (staged / FOLDS, True, 2)
    world.pod(plan, {})
    assert getattr(world.runner().observe(reference).record, "status", None) is RunStatus.FINISHED


def test_a_share_is_staged_as_one(world: World, tmp_path: Path) -> None:
    plan = plan_over(tmp_path, 2)
    world.runner().submit(plan)
    stage(world.store, "m-1-p2of2", content_digest(plan.content), tmp_path / "in")
    found = read_staged(tmp_path / "in", content_digest(plan.content)).placement.spreading
    assert (found.share, found.over, found.at) == (Share(number=2, of=2), 0, None)


def test_two_who_go_on_at_once_submit_one_run(world: World, tmp_path: Path) -> None:
    plan = plan_over(tmp_path, 1)
    reference = world.runner().submit(plan)
    world.pod(shares_of(plan)[0], {NAMES[0]: b"0"})
    first, second = world.runner(), world.runner()
    first.observe(reference)
    before = world.store.get("runs/m-1/staged.json")
    second.observe(reference)
    second.submit(plan)  # by one who did not hear of it
    assert world.store.get("runs/m-1/staged.json") == before
    assert world.cluster.names() == ["m-1", "m-1-p1of1"]


@pytest.mark.parametrize("how", ["other bytes", "a name that leads out", "none"])
def test_folds_of_other_bytes_or_names_are_not_staged(how: str, world: World, tmp_path: Path) -> None:
    plan = plan_over(tmp_path, 1)
    reference = world.runner().submit(plan)
    world.pod(shares_of(plan)[0], {NAMES[0]: b"0"})
    world.runner().observe(reference)
    if how == "other bytes":
        world.store.put(f"blobs/sha256/{digest_bytes(b'0').hex}", b"1")
    elif how == "a name that leads out":
        told = json.loads(world.store.get("runs/m-1/staged.json") or b"")
        told["folds"][0]["name"] = "../../x.json"
        world.store.put("runs/m-1/staged.json", json.dumps(told).encode())
    staging: Callable[[], None] = lambda: stage(  # noqa: E731
        world.store, "m-1", content_digest(plan.content), tmp_path / "in"
    )
    if how == "none":
        staging()
        return
    with pytest.raises((NbcodeError, StagedRunError), match=r"not those of its digest|is no name of a fold"):
        staging()


def test_a_run_that_is_cancelled_in_the_cluster_while_it_waits_has_ended(
    world: World, tmp_path: Path
) -> None:
    plan = plan_over(tmp_path, 1)
    reference = world.runner().submit(plan)
    world.pod(shares_of(plan)[0], {NAMES[0]: b"0"})
    world.runner().cancel(reference)
    record = world.runner().observe(reference).record
    assert record is not None
    assert (record.status, record.lost) == (RunStatus.KILLED, False)
    assert world.cluster.names() == ["m-1-p1of1"]


def test_a_run_that_was_lost_when_it_was_joined_goes_on_with_the_same_folds(
    world: World, tmp_path: Path
) -> None:
    plan = plan_over(tmp_path, 1)
    reference = world.runner().submit(plan)
    world.pod(shares_of(plan)[0], {NAMES[0]: b"0"})
    world.runner().observe(reference)
    del world.cluster.made[workflow_name("m-1")]
    record = world.runner().observe(reference).record
    assert record is not None
    assert (record.status, record.lost) == (RunStatus.KILLED, True)
    client: Any = world.cluster
    again = ArgoRunner(Place(), world.store, client=lambda: client).plan_again("m-1", "m-1-r2")
    world.runner().submit(again)
    assert world.cluster.names() == ["m-1-p1of1", "m-1-r2"]
    stage(world.store, "m-1-r2", content_digest(plan.content), tmp_path / "in")
    assert [p.name for p in (tmp_path / "in" / FOLDS).iterdir()] == [NAMES[0]]


def test_only_what_a_judge_leaves_is_a_fold(tmp_path: Path) -> None:
    for name in (f"{FOLDS}/{NAMES[0]}", f"{FOLDS}/x.json", f"{FOLDS}/{NAMES[1]}.json", "report.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    result = ResultManifest(
        nonce="", spec_digest=digest_bytes(b""), definition_digest=None, pins=(), files=list_files(tmp_path)
    )
    assert [one.name for one in left_in(result)] == [NAMES[0]]
