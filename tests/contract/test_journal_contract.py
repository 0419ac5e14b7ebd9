"""What every journal keeps: run on the fake, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Callable
from dataclasses import replace

import pytest

from fakes.journals import MemoryJournal
from fakes.promotions import begun as begun_promotion
from nbcode.configuration import ARGO
from nbcode.primitives import digest_bytes
from nbcode.promotion import (
    Failed,
    Failure,
    Journal,
    JournalConflictError,
    Promotion,
    Retried,
    RunLost,
    Snapshotted,
    State,
    Submitted,
    step,
)
from nbcode.promotion._lease import FileLeases
from nbcode.promotion._sql import open_postgres, open_sqlite

FORK = multiprocessing.get_context("fork")
Opening = Callable[[], Journal]


@pytest.fixture(params=["fake", "sqlite", "postgres"])
def journal(request, tmp_path) -> Journal:
    if request.param == "fake":
        return MemoryJournal()
    if request.param == "sqlite":
        return open_sqlite(tmp_path / "journal.db", contextlib.nullcontext())
    return open_postgres(request.getfixturevalue("postgres").new_database())


@pytest.fixture(params=["sqlite", "postgres"])
def opening(request, tmp_path) -> Opening:
    """How a process opens the journal that it shares with others, and that nobody has made yet."""
    if request.param == "postgres":
        uri = request.getfixturevalue("postgres").new_database()
        return lambda: open_postgres(uri)
    leases = FileLeases(tmp_path / "locks", lambda: "2026-01-05T09:00:00Z")
    return lambda: open_sqlite(tmp_path / "journal.db", leases.acquire("journal", wait_s=300.0))


def in_processes(many: int, work: Callable[[int], object]) -> list[object]:
    """What ``work`` gives in each of ``many`` processes that begin at the same moment."""
    answers = FORK.Queue()
    together = FORK.Barrier(many)

    def child(number: int) -> None:
        together.wait()
        answers.put(work(number))

    processes = [FORK.Process(target=child, args=(number,)) for number in range(many)]
    for process in processes:
        process.start()
    found = [answers.get(timeout=300) for _ in processes]
    for process in processes:
        process.join(300)
    return found


def begun(name: str = "spec", model: str = "xsmom", at: str = "2026-01-05T09:00:00Z") -> Promotion:
    return replace(
        begun_promotion(name, model=model, notebook="a/notebook.ipynb", at=at),
        seconds=(("build", 0.25),),
        project="/home/quant/research",
        notebook_digest=digest_bytes(b"bytes"),
        adopt=True,
        seal="5" * 64,
    )


def moved_on(promotion: Promotion, at: str = "2026-01-05T09:00:01Z") -> Promotion:
    return step(promotion, Snapshotted(commit="c1"), at=at)[0]


def failed(promotion: Promotion, at: str = "2026-01-05T09:00:01Z") -> Promotion:
    failure = Failure(code="NBC-H01", message="cell 3 raised", diagnostics=({"code": "NBC-H01", "cell": 3},))
    return step(promotion, Failed(failure=failure), at=at)[0]


def test_what_was_begun_is_read_back_equal(journal):
    assert journal.read(begun().key) is None
    first = journal.begin(begun(), b"bytes")
    assert first == replace(begun(), sequence=1)
    assert journal.read(begun().key) == first
    assert journal.payload(begun().key) == b"bytes"


def test_what_is_sealed_has_its_place_in_the_order(journal):
    """In the transaction that gives the place: a kill leaves nothing that is not sealed."""

    def sealed(promotion):
        return replace(promotion, seal=f"sealed at {promotion.sequence}")

    journal.begin(begun("other"), b"bytes")
    first = journal.begin(begun(), b"bytes", sealed)
    assert (first.sequence, first.seal) == (2, "sealed at 2")
    assert journal.read(begun().key) == first
    journal.record(first, failed(first))
    again, _ = step(failed(first), Retried(who="other"), at="2026-01-05T09:00:02Z")
    renewed = journal.renew(failed(first), again, b"new", sealed)
    assert (renewed.sequence, renewed.seal) == (4, "sealed at 4")
    assert journal.read(begun().key) == renewed


def test_beginning_again_gives_what_is_there(journal):
    first = journal.begin(begun(), b"bytes")
    journal.record(first, moved_on(first))
    assert journal.begin(begun(), b"others") == moved_on(first)
    assert journal.payload(begun().key) == b"bytes"


def test_a_failure_is_read_back_with_its_diagnostics_and_the_bytes_are_let_go(journal):
    first = journal.begin(begun(), b"bytes")
    journal.record(first, failed(first))
    assert journal.read(begun().key) == failed(first)
    assert journal.payload(begun().key) is None
    again, _ = step(failed(first), Retried(who="other"), at="2026-01-05T09:00:02Z")
    renewed = journal.renew(failed(first), again, b"new")
    assert renewed == replace(again, sequence=3)
    assert journal.read(begun().key) == renewed
    assert journal.payload(begun().key) == b"new"


def test_what_failed_on_a_cluster_keeps_its_bytes_until_it_is_done(journal):
    """Whoever runs it again may have no other copy."""
    first = journal.begin(replace(begun(), runs_on=ARGO), b"bytes")
    journal.record(first, failed(first))
    assert journal.payload(begun().key) == b"bytes"
    again, _ = step(failed(first), Retried(who="other", runs_on=ARGO), at="2026-01-05T09:00:02Z")
    renewed = journal.renew(failed(first), again, b"bytes")
    done = replace(renewed, state=State.DONE)
    journal.record(renewed, done)
    assert journal.payload(begun().key) is None


def test_where_a_run_is_stays_while_it_is_made_again_and_goes_with_a_new_attempt(journal):
    first = journal.begin(replace(begun(), runs_on=ARGO, state=State.SNAPSHOTTED), b"bytes")
    submitted, _ = step(first, Submitted(run_id="r", runs_in="team-a s3://b/a"), at="2026-01-05T09:00:01Z")
    journal.record(first, submitted)
    assert journal.read(begun().key).runs_in == "team-a s3://b/a"
    lost, _ = step(submitted, RunLost(), at="2026-01-05T09:00:02Z")
    again, _ = step(failed(submitted), Retried(who="other", keeps_run=True), at="2026-01-05T09:00:02Z")
    anew, _ = step(failed(submitted), Retried(who="other"), at="2026-01-05T09:00:02Z")
    assert [one.runs_in for one in (lost, again, anew)] == ["team-a s3://b/a", "team-a s3://b/a", ""]


def test_only_who_saw_the_last_state_may_move_it(journal):
    first = journal.begin(begun(), b"bytes")
    moved = moved_on(first)
    journal.record(first, moved)
    with pytest.raises(JournalConflictError, match=r"is no longer begun \(attempt 1\)"):
        journal.record(first, replace(moved, snapshot="c2"))
    assert journal.read(begun().key) == moved
    assert len(journal.history("xsmom")) == 2


def test_who_saw_an_earlier_attempt_may_not_move_the_next_one(journal):
    """Both are in the state `begun`: the attempt alone tells them apart."""
    first = journal.begin(begun(), b"bytes")
    journal.record(first, failed(first))
    second = journal.renew(
        failed(first), step(failed(first), Retried(who="other"), at="2026-01-05T09:00:02Z")[0], b"new"
    )
    assert (first.state, second.state) == (State.BEGUN, State.BEGUN)
    with pytest.raises(JournalConflictError, match=r"is no longer begun \(attempt 1\)"):
        journal.record(first, moved_on(first))
    with pytest.raises(JournalConflictError, match=r"is no longer begun \(attempt 1\)"):
        journal.renew(first, moved_on(first), b"stale")
    assert journal.read(begun().key) == second
    assert journal.payload(begun().key) == b"new"


def test_every_transition_is_in_the_history_with_who_and_when(journal):
    first = journal.begin(begun(), b"bytes")
    journal.begin(begun("other", model="other"), b"bytes")
    journal.record(first, moved_on(first))
    lines = [(t.before, t.after, t.at, t.who) for t in journal.history("xsmom")]
    assert lines == [
        ("", "begun", "2026-01-05T09:00:00Z", "quant"),
        ("begun", "snapshotted", "2026-01-05T09:00:01Z", "quant"),
    ]


def test_promotions_are_listed_by_model_and_the_one_that_moved_last_is_first(journal):
    first = journal.begin(begun("one"), b"")
    second = journal.begin(begun("two", model="b"), b"")
    assert journal.promotions() == (second, first)
    assert journal.promotions("b") == (second,)
    assert journal.promotions("nothing") == ()
    journal.record(first, moved_on(first))
    assert journal.promotions() == (moved_on(first), second)


def test_the_order_is_the_journals_where_the_clocks_run_backwards(journal):
    """The second host's clock is a year behind."""
    first = journal.begin(begun("one", at="2026-01-05T09:00:00Z"), b"")
    second = journal.begin(begun("two", at="2025-01-05T09:00:00Z"), b"")
    assert first.sequence < second.sequence
    assert journal.promotions() == (second, first)
    journal.record(first, failed(first, at="2024-01-05T09:00:00Z"))
    again, _ = step(failed(first, at="2024-01-05T09:00:00Z"), Retried(who="other"), at="2023-01-05T09:00:00Z")
    third = journal.renew(failed(first, at="2024-01-05T09:00:00Z"), again, b"")
    assert third.sequence > second.sequence
    assert [t.at for t in journal.history("xsmom")] == [
        "2026-01-05T09:00:00Z",
        "2025-01-05T09:00:00Z",
        "2024-01-05T09:00:00Z",
        "2023-01-05T09:00:00Z",
    ]


