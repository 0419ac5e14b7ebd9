"""What every runner keeps: run on the written fake and on the runner of this machine."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fakes.patience import ENOUGH_S
from fakes.plans import plan_of_cells, small_input
from fakes.runners import FakeRunner
from nbcode.primitives import Cancellation, CancelledError, NbcodeError, digest_bytes
from nbcode.run import (
    START,
    Limits,
    Observation,
    RunEvent,
    Runner,
    RunPlan,
    RunReference,
    RunStatus,
    drive,
    read_result,
)
from nbcode.run._local import LocalRunner

MODEL = "from sklearn.linear_model import Ridge\nm = Ridge().fit([[1.0], [2.0]], [1.0, 2.0])"
PYTHON = {
    "fine": f"print('hello')\n{MODEL}\nreport = {{'ic_mean': 0.5}}",
    "raise": "1 / 0",
    "die": "import ctypes\nctypes.string_at(0)",
    "exit": "raise SystemExit(0)",
    "fill": f"{MODEL}\nreport = {{'ic_mean': 0.5}}",
    "endless": "import time\nwhile True:\n    time.sleep(1)",
}
PATIENCE_S = 300.0


@dataclass
class World:
    """A runner, another one that knows only what the first has written down, and plans that they understand."""

    name: str
    root: Path
    make: Callable[[], Runner]
    sources: Callable[[str], str]
    spoil: Callable[[RunReference], None]
    names: Iterator[str]

    def plan(self, kind: str, run_id: str | None = None) -> RunPlan:
        limits = Limits(time_s=ENOUGH_S, memory_bytes=2 << 30, output_files=1 if kind == "fill" else 1000)
        return plan_of_cells(
            [("features", self.sources(kind))],
            [small_input(self.root)],
            run_id=run_id or next(self.names),
            limits=limits,
        )

    def submitted_and_abandoned(self) -> RunReference:
        """By a process that is killed when the run's first cell runs."""
        run_id = next(self.names)
        code = [sys.executable, "-m", "fakes.runners", self.name, str(self.root / "runs"), run_id]
        done = subprocess.run(
            [*code, self.sources("endless")], cwd=Path(__file__).parents[1], capture_output=True, check=False
        )
        assert done.returncode == -9, done.stderr.decode()
        return RunReference(runner=self.make().kind, run_id=run_id)


def fake_world(root: Path) -> World:
    def spoil(reference: RunReference) -> None:
        (root / "runs" / reference.run_id / "result" / "report.json").write_bytes(b"{} ")

    return World(
        name="fake",
        root=root,
        make=lambda: FakeRunner(root / "runs"),
        sources=lambda kind: kind,
        spoil=spoil,
        names=(f"run-{number}" for number in range(100)),
    )


def local_world(root: Path) -> World:
    def spoil(reference: RunReference) -> None:
        with (root / "runs" / reference.run_id / "raw" / "report.json").open("ab") as report:
            report.write(b" ")

    return World(
        name="local",
        root=root,
        make=lambda: LocalRunner(root / "runs"),
        sources=PYTHON.__getitem__,
        spoil=spoil,
        names=(f"run-{number}" for number in range(100)),
    )


