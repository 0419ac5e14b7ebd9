"""Who did what when: from what the registry holds, and from a journal for what never came there."""

from __future__ import annotations

import csv
import dataclasses
import io
from datetime import UTC, datetime, timedelta

import pytest

from fakes.histories import BEGIN, history, registration
from fakes.registries import FileRegistry
from nbcode.cli.render.audit import csv_text, render_audit
from nbcode.cli.terminal import Style
from nbcode.commands.adoption import promoted
from nbcode.commands.audit import Act, AuditResult, audit
from nbcode.primitives import digest_bytes
from nbcode.promotion import Promotion, State, Transition

LINES = history()[:12]
NOW = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
def registry(tmp_path) -> FileRegistry:
    made = FileRegistry(tmp_path / "registry.json")
    for line in LINES:
        made.register(registration(line, tmp_path / "artifact"))
    return made


class Written:
    """A journal that was written already."""

    def __init__(self, promotion: Promotion, *lines: Transition) -> None:
        self._promotion, self._lines = promotion, lines

    def promotions(self, model: str | None = None) -> tuple[Promotion, ...]:
        return (self._promotion,) if model in (None, self._promotion.model) else ()

    def history(self, model: str) -> tuple[Transition, ...]:
        return self._lines if model == self._promotion.model else ()


def promotion(number: int, version: int | None, state: State = State.DONE) -> Promotion:
    wanted = LINES[number]
    key = registration_key(number)
    return Promotion(
        key=key,
        model=wanted.model,
        spec_digest=key,
        definition_digest=key,
        platform="linux",
        notebook="n.ipynb",
        who="ann",
        begun_at="2026-10-01T08:00:00.000Z",
        updated_at="2026-10-01T09:00:00.000Z",
        project="/p",
        state=state,
        version=version,
    )


def registration_key(number: int):
    from nbcode.primitives import digest_bytes

    return digest_bytes(str(number).encode())


def audited(registered, journal=None, since=BEGIN, until=NOW) -> AuditResult:
    return audit(registered, journal, project="/p", registry="there", since=since, until=until)


def test_every_promote_and_refit_of_the_team_is_an_event(registry) -> None:
    found = audited(registry.registered())
    assert [(e.model, e.who, e.owner, e.path, e.line) for e in found.events] == [
        (one.model, one.who, one.owner, one.path, one.line) for one in LINES
    ]
    assert [e.act for e in found.events] == [Act.REFITTED if one.line else Act.PROMOTED for one in LINES]
    assert {e.known_from for e in found.events} == {"registry"}


def test_the_period_is_half_open(registry) -> None:
    at = datetime.fromisoformat(registry.registered()[0].versions[0].version.registered_at)
    every = registry.registered()
    inside = audited(every, since=at, until=at + timedelta(milliseconds=1)).events
    assert [e.at for e in inside] == [at]
    assert at not in [e.at for e in audited(every, until=at).events]


def test_an_adoption_is_an_event_with_whose_it_was(registry, tmp_path) -> None:
    taken = dataclasses.replace(
        registration(LINES[0]._replace(number=900, owner="new-team", who="eve"), tmp_path / "artifact"),
        adopt=True,
    )
    registry.register(taken)
    (event,) = [e for e in audited(registry.registered()).events if e.act is Act.ADOPTED]
    assert (event.who, event.outcome) == ("eve", f"it was {LINES[0].owner}'s")


def test_a_gap_in_the_numbers_is_told_without_a_time_whatever_the_period(registry) -> None:
    model = registry.registered()[0]
    moved = dataclasses.replace(
        model,
        versions=tuple(
            dataclasses.replace(
                one, version=dataclasses.replace(one.version, version=one.version.version + 1)
            )
            for one in model.versions
        ),
    )
    (event,) = audited((moved,), since=NOW - timedelta(days=1)).events
    assert (event.at, event.act, event.version) == (None, Act.DELETED, 1)
    assert audited((model,), since=NOW - timedelta(days=1)).events == ()


def test_what_failed_is_told_from_the_journal(registry) -> None:
    failed = promotion(0, None, State.FAILED)
    line = Transition(
        key=failed.key,
        attempt=1,
        before="submitted",
        after="failed",
        at="2026-10-01T09:00:00.000Z",
        who="ann",
        code="NBC-H20",
    )
    events = audited((), Written(failed, line)).events
    assert [(e.act, e.who, e.outcome, e.known_from) for e in events] == [
        (Act.FAILED, "ann", "NBC-H20 at submitted", "journal")
    ]


