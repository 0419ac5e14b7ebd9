"""The loop: what it does when it is not alone, and in what order it writes."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from fakes.clocks import ticking
from fakes.journals import MemoryJournal
from fakes.promotions import begun as begun_promotion
from nbcode.primitives import digest_bytes
from nbcode.promotion import (
    Aliased,
    Built,
    Effect,
    Failed,
    Failure,
    Finished,
    Pending,
    Registered,
    RunLost,
    Snapshotted,
    State,
    Submitted,
    Verified,
    next_run_id,
    reconcile,
    step,
)

ANSWERS = {
    Effect.SNAPSHOT: Snapshotted(commit="c"),
    Effect.SUBMIT: Submitted(run_id="r"),
    Effect.RUN: Built(isolation="process"),
    Effect.VERIFY: Verified(artifact_digest=digest_bytes(b"artifact")),
    Effect.REGISTER: Registered(version=1),
    Effect.ALIAS: Aliased(),
    Effect.FINISH: Finished(),
}
BEGUN = begun_promotion(at="2026-01-05T08:00:00Z")


class Heard:
    def __init__(self) -> None:
        self.steps: list[str] = []

    def started(self, effect, promotion) -> None:
        self.steps.append(f"{effect} from {promotion.state}")

    def ended(self, effect, promotion, seconds) -> None:
        self.steps.append(f"{effect} to {promotion.state} in {seconds:g} s")


def run(journal, perform, heard=None, passed=None):
    reached = reach(journal, perform, heard, passed)
    assert reached.retry_after_s is None
    return reached.promotion


def reach(journal, perform, heard=None, passed=None):
    ticks = itertools.count()
    return reconcile(
        BEGUN.key,
        journal,
        perform,
        now=ticking(),
        monotonic_s=lambda: float(next(ticks)),
        steps=heard or Heard(),
        failpoint=(passed if passed is not None else []).append,
    )


def begun() -> MemoryJournal:
    journal = MemoryJournal()
    journal.begin(BEGUN, b"bytes")
    return journal


def test_each_effect_is_performed_once_and_journaled_before_the_next():
    journal, performed = begun(), []

    def perform(effect, promotion):
        assert journal.read(BEGUN.key) == promotion
        performed.append(effect)
        return ANSWERS[effect]

    heard, passed = Heard(), []
    done = run(journal, perform, heard, passed)
    assert done == journal.read(BEGUN.key)
    assert (done.state, performed) == (State.DONE, list(Effect))
    assert heard.steps[:2] == ["snapshot from begun", "snapshot to snapshotted in 1 s"]
    assert passed[:4] == ["snapshot.before", "snapshot.done", "snapshot.journaled", "submit.before"]


def test_it_goes_on_from_where_a_dead_one_stopped():
    journal = begun()
    moved, _ = step(BEGUN, ANSWERS[Effect.SNAPSHOT], at="2026-01-05T08:00:01Z")
    journal.record(BEGUN, moved)
    performed = []
    run(journal, lambda effect, _: performed.append(effect) or ANSWERS[effect])
    assert performed == list(Effect)[1:]


def test_a_failure_ends_it():
    failure = Failed(failure=Failure(code="NBC-H01", message="cell 3 raised"))
    ended = run(begun(), lambda effect, _: failure if effect is Effect.RUN else ANSWERS[effect])
    assert (ended.state, ended.failure) == (State.FAILED, failure.failure)


def test_what_cannot_go_on_now_stays_where_it_is():
    journal = begun()

    def perform(effect, _):
        if effect is Effect.REGISTER:
            raise TimeoutError("locked")
        return ANSWERS[effect]

    with pytest.raises(TimeoutError, match="locked"):
        run(journal, perform)
    assert journal.read(BEGUN.key).state == State.VERIFIED


def test_when_another_machine_was_faster_it_goes_on_from_there():
    journal = begun()

    def perform(effect, promotion):
        if effect is Effect.SUBMIT:
            theirs, _ = step(promotion, Submitted(run_id="theirs"), at="2026-01-05T08:00:02Z")
            journal.record(promotion, theirs)
        return ANSWERS[effect]

    done = run(journal, perform)
    assert (done.state, done.run_id) == (State.DONE, "theirs")


def test_when_another_machine_was_two_steps_faster_what_it_did_is_not_done_again():
    journal, performed = begun(), []

    def perform(effect, promotion):
        performed.append(effect)
        if effect is Effect.SUBMIT:
            for event in (Submitted(run_id="theirs"), Built(isolation="process")):
                theirs, _ = step(promotion, event, at="2026-01-05T08:00:02Z")
                journal.record(promotion, theirs)
                promotion = theirs
        return ANSWERS[effect]

    done = run(journal, perform)
    assert (done.state, done.run_id) == (State.DONE, "theirs")
    assert performed == [e for e in Effect if e is not Effect.RUN]


def test_an_unknown_key_is_refused():
    with pytest.raises(KeyError, match="sha256"):
        run(MemoryJournal(), lambda effect, _: ANSWERS[effect])


def test_a_run_that_goes_on_elsewhere_leaves_the_promotion_submitted_and_whoever_asks_later_goes_on():
    journal, performed = begun(), []
    answers = iter([Pending(retry_after_s=2.0), Pending(retry_after_s=2.0), ANSWERS[Effect.RUN]])

    def perform(effect, promotion):
        performed.append(effect)
        return next(answers) if effect is Effect.RUN else ANSWERS[effect]

    for _ in range(2):
        waiting = reach(journal, perform)
        assert (waiting.promotion.state, waiting.retry_after_s) == (State.SUBMITTED, 2.0)
        assert journal.read(BEGUN.key) == waiting.promotion
    done = run(journal, perform)
    assert done.state is State.DONE
    assert performed.count(Effect.SUBMIT) == 1
    assert performed.count(Effect.RUN) == 3


def test_a_run_that_is_gone_is_submitted_again_under_the_next_name_and_the_ledger_says_so():
    journal, names = begun(), []
    answers = iter([RunLost(), ANSWERS[Effect.RUN]])

    def perform(effect, promotion):
        if effect is Effect.SUBMIT:
            names.append(next_run_id(promotion))
            return Submitted(run_id=names[-1])
        return next(answers) if effect is Effect.RUN else ANSWERS[effect]

    done = run(journal, perform)
    first = f"xsmom-{BEGUN.key.hex[:12]}-1"
    assert names == [first, f"{first}-r2"]
    assert (done.state, done.run_id) == (State.DONE, f"{first}-r2")
    moves = [(t.before, t.after) for t in journal.history("xsmom")]
    assert moves.count(("submitted", "snapshotted")) == 1
    assert moves[-1] == ("aliased", "done")


@pytest.mark.parametrize("model", ["xsmom", "my-ridge-r2"])
def test_a_run_of_an_attempt_before_gives_no_name_to_one_of_this(model):
    """A promote that is tried again keeps the name of the run that failed; a dash and an r of a model are no number of it."""
    again = replace(BEGUN, model=model, attempt=2, run_id=f"{model}-{BEGUN.key.hex[:12]}-1-r3")
    first = f"{model}-{BEGUN.key.hex[:12]}-2"
    assert next_run_id(again) == first
    assert next_run_id(replace(again, run_id=first)) == f"{first}-r2"
    assert next_run_id(replace(again, run_id=f"{first}-r9")) == f"{first}-r10"


def test_every_second_of_a_reconcile_is_under_the_step_it_belongs_to():
    ticks = itertools.count()
    reached = reconcile(
        BEGUN.key,
        begun(),
        lambda effect, _: ANSWERS[effect],
        now=ticking(),
        monotonic_s=lambda: float(next(ticks)),
        steps=Heard(),
        failpoint=lambda _: None,
    )
    seconds = dict(reached.promotion.seconds)
    assert list(seconds) == [str(effect) for effect in Effect]
    assert sum(seconds.values()) == next(ticks) - 1
