"""Servers are asked beside the build; who is away is told, and who is silent is not waited for."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from nbcode.commands import knocking
from nbcode.commands.knocking import Knocks, asked_of_servers
from nbcode.configuration import Config, Server, Workspace
from nbcode.primitives import Diagnostic, NbcodeError


def away(code: str) -> None:
    raise NbcodeError([Diagnostic(code=code, message="does not answer")])


def test_every_server_that_is_away_is_told_at_once_in_the_order_of_asking() -> None:
    second_has_told = threading.Event()

    def first() -> None:
        second_has_told.wait()
        away("NBC-I28")

    def second() -> None:
        second_has_told.set()
        away("NBC-I29")

    with pytest.raises(NbcodeError, match="does not answer") as told:
        Knocks([first, lambda: None, second]).answered()
    assert [d.code for d in told.value.diagnostics] == ["NBC-I28", "NBC-I29"]
    Knocks([lambda: None]).answered()


def test_a_server_that_stays_silent_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knocking, "PATIENCE_S", 0.0)
    ever = threading.Event()
    Knocks([ever.wait]).answered()  # type: ignore[list-item]
    ever.set()


def test_what_is_no_answer_to_the_question_is_left_to_whoever_needs_the_server() -> None:
    def breaks() -> None:
        raise ValueError("what a library says")

    Knocks([breaks]).answered()


def test_where_the_store_has_everything_nobody_is_asked(tmp_path: Path) -> None:
    alone = Workspace(root=tmp_path, store=tmp_path / ".nbcode", config=Config())
    assert asked_of_servers(alone, lambda _: None) == ()
    shared = Workspace(
        root=tmp_path,
        store=tmp_path / ".nbcode",
        config=Config(),
        registry=Server(uri="http://127.0.0.1:9"),
        journal=Server(uri="postgresql://db/n"),
    )
    asked: list[Workspace] = []
    registry, journal = asked_of_servers(shared, asked.append)
    with pytest.raises(
        NbcodeError, match=r"NBC-I28 the registry at http://127\.0\.0\.1:9 does not answer"
    ) as told:
        registry()
    assert "`[registry] uri` in nbcode.toml" in str(told.value.diagnostics[0].fix_titles)
    journal()
    assert asked == [shared]
