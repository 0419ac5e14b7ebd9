"""Who follows a run is told once what keeps it from beginning, and again when that is another thing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from fakes.plans import plan_of_cells
from fakes.runners import FakeRunner
from nbcode.run import START, Observation, RunEvent, RunReference
from nbcode.run.driving import RunFollower

SAID = (
    "",
    "no node takes its pod",
    "no node takes its pod",
    "its pod cannot begin",
    "",
    "its pod cannot begin",
)


class Waiting(FakeRunner):
    """Its pod waits, for one thing after another."""

    said: Iterator[str] = iter(())

    def observe(self, reference: RunReference, since: str = START) -> Observation:
        return replace(super().observe(reference, since), waits=next(self.said, ""))


def test_what_it_waits_for_is_told_when_it_is_another_thing(tmp_path: Path) -> None:
    runner, told = Waiting(tmp_path / "runs", detached=True), list[RunEvent]()
    runner.said = iter(SAID)
    reference = runner.submit(plan_of_cells([("features", "1")], run_id="endless-1"))
    follower = RunFollower(runner, reference, into=tmp_path / "out", on_event=told.append)
    for _ in SAID:
        follower.poll()
    notes = [event.text for event in told if event.kind == "note"]
    assert notes == ["no node takes its pod", "its pod cannot begin"]