def test_a_step_of_an_attempt_does_not_change_its_place_in_the_order(journal):
    first = journal.begin(begun(), b"")
    journal.record(first, moved_on(first))
    assert journal.read(first.key).sequence == first.sequence


def test_eight_processes_that_begin_one_key_on_a_new_journal_give_one_row(opening):
    given = in_processes(8, lambda number: opening().begin(replace(begun(), who=f"q{number}"), b"x"))
    assert len({p.who for p in given}) == 1
    (row,) = opening().promotions()
    assert set(given) == {row}
    assert len(opening().history("xsmom")) == 1


def test_of_several_processes_that_move_one_promotion_one_wins(opening):
    first = opening().begin(begun(), b"x")

    def work(number: int) -> bool:
        try:
            opening().record(first, replace(moved_on(first), snapshot=f"c{number}"))
        except JournalConflictError:
            return False
        return True

    assert sum(in_processes(6, work)) == 1
    assert len(opening().history("xsmom")) == 2


def test_processes_that_begin_other_keys_are_numbered_one_after_the_other(opening):
    def work(number: int) -> list[int]:
        journal = opening()
        return [journal.begin(begun(f"{number}-{n}"), b"x").sequence for n in range(5)]

    given = in_processes(6, work)
    assert sorted(n for numbers in given for n in numbers) == list(range(1, 31))
    assert all(numbers == sorted(numbers) for numbers in given)