def test_a_candidate_moved_by_other_hands_is_told_and_one_that_nbcode_set_is_not(registry) -> None:
    model = registry.registered(LINES[0].model)[0]
    own = promotion(0, 1)
    aliased = Transition(
        key=own.key,
        attempt=1,
        before="registered",
        after="aliased",
        at="2026-10-01T09:00:00Z",
        who="ann",
        version=1,
    )
    there = dataclasses.replace(model, candidate=1)
    quiet = audited((there,), Written(own, aliased)).events
    assert Act.CANDIDATE in {e.act for e in quiet}
    assert Act.MOVED not in {e.act for e in quiet}
    nowhere = audited((dataclasses.replace(model, candidate=None),), Written(own, aliased)).events
    (moved,) = [e for e in nowhere if e.act is Act.MOVED]
    assert (moved.at, moved.outcome[:46]) == (None, "nbcode set it at version 1, it is nowhere now;")


def test_a_candidate_that_went_back_to_a_version_of_others_is_told(registry) -> None:
    """A colleague's promote has a later number; an earlier one was set by hand."""
    model = registry.registered(LINES[0].model)[0]
    one = model.versions[-1]
    theirs = dataclasses.replace(
        one, version=dataclasses.replace(one.version, key=digest_bytes(b"theirs"), version=1)
    )
    ours = dataclasses.replace(one, version=dataclasses.replace(one.version, version=2))
    own = promotion(0, 2)
    aliased = Transition(
        key=own.key,
        attempt=1,
        before="registered",
        after="aliased",
        at="2026-10-01T09:00:00Z",
        who="ann",
        version=2,
    )
    there = dataclasses.replace(model, versions=(ours, theirs), candidate=1)
    (moved,) = [e for e in audited((there,), Written(own, aliased)).events if e.act is Act.MOVED]
    assert moved.outcome.startswith("nbcode set it at version 2, it is at version 1 now")
    later = dataclasses.replace(theirs, version=dataclasses.replace(theirs.version, version=3))
    rightly = dataclasses.replace(model, versions=(later, ours), candidate=3)
    assert Act.MOVED not in {e.act for e in audited((rightly,), Written(own, aliased)).events}


def test_an_import_is_told_as_one_with_who_brought_it_and_when(registry) -> None:
    model = registry.registered(LINES[0].model)[0]
    one = model.versions[-1]
    version = dataclasses.replace(
        one.version,
        version=1,
        imported_from="http://there version 7",
        imported_at="2026-11-30T08:00:00.000Z",
        imported_by="bob",
    )
    there = dataclasses.replace(model, versions=(dataclasses.replace(one, version=version),))
    (event,) = audited((there,)).events
    assert (event.act, event.who, event.at) == (Act.IMPORTED, "bob", datetime(2026, 11, 30, 8, tzinfo=UTC))
    assert event.outcome == f"from http://there version 7, where {version.registered_by} promoted it"
    assert promoted((there,)) == ()


def test_what_was_collected_is_told_beside_its_promote(registry) -> None:
    model = registry.registered(LINES[0].model)[0]
    one = model.versions[-1]
    version = dataclasses.replace(
        one.version, version=1, collected_at="2026-11-30T08:00:00.000Z", collected_by="bob"
    )
    there = dataclasses.replace(model, versions=(dataclasses.replace(one, version=version),))
    first, second = audited((there,)).events
    assert (first.act, second.act, second.who) == (Act.PROMOTED, Act.COLLECTED, "bob")
    back = dataclasses.replace(
        version,
        collected_at="",
        collected_by="",
        collected_before="2026-11-29T08:00:00.000Z ann\n2026-11-30T08:00:00.000Z bob",
    )
    there = dataclasses.replace(model, versions=(dataclasses.replace(one, version=back),))
    told = [(e.who, e.outcome) for e in audited((there,)).events if e.act is Act.COLLECTED]
    assert told == [(who, "its files were removed to make room, and came back") for who in ("ann", "bob")]


def test_a_text_that_a_spreadsheet_would_compute_is_not_one(registry) -> None:
    model = registry.registered()[0]
    odd = dataclasses.replace(
        model,
        versions=tuple(
            dataclasses.replace(
                one, version=dataclasses.replace(one.version, registered_by='=HYPERLINK("x")')
            )
            for one in model.versions
        ),
    )
    found = audited((odd,))
    rows = list(csv.DictReader(io.StringIO(csv_text(found))))
    assert {row["who"] for row in rows} == {'\'=HYPERLINK("x")'}
    assert len(rows) == len(found.events) > 0
    assert max(map(len, render_audit(found, Style(width=80)).splitlines())) <= 80
