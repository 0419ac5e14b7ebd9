"""What is counted of a scripted history of 200 promotes by eight owners, held against a count that shares no code with it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from fakes.histories import BEGIN, OWNERS, Line, history, registration
from fakes.registries import FileRegistry
from nbcode.cli.render.adoption import render_adoption
from nbcode.cli.render.adoption_page import adoption_page, write_page
from nbcode.cli.terminal import Style
from nbcode.commands.adoption import AdoptionResult, adoption
from nbcode.primitives import NbcodeError
from nbcode.registry import RegisteredModel

NOW = datetime(2026, 12, 31, 12, tzinfo=UTC)
LINES = history()


@pytest.fixture(scope="module")
def registered(tmp_path_factory) -> tuple[RegisteredModel, ...]:
    directory = tmp_path_factory.mktemp("history")
    registry = FileRegistry(directory / "registry.json")
    for line in LINES:
        registry.register(registration(line, directory / "artifact"))
    return registry.registered()


def counted(registered, **period: datetime) -> AdoptionResult:
    return adoption(registered, registry="there", now=NOW, **period)


def by_hand(lines: tuple[Line, ...]) -> tuple[int, int, int, int, int, int]:
    """notebook, framework, refits, models, promoters, owners, by the script itself."""
    new = [line for line in lines if not line.line]
    paths = Counter(line.path for line in new)
    others = (len({getattr(line, name) for line in new}) for name in ("model", "who", "owner"))
    return (paths["notebook"], paths["framework"], len(lines) - len(new), *others)


def numbers(counts) -> tuple[int, int, int, int, int, int]:
    return dataclasses.astuple(counts)


def test_the_script_is_what_it_is_said_to_be() -> None:
    assert len(LINES) == 200
    assert {line.owner for line in LINES} == set(OWNERS)
    assert by_hand(LINES) == (120, 47, 33, 40, 11, 8)
    assert len({line.at.isocalendar()[:2] for line in LINES}) == 11


def test_all_numbers_are_those_of_the_script(registered) -> None:
    found = counted(registered)
    assert numbers(found.total) == by_hand(LINES)
    weeks = {week.name: week for week in found.weeks}
    for year, number in {line.at.isocalendar()[:2] for line in LINES}:
        theirs = tuple(line for line in LINES if line.at.isocalendar()[:2] == (year, number))
        week = weeks.pop(f"{year}-W{number:02d}")
        assert numbers(week.counts) == by_hand(theirs)
        assert week.begins.date() == date.fromisocalendar(year, number, 1)
    assert {numbers(week.counts) for week in weeks.values()} == {(0, 0, 0, 0, 0, 0)}, (
        "weeks without a promote"
    )
    assert len(found.weeks) == 14
    owners = {row.owner: row for row in found.owners}
    assert set(owners) == set(OWNERS)
    for owner, row in owners.items():
        theirs = tuple(line for line in LINES if line.owner == owner)
        assert numbers(row.counts) == by_hand(theirs)
        assert row.share == row.counts.versions / found.total.versions
        assert abs(row.latest - max(line.at for line in theirs)) < timedelta(milliseconds=1)
    assert [row.counts.versions for row in found.owners] == sorted(
        (row.counts.versions for row in found.owners), reverse=True
    )
    firsts = {line.model: line.at for line in reversed(LINES) if not line.line}
    assert [week.new_models for week in found.weeks] == [
        sum(week.begins <= at < week.ends for at in firsts.values()) for week in found.weeks
    ]


def test_a_week_and_a_period_are_half_open(registered) -> None:
    before, at = LINES[40], LINES[41]
    assert (before.at.isocalendar().week, at.at.isocalendar().week) == (41, 42)
    edge = BEGIN + timedelta(weeks=2)
    assert at.at == edge
    first, second = counted(registered, until=edge), counted(registered, since=edge)
    inside = tuple(line for line in LINES if line.at < edge)
    assert numbers(first.total) == by_hand(inside)
    assert numbers(second.total) == by_hand(tuple(line for line in LINES if line.at >= edge))
    assert first.total.versions + second.total.versions == counted(registered).total.versions
    assert before in inside
    middle = counted(registered, since=edge + timedelta(days=2), until=edge + timedelta(days=3))
    (week,) = middle.weeks
    assert (week.begins, week.ends) == (edge + timedelta(days=2), edge + timedelta(days=3))


def test_a_copy_by_mlflows_own_button_is_not_counted_again(registered) -> None:
    model = registered[0]
    one = model.versions[-1]
    copy = dataclasses.replace(
        one, version=dataclasses.replace(one.version, model="other", source=f"models:/{model.model}/1")
    )
    other = dataclasses.replace(model, model="other", versions=(copy,))
    assert counted((*registered, other)).total == counted(registered).total
    same = dataclasses.replace(copy, version=dataclasses.replace(copy.version, source="file:///a"))
    control = counted((*registered, dataclasses.replace(other, versions=(same,))))
    assert control.total != counted(registered).total


def test_control_one_promote_more_is_seen_in_every_number(registered) -> None:
    line = Line(200, "new", "team-new", "user_new", "framework", "", BEGIN + timedelta(days=1))
    assert by_hand((*LINES, line)) != by_hand(LINES)
    assert numbers(counted(registered).total) != by_hand((*LINES, line))


def test_where_nothing_was_promoted_that_is_said() -> None:
    found = counted(())
    assert "Nothing was promoted" in render_adoption(found, Style())
    assert found.to_json()["total"]["notebook_share"] is None
    assert "Nothing was promoted" in adoption_page(found)


def test_on_a_terminal_of_80_columns_every_line_fits_and_has_the_numbers(registered) -> None:
    text = render_adoption(counted(registered), Style(width=80))
    assert max(map(len, text.splitlines())) <= 80
    assert "167 versions of 40 models, by 11 promoters for 8 owners: 72% from notebooks (120)" in " ".join(
        text.split()
    )
    (week,) = (line.split() for line in text.splitlines() if line.startswith("2026-W41"))
    theirs = by_hand(tuple(line for line in LINES if line.at.isocalendar().week == 41))
    assert week[2:4] == [str(theirs[0]), str(theirs[1])]


def test_the_page_stands_alone_and_escapes_what_the_registry_says(registered, tmp_path) -> None:
    odd = dataclasses.replace(
        registered[0],
        owner="x",
        versions=tuple(
            dataclasses.replace(
                one, version=dataclasses.replace(one.version, owner="<script>alert(1)</script>")
            )
            for one in registered[0].versions
        ),
    )
    page = adoption_page(counted((odd, *registered[1:])))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not {"src=", "href=", "url(", "@import"} & set(page.split())
    assert "default-src &#x27;none&#x27;" in page
    assert page.count("<svg") == 2
    to = tmp_path / "adoption.html"
    write_page(page, to)
    write_page(page, to)
    assert to.read_text() == page
    to.write_text("another file")
    with pytest.raises(NbcodeError, match=r"NBC-X08 adoption\.html is there"):
        write_page(page, to)


def test_a_model_of_which_only_a_refit_is_left_is_no_new_model(registered) -> None:
    """Its first version was deleted."""
    line = next(one for one in LINES if one.line)
    model = next(one for one in registered if one.model == line.model)
    left = tuple(one for one in model.versions if one.version.line)
    found = counted((dataclasses.replace(model, versions=left),))
    assert (
        sum(week.new_models for week in found.weeks) == sum(week.counts.models for week in found.weeks) == 0
    )
