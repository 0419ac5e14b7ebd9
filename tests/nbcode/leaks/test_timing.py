"""A P&L that is earned by positions which its own sessions made is told, however it is written; its honest twin is left in peace."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from fakes.leak_runs import cells_of, looked
from fakes.timed_strategies import HEAD, HONEST, STRATEGIES, Strategy, bars, spx
from nbcode.leaks import Look, Obstacle
from nbcode.leaks.positions.timing import OwnSession
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
    assert ".shift(1) * ret`" in one.fixes[0].title
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


MOVES = """# %% [meta]
# id: moves
# kind: signal
# horizon: 1d
# owner: desk
# inputs:
#   moves: moves.csv
# signal: positions
# %% [features]
import numpy as np
wide = inputs["moves"].pivot(index="day", columns="ticker", values=["move", "score"])
move, score = wide["move"], wide["score"]
# %% [model]
positions = np.sign(HERE)
# %% [eval]
pnl = (positions * move).mean(axis=1)
report = {"sharpe": float(pnl.mean() / pnl.std())}
"""


def moves() -> pd.DataFrame:
    """A column of moves that does not say whether they are those of its session or of the one after."""
    rng = np.random.default_rng(8)
    table = bars(120, 6)[["day", "ticker"]]
    return table.assign(move=rng.normal(0, 0.01, len(table)), score=rng.normal(size=len(table)))


@pytest.mark.parametrize(
    ("made", "leaks"),
    [("move.rolling(3).mean()", True), ("move.shift(1).rolling(3).mean()", False), ("score", False)],
)
def test_a_column_of_returns_may_be_of_the_next_session(made: str, leaks: bool) -> None:
    cells = cells_of(MOVES.replace("HERE", made))
    found = looked(cells, {"moves": moves()}, horizon=1, signal="positions")
    assert [one.code for one in found.diagnostics if one.code == CODE] == [CODE] * leaks


def test_positions_that_are_drawn_without_a_seed_are_no_finding() -> None:
    text = """
positions = pd.DataFrame(np.random.default_rng().normal(size=c.shape), c.index, c.columns)
# %% [eval]
pnl = (positions * r).mean(axis=1)
report = {"sharpe": sharpe(pnl)}
"""
    assert told(HEAD + text) == []
    assert told(
        HEAD + text.replace(".default_rng().normal(size=c.shape)", ".default_rng(1).normal(size=c.shape) * r")
    )


@pytest.mark.parametrize(("held", "leaks"), [("positions", True), ("positions.shift(1)", False)])
def test_a_figure_of_meta_is_made_of_a_p_and_l_too(held: str, leaks: bool) -> None:
    text = HEAD + f"positions = np.sign(mom)\n# %% [eval]\npnl = ({held} * r).mean(axis=1)\n"
    inputs = {"bars": bars(), "spx": spx()}
    for figures in ((), ("sharpe(pnl)",)):
        found = looked(cells_of(text), inputs, horizon=1, signal="positions", figures=figures)
        codes = [one.code for one in found.diagnostics if one.code == CODE]
        assert codes == [CODE] * (leaks and bool(figures))


@pytest.mark.parametrize(("known", "leaks"), [("early", False), ("close", True)])
def test_what_is_known_at_the_open_is_known_in_time(known: str, leaks: bool) -> None:
    """A price from before the open is no open by its name, but it is near to it."""
    table = bars()
    table["early"] = table["open"] * np.exp(np.random.default_rng(5).normal(0, 0.001, len(table)))
    text = (
        HEAD
        + f"""
early = bars.pivot(index="day", columns="ticker", values="{known}")
positions = -np.sign(early / c.shift(1) - 1)
# %% [eval]
pnl = (positions * (c / o - 1)).mean(axis=1)
report = {{"sharpe": sharpe(pnl)}}
"""
    )
    found = looked(cells_of(text), {"bars": table, "spx": spx()}, horizon=1, signal="positions")
    assert [one.code for one in found.diagnostics if one.code == CODE] == [CODE] * leaks
