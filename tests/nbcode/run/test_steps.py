"""Where the time of a run goes: into steps that bear one name each and leave no gap."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcode.run import RunEvent, RunOutcome, RunStatus
from nbcode.run.steps import STEPS, NotedSteps, note_step
from nbcode.run.timeline import Timeline

PLAIN = (
    ("features", "X = inputs['prices_csv']"),
    ("model", "from sklearn.linear_model import Ridge\nm = Ridge().fit(X[['close']], X.volume)"),
    ("eval", "report = {'ic_mean': 0.5}"),
)


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 50), st.none() | st.integers(0, 400))))
def test_the_steps_together_are_the_whole_run_whatever_was_told_late(
    marks: list[tuple[str, int, int | None]],
) -> None:
    clock = Clock()
    timeline = Timeline(clock(), clock)
    for step, later, at in marks:
        clock.now += later
        timeline.mark(step, None if at is None else float(at))
    clock.now += 3
    seconds = timeline.seconds()
    assert sum(taken for _, taken in seconds) == clock.now - 100
    assert all(taken >= 0 for _, taken in seconds)
    assert len({name for name, _ in seconds}) == len(seconds)


def test_a_step_that_is_told_late_has_the_time_from_where_it_began() -> None:
    clock = Clock()
    timeline = Timeline(clock(), clock)
    clock.now = 102
    timeline.mark("cells")
    clock.now = 110
    timeline.mark("report", 105.0)
    clock.now = 111
    assert timeline.seconds() == (("prepare", 2.0), ("cells", 3.0), ("report", 6.0))


@pytest.mark.parametrize("at_s", [float("nan"), float("inf"), -float("inf"), 1e300, -1e300])
def test_a_time_that_is_none_moves_no_step_out_of_the_run(at_s: float) -> None:
    clock = Clock()
    timeline = Timeline(clock(), clock)
    clock.now = 110
    timeline.mark("cells", at_s)
    clock.now = 111
    assert sum(taken for _, taken in timeline.seconds()) == 11
    assert all(taken >= 0 for _, taken in timeline.seconds())


def test_no_two_steps_share_a_name() -> None:
    assert len(set(STEPS)) == len(STEPS)


def test_of_what_the_kernel_noted_each_is_told_once_and_only_its_own_steps_are_believed(
    tmp_path: Path,
) -> None:
    noted = NotedSteps(tmp_path)
    assert list(noted.new()) == []
    note_step(tmp_path, "report")
    assert [step for step, _ in noted.new()] == ["report"]
    for step in ("sandbox end", "cells", "my own step", "model"):
        note_step(tmp_path, step)
    with (tmp_path / "steps.txt").open("ab") as notes:
        notes.write(b"\xff\xfe model\nnan pins\n12.5 pi")
    assert [step for step, _ in noted.new()] == ["model"]
    with (tmp_path / "steps.txt").open("ab") as notes:
        notes.write(b"ns\n")
    assert list(noted.new()) == [("pins", 12.5)]


def test_a_real_run_takes_its_steps_in_order_and_every_second_is_in_one(
    run_cells: Callable[..., RunOutcome],
) -> None:
    heard: list[RunEvent] = []
    outcome = run_cells(*PLAIN, on_event=heard.append, definition_kind="python")
    assert outcome.status is RunStatus.FINISHED
    steps = [event.name for event in heard if event.kind == "step"]
    assert set(steps) <= set(STEPS)
    assert steps == sorted(steps, key=STEPS.index)
    assert {
        "sandbox",
        "inputs",
        "engine",
        "kernel",
        "session",
        "cells",
        "figures",
        "model",
        "leak probe",
        "pins",
        "notebook",
        "manifest",
        "check",
    } <= set(steps)
    assert [name for name, _ in outcome.seconds] == ["prepare", *steps]
    assert all(a.elapsed_s <= b.elapsed_s for a, b in pairwise(heard))
