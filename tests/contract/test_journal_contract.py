"""What every journal keeps: run on the fake and on SQLite."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest

from fakes.journals import MemoryJournal
from nbcode.primitives import digest_bytes
from nbcode.promotion import (
    Failed,
    Failure,
    Journal,
    JournalConflictError,
    Promotion,
    Retried,
    Snapshotted,
    State,
    promotion_key,
    step,
)
from nbcode.promotion._sql import open_sqlite


@pytest.fixture(params=["fake", "sqlite"])
def journal(request, tmp_path) -> Journal:
    if request.param == "fake":
        return MemoryJournal()
    return open_sqlite(tmp_path / "journal.db", contextlib.nullcontext())


def begun(name: str = "spec", model: str = "xsmom", at: str = "2026-01-05T09:00:00Z") -> Promotion:
    spec = digest_bytes(name.encode())
    return Promotion(
        key=promotion_key(model, spec, "linux"),
        model=model,
        spec_digest=spec,
        definition_digest=digest_bytes(b"definition"),
        platform="linux",
        notebook="a/notebook.ipynb",
        who="quant",
        begun_at=at,
        updated_at=at,
        seconds=(("build", 0.25),),
        project="/home/quant/research",
        notebook_digest=digest_bytes(b"bytes"),
        adopt=True,
        seal="5" * 64,
    )


def test_what_was_begun_is_read_back_equal(journal):
    assert journal.read(begun().key) is None
    assert journal.begin(begun(), b"bytes") == begun()
    assert journal.read(begun().key) == begun()
    assert journal.payload(begun().key) == b"bytes"


def test_beginning_again_gives_what_is_there(journal):
    journal.begin(begun(), b"bytes")
    moved, _ = step(begun(), Snapshotted(commit="c1"), at="2026-01-05T09:00:01Z")
    journal.record(begun(), moved)
    assert journal.begin(begun(), b"others") == moved
    assert journal.payload(begun().key) == b"bytes"


def test_a_failure_is_read_back_with_its_diagnostics_and_the_bytes_are_let_go(journal):
    journal.begin(begun(), b"bytes")
    failure = Failure(code="NBC-H01", message="cell 3 raised", diagnostics=({"code": "NBC-H01", "cell": 3},))
    failed, _ = step(begun(), Failed(failure=failure), at="2026-01-05T09:00:01Z")
    journal.record(begun(), failed)
    assert journal.read(begun().key) == failed
    assert journal.payload(begun().key) is None
    again, _ = step(failed, Retried(who="other"), at="2026-01-05T09:00:02Z")
    journal.renew(failed, again, b"new")
    assert journal.read(begun().key) == again
    assert journal.payload(begun().key) == b"new"


def test_only_who_saw_the_last_state_may_move_it(journal):
    journal.begin(begun(), b"bytes")
    moved, _ = step(begun(), Snapshotted(commit="c1"), at="2026-01-05T09:00:01Z")
    journal.record(begun(), moved)
    with pytest.raises(JournalConflictError, match=r"is no longer begun \(attempt 1\)"):
        journal.record(begun(), replace(moved, snapshot="c2"))
    assert journal.read(begun().key) == moved


def test_every_transition_is_in_the_history_with_who_and_when(journal):
    journal.begin(begun(), b"bytes")
    journal.begin(begun("other", model="other"), b"bytes")
    moved, _ = step(begun(), Snapshotted(commit="c1"), at="2026-01-05T09:00:01Z")
    journal.record(begun(), moved)
    lines = [(t.before, t.after, t.at, t.who) for t in journal.history("xsmom")]
    assert lines == [
        ("", "begun", "2026-01-05T09:00:00Z", "quant"),
        ("begun", "snapshotted", "2026-01-05T09:00:01Z", "quant"),
    ]


def test_promotions_are_listed_newest_first_and_by_model(journal):
    first, second = (
        begun("one", at="2026-01-05T09:00:00Z"),
        begun("two", model="b", at="2026-01-05T09:00:05Z"),
    )
    journal.begin(first, b"")
    journal.begin(second, b"")
    assert journal.promotions() == (second, first)
    assert journal.promotions("b") == (second,)
    assert [p.state for p in journal.promotions("nothing")] == []
    assert first.state == State.BEGUN
