"""A P&L that is earned by positions which its own sessions made is told, however it is written; its honest twin is left in peace."""

from __future__ import annotations

from functools import cache

import pytest

from fakes.leak_runs import cells_of, looked
from fakes.timed_strategies import HEAD, HONEST, STRATEGIES, Strategy, bars, spx
from nbcode.leaks import Look, Obstacle
from nbcode.leaks.timing import OwnSession
from nbcode.primitives import Diagnostic, Severity, Verdict

CODE = "NBC-E33"
BY_NAME = {one.name: one for one in STRATEGIES}


@cache
def look(text: str, signal: str = "positions") -> Look:
    return looked(cells_of(text), {"bars": bars(), "spx": spx()}, horizon=1, signal=signal)


def told(text: str, signal: str = "positions") -> list[Diagnostic]:
    return [one for one in look(text, signal).diagnostics if one.code == CODE]


@pytest.mark.parametrize("case", STRATEGIES, ids=lambda case: case.name)
def test_a_trade_before_its_signal_is_told(case: Strategy) -> None:
    (one,) = told(case.text(case.leak))
    assert one.severity is Severity.WARNING
    assert f"on {case.sessions:,} sessions" in one.message
    assert one.place is not None
    assert one.place.cell is not None
    assert "positions.shift(1)" in one.fixes[0].title
    assert look(case.text(case.leak)).ahead.verdict is Verdict.FOUND


@pytest.mark.parametrize("case", STRATEGIES, ids=lambda case: case.name)
def test_the_twin_that_trades_after_it_is_not(case: Strategy) -> None:
    assert told(case.text(case.twin)) == []


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_strategy_is_left_in_peace(name: str) -> None:
    assert told(HEAD + HONEST[name]) == []


@pytest.mark.parametrize("signal", ["", "positions"])
def test_positions_are_found_where_meta_does_not_name_them(signal: str) -> None:
    case = BY_NAME["a book scaled by its own day"]
    assert told(case.text(case.leak), signal)
    assert not told(case.text(case.twin), signal)


def test_positions_that_were_made_before_are_told_apart_by_running_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Control: without the second run every P&L of the session's own positions would be told."""
    monkeypatch.setattr(OwnSession, "_is_late", lambda _self, _match: True)
    text = HEAD + HONEST["shifted where it is made"]
    found = looked(cells_of(text), {"bars": bars(), "spx": spx()}, horizon=1, signal="positions")
    assert [one.code for one in found.diagnostics if one.code == CODE] == [CODE]


def test_cells_that_cannot_run_again_are_not_judged() -> None:
    """Control: the same leak, with no look at all."""
    case = BY_NAME["numpy arrays"]
    cells = cells_of(case.text(case.leak))
    no_look = Obstacle(cause="there is no time", fix="")
    found = looked(cells, {"bars": bars(), "spx": spx()}, horizon=1, signal="positions", no_look=no_look)
    assert found.ahead.verdict is Verdict.NOT_LOOKED_AT
    assert all(one.code != CODE for one in found.diagnostics)


def test_the_fix_that_is_told_ends_it() -> None:
    case = BY_NAME["no name for the money"]
    (one,) = told(case.text(case.leak))
    assert "`positions.shift(1) * ret`" in one.fixes[0].title
    assert told(case.text(".shift(1)")) == []
