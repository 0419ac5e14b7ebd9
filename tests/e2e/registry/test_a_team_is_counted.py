"""200 registrations of eight owners on a real server: what `nbcode adoption` and `nbcode audit` count of them is what the script says, number for number."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from acceptance.project import nbcode, trusted
from e2e.registry.servers import Server, serving_a_team
from fakes.clocks import ticking
from fakes.histories import BEGIN, OWNERS, Line, history, registration
from nbcode.promotion._lease import FileLeases
from nbcode.registry._process import RegistryProcess

LINES = history()
EDGE = BEGIN + timedelta(weeks=2)
UNTIL = "2027-01-01"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    place = tmp_path_factory.mktemp("server")
    with serving_a_team(place, accounts=False) as one:
        register(one, LINES, tmp_path_factory.mktemp("registering"))
        yield one


def register(server: Server, lines: Sequence[Line], place: Path) -> None:
    registry = RegistryProcess(
        place,
        exclusive=FileLeases(place / "locks", ticking()).acquire,
        environment=os.environ,
        uri=server.uri,
    )
    for line in lines:
        registry.register(registration(line, place / "artifact"))
    registry.close()


@pytest.fixture
def reader(server: Server, tmp_path: Path) -> Path:
    """A project of somebody who promoted nothing."""
    (tmp_path / "nbcode.toml").write_text(f'[registry]\nuri = "{server.uri}"\n')
    return trusted(tmp_path)


def told(folder: Path, *arguments: str) -> dict[str, Any]:
    ended = nbcode(folder, *arguments, "--json")
    assert ended.code == 0, ended.said
    return ended.json


def by_hand(lines: Sequence[Line]) -> dict[str, object]:
    """What is to be counted of ``lines``, from the script alone."""
    new = [line for line in lines if not line.line]
    paths = Counter(line.path for line in new)
    return {
        "versions": len(new),
        "notebook": paths["notebook"],
        "framework": paths["framework"],
        "notebook_share": round(paths["notebook"] / len(new), 4) if new else None,
        "refits": len(lines) - len(new),
        "models": len({line.model for line in new}),
        "promoters": len({line.who for line in new}),
        "owners": len({line.owner for line in new}),
    }


def counts(row: dict[str, Any]) -> dict[str, object]:
    return {name: row[name] for name in by_hand(LINES)}


def test_the_whole_each_week_and_each_owner_are_counted_as_the_script_has_them(reader: Path) -> None:
    found = told(reader, "adoption", "--until", UNTIL)
    assert counts(found["total"]) == by_hand(LINES)
    assert (found["total"]["versions"], found["total"]["refits"], found["total"]["owners"]) == (167, 33, 8)
    for week in found["weeks"]:
        year, number = week["week"].split("-W")
        begins = datetime.combine(date.fromisocalendar(int(year), int(number), 1), datetime.min.time(), UTC)
        theirs = [line for line in LINES if begins <= line.at < begins + timedelta(weeks=1)]
        assert counts(week) == by_hand(theirs), week["week"]
    assert sum(week["versions"] for week in found["weeks"]) == 167
    assert {row["owner"] for row in found["owners"]} == set(OWNERS)
    for row in found["owners"]:
        assert counts(row) == by_hand([line for line in LINES if line.owner == row["owner"]]), row["owner"]


def test_a_period_is_half_open_on_the_server_too(reader: Path) -> None:
    before = told(reader, "adoption", "--until", EDGE.date().isoformat())
    after = told(reader, "adoption", "--since", EDGE.date().isoformat(), "--until", UNTIL)
    assert counts(before["total"]) == by_hand([line for line in LINES if line.at < EDGE])
    assert counts(after["total"]) == by_hand([line for line in LINES if line.at >= EDGE])


def test_every_promote_and_refit_is_an_event_of_the_audit(reader: Path) -> None:
    found = told(reader, "audit", "--since", "2026-09-01", "--until", UNTIL)["events"]
    assert Counter(
        (one["act"], one["model"], one["line"], one["who"], one["owner"], one["path"]) for one in found
    ) == Counter(
        ("refitted" if line.line else "promoted", *(line.model, line.line, line.who, line.owner, line.path))
        for line in LINES
    )
    at = {(one["model"], one["line"], one["at"]) for one in found}
    assert len(at) == len(found) == 200
    assert {datetime.fromisoformat(one["at"]) for one in found} == {
        line.at.replace(microsecond=line.at.microsecond // 1000 * 1000) for line in LINES
    }
    numbers = Counter(one["model"] for one in found)
    assert {(one["model"], one["version"]) for one in found} == {
        (model, number) for model, count in numbers.items() for number in range(1, count + 1)
    }


def test_control_one_registration_more_is_seen_by_both(
    server: Server, reader: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The last of this file: it changes the server."""
    more = Line(900, "more", "team-more", "user_more", "framework", "", BEGIN + timedelta(days=1))
    register(server, [more], tmp_path_factory.mktemp("more"))
    found = told(reader, "adoption", "--until", UNTIL)
    assert counts(found["total"]) != by_hand(LINES)
    assert counts(found["total"]) == by_hand([*LINES, more])
    assert len(told(reader, "audit", "--since", "2026-09-01", "--until", UNTIL)["events"]) == 201
