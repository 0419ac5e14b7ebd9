"""The promotion's state machine: a pure function, and only the transitions of its table."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.promotions import AT, begun
from nbcode.primitives import digest_bytes
from nbcode.promotion import (
    AdoptionAllowed,
    Aliased,
    Built,
    Effect,
    Failed,
    Failure,
    Finished,
    Promotion,
    Registered,
    Retried,
    Snapshotted,
    State,
    Submitted,
    Verified,
    effects_at,
    promotion_key,
    step,
)

TRANSITIONS = (
    Snapshotted(commit="c"),
    Submitted(run_id="r"),
    Built(isolation="namespaces", seconds=(("cells", 1.0),)),
    Verified(artifact_digest=digest_bytes(b"artifact")),
    Registered(version=3),
    Aliased(),
    Finished(),
)
FAILED = Failed(failure=Failure(code="NBC-H01", message="cell 3 raised"))


def at(steps: int) -> Promotion:
    promotion = begun()
    for event in TRANSITIONS[:steps]:
        promotion, _ = step(promotion, event, at=AT)
    return promotion


def test_the_transitions_lead_from_begun_to_done():
    assert [at(n).state for n in range(8)] == [
        "begun", "snapshotted", "submitted", "built", "verified", "registered", "aliased", "done",
    ]  # fmt: skip
    done = at(7)
    assert (done.snapshot, done.run_id, done.isolation, done.version) == ("c", "r", "namespaces", 3)
    assert done.verified_at == AT
    assert effects_at(State.DONE) == effects_at(State.FAILED) == ()


def test_each_state_waits_for_exactly_the_effect_that_step_names():
    for n, event in enumerate(TRANSITIONS):
        moved, effects = step(at(n), event, at=AT)
        assert effects == effects_at(moved.state)
    assert [effects_at(at(n).state)[0] for n in range(7)] == list(Effect)


@given(st.integers(0, 7), st.integers(0, 6))
def test_an_event_out_of_its_place_is_refused(reached, event):
    if event == reached:
        assert step(at(reached), TRANSITIONS[event], at=AT)[0] == at(reached + 1)
    else:
        with pytest.raises(ValueError, match=f"cannot happen to a promotion that is {at(reached).state}"):
            step(at(reached), TRANSITIONS[event], at=AT)


@given(st.integers(0, 6))
def test_it_may_fail_anywhere_and_be_tried_again_from_the_start(reached):
    failed, effects = step(at(reached), FAILED, at=AT)
    assert (failed.state, effects) == (State.FAILED, ())
    again, effects = step(failed, Retried(who="other"), at="2026-01-05T10:00:00Z")
    fresh = replace(begun(), attempt=2, who="other", begun_at=again.updated_at, updated_at=again.updated_at)
    assert replace(again, snapshot=None) == fresh
    assert effects == (Effect.SNAPSHOT,)


def test_what_was_superseded_is_not_so_when_it_is_tried_again():
    superseded = begun()
    for event in (*TRANSITIONS[:5], Aliased(superseded=True), Finished()):
        superseded, _ = step(superseded, event, at=AT)
    assert superseded.superseded
    again, _ = step(superseded, Retried(who="other"), at=AT)
    assert replace(again, snapshot=None) == replace(begun(), attempt=2, who="other")


@given(st.integers(0, 6))
def test_what_is_not_finished_is_not_tried_again(reached):
    with pytest.raises(ValueError, match="Retried cannot happen"):
        step(at(reached), Retried(who="other"), at=AT)


@given(st.integers(0, 7))
def test_what_somebody_else_began_may_be_begun_anew_in_its_place_and_nothing_of_theirs_stays(reached):
    theirs = replace(at(reached), project="/theirs", notebook="t.py", account="them", adopt=True)
    mine = Retried(who="me", project="/mine", notebook="m.py", takes_over=True)
    taken, effects = step(theirs, mine, at=AT)
    assert taken == replace(begun(), attempt=2, who="me", project="/mine", notebook="m.py")
    assert effects == (Effect.SNAPSHOT,)


@given(st.integers(0, 6))
def test_allowing_an_adoption_moves_nothing_else(reached):
    allowed, effects = step(at(reached), AdoptionAllowed(), at=AT)
    assert allowed == replace(at(reached), adopt=True)
    assert effects == effects_at(at(reached).state)
    with pytest.raises(ValueError, match="AdoptionAllowed cannot happen to a promotion that is done"):
        step(at(7), AdoptionAllowed(), at=AT)


def test_seconds_of_the_steps_add_up():
    built, _ = step(at(2), TRANSITIONS[2], at=AT, seconds=1.25)
    assert built.seconds == (("cells", 1.0), ("run", 0.25))


def test_the_key_is_model_spec_and_platform():
    spec, other = digest_bytes(b"spec"), digest_bytes(b"other")
    keys = {
        promotion_key("a", spec, "linux"),
        promotion_key("b", spec, "linux"),
        promotion_key("a", other, "linux"),
        promotion_key("a", spec, "macos"),
    }
    assert len(keys) == 4
    assert promotion_key("a", spec, "linux") in keys
