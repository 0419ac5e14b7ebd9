"""What is odd about the new sessions of prices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nbcode.configuration import TableLayout
from nbcode.inputs import PinnedInput, Role, SessionLimits, session_problems
from nbcode.primitives import digest_path

DAYS = pd.bdate_range("2024-01-01", periods=60)
LAST = DAYS[-1].date().isoformat()


LIMITS = SessionLimits(level=5.0, missing=0.1, ranks=0.5)


def market() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    close = 50 * np.cumprod(1 + rng.normal(0, 0.02, (len(DAYS), 40)), axis=0)
    rows = {
        "date": np.repeat(DAYS.date, 40),
        "symbol": [f"N{n:02}" for n in range(40)] * len(DAYS),
        "close": close.ravel(),
        "volume": rng.integers(1000, 9000, close.size),
    }
    return pd.DataFrame(rows)


def pinned(table: pd.DataFrame, path: Path, layout: TableLayout | None = None) -> PinnedInput:
    if path.suffix == ".csv":
        table.to_csv(path, index=table.index.name is not None)
    else:
        table.to_parquet(path)
    return PinnedInput(
        name="p", role=Role.PRICES, uri="", path=path, digest=digest_path(path), size_bytes=1, schema=(), layout=layout
    )  # fmt: skip


def problems(
    table: pd.DataFrame,
    path: Path,
    was: pd.DataFrame | None = None,
    layout: TableLayout | None = None,
    since: str | None = None,
) -> list[tuple[str, str]]:
    """By the limit: what is told of ``table``, where the fit before had ``was``."""
    before = None if was is None else pinned(was, path.with_stem("before"), layout)
    found = session_problems(pinned(table, path, layout), before, since, LIMITS)
    return [(key, text.split("`")[1]) for key, text, _ in found]


def until(table: pd.DataFrame, number: int) -> pd.DataFrame:
    return table[table.date <= DAYS[number].date()]


def wrong_on(table: pd.DataFrame, number: int, factor: float = 100.0) -> pd.DataFrame:
    return table.assign(close=table.close.where(table.date != DAYS[number].date(), table.close * factor))


@pytest.fixture(params=["parquet", "csv"])
def path(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return tmp_path / f"prices.{request.param}"


def test_an_ordinary_session_is_not_odd(path: Path) -> None:
    assert problems(market(), path) == []


def test_a_field_at_another_level_is_told(path: Path) -> None:
    table = market()
    today = table.date == DAYS[-1].date()
    for column, factor in (("close", 100.0), ("volume", 0.01)):
        wrong = table.astype({column: float})
        wrong.loc[today, column] *= factor
        assert problems(wrong, path) == [("field_level", column)]


def mixed_up(table: pd.DataFrame, number: int, column: str = "close") -> pd.DataFrame:
    """On that session each name has the value of another: all medians stay."""
    today = table.date == DAYS[number].date()
    made = table.copy()
    made.loc[today, column] = np.random.default_rng(4).permutation(table.loc[today, column])
    return made


def test_values_of_other_names_are_told(path: Path) -> None:
    table = market()
    assert problems(mixed_up(table, -1), path) == [("field_ranks", "close")]
    assert problems(mixed_up(table, -1), path, was=until(table, -2)) == [("field_ranks", "close")]
    assert problems(mixed_up(table, 30), path, was=table) == [("field_ranks", "close")]


def test_a_field_that_never_ranks_its_names_alike_is_not_held_to_it(path: Path) -> None:
    """The volume of this market is drawn anew each day. And: the session after one that was accepted is no fault of its own."""
    table = market()
    assert problems(mixed_up(table, -1, "volume"), path, was=until(table, -2)) == []
    accepted = mixed_up(table, -2)
    assert problems(accepted, path, was=until(accepted, -2)) == []


def test_values_of_other_names_that_were_accepted_are_not_told_again(path: Path) -> None:
    """One price of that day is restated. Control: where the fit before had that day right it is told."""
    accepted = mixed_up(market(), -3)
    one = (accepted.date == DAYS[-3].date()) & (accepted.symbol == "N05")
    restated = accepted.assign(close=accepted.close.where(~one, accepted.close * 1.01))
    assert problems(restated, path, was=accepted) == []
    assert problems(restated, path, was=market()) == [("field_ranks", "close")]


def test_values_and_names_that_are_missing_are_told(path: Path) -> None:
    table = market()
    some = (table.date == DAYS[-1].date()) & table.symbol.lt("N10")
    assert problems(table.assign(close=table.close.mask(some)), path) == [("missing", "close")]
    assert problems(table[~some], path) == [("missing", "close"), ("missing", "volume")]


def test_a_few_missing_values_are_ordinary(path: Path) -> None:
    table = market()
    few = (table.date == DAYS[-1].date()) & table.symbol.lt("N03")
    assert problems(table.assign(close=table.close.mask(few)), path) == []


@pytest.mark.parametrize("number", [0, 1, 19, 30, 58])
def test_a_session_that_was_delivered_again_with_other_values_is_held(path: Path, number: int) -> None:
    table = market()
    assert problems(wrong_on(table, number), path, was=table) == [("field_level", "close")]
    assert problems(wrong_on(table, number), path, was=until(table, -2)) == [("field_level", "close")]


@pytest.mark.parametrize("spoilt", ["half of the names", "closes", "negative", "gone"])
def test_the_last_day_again_is_held_as_a_new_one_is(path: Path, spoilt: str) -> None:
    table = market()
    today = table.date == DAYS[-1].date()
    again, told = {
        "half of the names": (table[~(today & table.symbol.gt("N19"))], [("missing", "close"), ("missing", "volume")]),
        "closes": (table.assign(close=table.close.mask(today & (table.index % 3 == 0))), [("missing", "close")]),
        "negative": (wrong_on(table, -1, -1.0), [("field_level", "close"), ("field_ranks", "close")]),
        "gone": (table[table.date != DAYS[-3].date()], [("missing", "close"), ("missing", "volume")]),
    }[spoilt]  # fmt: skip
    assert problems(again, path, was=table) == told


def test_what_the_fit_before_had_so_is_not_held(path: Path) -> None:
    table = wrong_on(market(), -3)
    assert problems(table, path, was=until(table, -2)) == []
    assert problems(table.sample(frac=1, random_state=3), path, was=table) == []  # in another order


def test_what_was_beyond_a_limit_and_was_accepted_is_not_told_again(path: Path) -> None:
    """One price of that day is restated, which makes its session another: its level is what it was."""
    table = wrong_on(market(), -3)
    restated = table.assign(
        close=table.close.where((table.symbol != "N05") | (table.date > DAYS[-2].date()), table.close / 2)
    )
    assert problems(restated, path, was=table) == []


def test_a_correction_of_a_wrong_day_is_right(path: Path) -> None:
    assert problems(market(), path, was=wrong_on(market(), -1)) == []


def test_all_sessions_at_another_level_are_told_once_a_field(path: Path) -> None:
    table = market()
    rows = pinned(table.assign(close=table.close * 100), path)
    before = pinned(table, path.with_stem("before"))
    ((_, said, _),) = session_problems(rows, before, None, LIMITS)
    assert f"on {len(DAYS) - 1} more, the first {DAYS[0].date()}" in said


def test_a_field_that_is_gone_is_missing(path: Path) -> None:
    table = market()
    assert problems(table.drop(columns="volume"), path, was=table) == [("missing", "volume")]
    assert problems(table, path, was=table.drop(columns="volume")) == []


def test_a_long_pause_is_held_whole(path: Path) -> None:
    table = wrong_on(market(), 25)
    assert problems(table, path, was=until(market(), 22)) == [("field_level", "close")]
    assert problems(table, path, since=DAYS[22].date().isoformat()) == [("field_level", "close")]


def test_where_the_rows_before_are_not_known_the_last_sessions_are_held(path: Path) -> None:
    table = market()
    assert problems(wrong_on(table, -3), path) == [("field_level", "close")]
    assert problems(wrong_on(table, -3), path, since=LAST) == [("field_level", "close")]


def test_a_window_that_rolls_loses_its_first_days(path: Path) -> None:
    table = market()
    assert problems(table[table.date >= DAYS[5].date()], path, was=until(table, -2)) == []


def test_a_field_that_is_not_above_zero_has_no_level(path: Path) -> None:
    table = market()
    rng = np.random.default_rng(1)
    returns = table.assign(ret=rng.normal(0, 0.02, len(table)) + (table.date == DAYS[-1].date()) * 0.1)
    assert problems(returns, path, was=until(returns, -2)) == []


@pytest.mark.parametrize(
    "layout", [TableLayout(field="close"), TableLayout(levels="field, symbol")], ids=["field", "levels"]
)
def test_wide_prices_are_held_as_long_ones_are(path: Path, layout: TableLayout) -> None:
    def wide(table: pd.DataFrame) -> pd.DataFrame:
        found = table.pivot_table(index="date", columns="symbol", values="close")
        if layout.levels:
            pairs = pd.MultiIndex.from_product([["close"], found.columns])
            found.columns = pairs if path.suffix == ".csv" else pd.Index([str(pair) for pair in pairs])
        return found

    def told(table: pd.DataFrame, was: pd.DataFrame) -> list[tuple[str, str]]:
        return problems(wide(table), path, was=wide(was), layout=layout)

    table = market()
    assert told(table, until(table, -2)) == []
    assert told(wrong_on(table, -1), table) == [("field_level", "close")]
    some = table.close.mask((table.date == DAYS[-1].date()) & table.symbol.lt("N10"))
    assert told(table.assign(close=some), until(table, -2)) == [("missing", "close")]