@pytest.fixture(params=[fake_world, local_world], ids=["fake", "local"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    made: World = request.param(tmp_path)
    return made


def until(
    runner: Runner,
    reference: RunReference,
    enough: Callable[[list[RunEvent], Observation], bool],
    since: str = START,
) -> tuple[list[RunEvent], Observation]:
    """Observe from cursor to cursor until ``enough``; every event that was heard."""
    heard: list[RunEvent] = []
    give_up_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_s:
        seen = runner.observe(reference, since)
        heard += seen.events
        since = seen.cursor
        if enough(heard, seen):
            return heard, seen
        time.sleep(0.02)
    raise AssertionError(f"{reference} did not come so far: {heard}")


def over(_heard: list[RunEvent], seen: Observation) -> bool:
    return seen.record is not None


def in_a_cell(heard: list[RunEvent], seen: Observation) -> bool:
    return any(e.kind == "cell" and e.name == "start" for e in heard) or seen.record is not None


def ended(runner: Runner, plan: RunPlan) -> tuple[RunReference, list[RunEvent], Observation]:
    reference = runner.submit(plan)
    return (reference, *until(runner, reference, over))


def test_a_fine_run_is_seen_from_its_first_event_to_its_end_and_gives_its_result(world: World) -> None:
    runner = world.make()
    reference, heard, seen = ended(runner, world.plan("fine"))
    assert seen.record is not None
    assert (seen.record.status, seen.record.lost) == (RunStatus.FINISHED, False)
    assert [(e.name, e.cell) for e in heard if e.kind == "cell"] == [("start", 2), ("end", 2)]
    into = world.root / "taken"
    result = runner.fetch(reference, into)
    assert result == read_result(into)
    assert {"report.json"} < {file.path for file in result.files}
    assert result.spec_digest == digest_bytes(b"spec")


def test_submitting_again_what_runs_or_has_run_starts_nothing(world: World) -> None:
    runner, plan = world.make(), world.plan("fine")
    first = runner.submit(plan)
    assert runner.submit(plan) == first
    heard, _ = until(runner, first, over)
    assert runner.submit(plan) == world.make().submit(plan) == first
    again, seen = until(runner, first, over)
    assert again == heard
    assert seen.record is not None
    assert seen.record.status is RunStatus.FINISHED


def test_two_that_submit_at_the_same_time_start_one_run(world: World) -> None:
    runners, plan = [world.make() for _ in range(4)], world.plan("fine")
    gate, references = threading.Barrier(4), []

    def submit(runner: Runner) -> None:
        gate.wait()
        references.append(runner.submit(plan))

    threads = [threading.Thread(target=submit, args=(runner,)) for runner in runners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(references) == 4
    assert len(set(references)) == 1
    heard, _ = until(runners[0], references[0], over)
    assert [e.name for e in heard if e.kind == "cell"] == ["start", "end"]


def test_a_name_that_has_run_something_else_is_refused(world: World) -> None:
    runner, plan = world.make(), world.plan("fine")
    runner.submit(plan)
    other = replace(plan, content=replace(plan.content, model_id="other"))
    with pytest.raises(NbcodeError, match="NBC-H23"):
        runner.submit(other)
    until(runner, RunReference(runner=runner.kind, run_id=plan.run_id), over)


def test_from_any_cursor_and_for_any_observer_the_events_are_the_same(world: World) -> None:
    runner = world.make()
    reference = runner.submit(world.plan("fine"))
    live, cursors, since = [], [START], START
    seen = Observation(events=(), cursor=START)
    give_up_s = time.monotonic() + PATIENCE_S
    while seen.record is None and time.monotonic() < give_up_s:
        seen = runner.observe(reference, since)
        live.append(seen.events)
        cursors.append(since := seen.cursor)
        time.sleep(0.02)
    everything = tuple(event for events in live for event in events)
    second = RunReference.from_json(json.loads(json.dumps(reference.to_json())))
    for observer in (runner, world.make()):
        for place, cursor in enumerate(cursors):
            rest = tuple(event for events in live[place:] for event in events)
            told = observer.observe(second, cursor)
            assert told.events == rest
            assert told.record == seen.record
    assert runner.observe(reference).events == everything
    assert [e.elapsed_s for e in everything] == sorted(e.elapsed_s for e in everything)


@pytest.mark.parametrize("kind", ["raise", "die", "exit", "fill"])
def test_a_run_that_leaves_no_result_has_failed_and_gives_none(world: World, kind: str) -> None:
    """Raises, dies without a word, exits with 0, leaves more than it may."""
    runner = world.make()
    reference, _, seen = ended(runner, world.plan(kind))
    assert seen.record is not None
    assert (seen.record.status, seen.record.lost) == (RunStatus.FAILED, False)
    assert seen.record.diagnostics
    with pytest.raises(NbcodeError, match=r"NBC-I06|NBC-H15"):
        runner.fetch(reference, world.root / "taken")
    assert not (world.root / "taken").exists()


@pytest.mark.parametrize("stage", ["at once", "in a cell", "by another"])
def test_a_run_is_cancelled_at_any_stage_by_anyone_and_ends_as_killed(world: World, stage: str) -> None:
    runner = world.make()
    reference = runner.submit(world.plan("endless"))
    if stage != "at once":
        until(runner, reference, in_a_cell)
    (world.make() if stage == "by another" else runner).cancel(reference)
    _, seen = until(runner, reference, over)
    assert seen.record is not None
    assert (seen.record.status, seen.record.lost) == (RunStatus.KILLED, False)
    runner.cancel(reference)
    assert runner.observe(reference).record == seen.record
    with pytest.raises(NbcodeError, match=r"NBC-I06|NBC-H15"):
        runner.fetch(reference, world.root / "taken")


def test_cancelling_what_is_over_changes_nothing(world: World) -> None:
    runner = world.make()
    reference, _, seen = ended(runner, world.plan("fine"))
    runner.cancel(reference)
    assert runner.observe(reference).record == seen.record
    runner.fetch(reference, world.root / "taken")


def test_a_result_is_fetched_whole_wherever_and_as_often_as_is_asked_for(world: World) -> None:
    runner = world.make()
    reference, _, _ = ended(runner, world.plan("fine"))
    first, second = world.root / "first", world.root / "second"
    result = runner.fetch(reference, first)
    (first / "report.json").unlink()  # half a result: it is put right
    assert runner.fetch(reference, first) == runner.fetch(reference, first) == result
    assert world.make().fetch(reference, second) == result
    left = [
        {p.relative_to(at): p.read_bytes() for p in at.rglob("*") if p.is_file()} for at in (first, second)
    ]
    assert left[0] == left[1]
    assert len(left[0]) == len(result.files) + 1


def test_a_result_of_which_one_byte_is_another_is_not_taken(world: World) -> None:
    runner = world.make()
    reference, _, _ = ended(runner, world.plan("fine"))
    world.spoil(reference)
    into = world.root / "taken"
    with pytest.raises(NbcodeError, match="NBC-I06"):
        runner.fetch(reference, into)
    assert not into.exists()
    assert [p for p in world.root.iterdir() if "part" in p.name] == []


def test_a_result_that_was_discarded_is_said_to_be_and_its_run_can_still_be_observed(world: World) -> None:
    runner = world.make()
    reference, heard, seen = ended(runner, world.plan("fine"))
    runner.discard(reference)
    runner.discard(reference)
    with pytest.raises(NbcodeError, match="NBC-H15"):
        runner.fetch(reference, world.root / "taken")
    told = runner.observe(reference)
    assert (list(told.events), told.record) == (heard, seen.record)


def test_a_run_that_nobody_knows_ends_as_lost_and_cannot_be_fetched(world: World) -> None:
    runner = world.make()
    unknown = RunReference(runner=runner.kind, run_id=f"never-{next(world.names)}")
    seen = runner.observe(unknown)
    assert seen.events == ()
    assert seen.record is not None
    assert (seen.record.status, seen.record.lost) == (RunStatus.KILLED, True)
    runner.cancel(unknown)
    runner.discard(unknown)
    with pytest.raises(NbcodeError, match=r"NBC-I06|NBC-H15"):
        runner.fetch(unknown, world.root / "taken")


def test_a_run_whose_submitter_was_killed_is_found_lost_unless_it_goes_on_without_it(world: World) -> None:
    reference = world.submitted_and_abandoned()
    runner = world.make()
    heard, seen = until(runner, reference, in_a_cell if runner.detached else over)
    assert any(e.kind == "cell" for e in heard)
    if runner.detached:
        assert seen.record is None
        runner.cancel(reference)
        _, seen = until(runner, reference, over)
    assert seen.record is not None
    assert (seen.record.status, seen.record.lost) == (RunStatus.KILLED, not runner.detached)
    assert runner.observe(reference, seen.cursor) == replace(seen, events=())


def test_driven_to_the_end_the_outcome_is_the_record_and_the_result(world: World) -> None:
    heard: list[RunEvent] = []
    into = world.root / "taken"
    outcome = drive(world.make(), world.plan("fine"), into=into, on_event=heard.append)
    assert outcome.status is RunStatus.FINISHED
    assert outcome.result == read_result(into)
    assert [e.name for e in heard if e.kind == "cell"] == ["start", "end"]


def test_who_stops_driving_ends_the_run_and_a_cancellation_passes_through(world: World) -> None:
    cancellation, runner, plan = Cancellation(), world.make(), world.plan("endless")

    def stop(event: RunEvent) -> None:
        if event.kind == "cell":
            cancellation.request()

    with pytest.raises(CancelledError, match="ended early"):
        drive(runner, plan, into=world.root / "taken", on_event=stop, cancellation=cancellation)
    reference = RunReference(runner=runner.kind, run_id=plan.run_id)
    seen = runner.observe(reference)
    if runner.detached:  # it goes on until it is told
        assert seen.record is None
        runner.cancel(reference)
        _, seen = until(runner, reference, over)
    assert seen.record is not None
    assert seen.record.status is RunStatus.KILLED


def test_a_detached_run_goes_on_when_its_driver_stops(tmp_path: Path) -> None:
    """The control: the same stop, another kind of runner."""
    cancellation, runner = Cancellation(), FakeRunner(tmp_path / "runs", detached=True)
    plan = plan_of_cells([("features", "fine")], run_id="run-1")

    def stop(_event: RunEvent) -> None:
        cancellation.request()

    with pytest.raises(CancelledError, match="ended early"):
        drive(runner, plan, into=tmp_path / "taken", on_event=stop, cancellation=cancellation)
    _, seen = until(
        FakeRunner(tmp_path / "runs", detached=True), RunReference(runner="fake", run_id="run-1"), over
    )
    assert seen.record is not None
    assert seen.record.status is RunStatus.FINISHED
