"""What is odd about the new sessions of prices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nbcode.configuration import TableLayout
from nbcode.inputs import PinnedInput, Role, session_problems
from nbcode.primitives import digest_path

DAYS = pd.bdate_range("2024-01-01", periods=60)
LAST, SINCE = DAYS[-1].date().isoformat(), DAYS[-2].date().isoformat()


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


def problems(
    table: pd.DataFrame, path: Path, since: str | None = SINCE, layout: TableLayout | None = None
) -> list[tuple[str, str]]:
    table.to_csv(path, index=False) if path.suffix == ".csv" else table.to_parquet(path)
    pinned = PinnedInput(
        name="p", role=Role.PRICES, uri="", path=path, digest=digest_path(path), size_bytes=1, schema=(), layout=layout
    )  # fmt: skip
    return [(key, text.split("`")[1]) for key, text, _ in session_problems(pinned, since, 5.0, 0.1)]


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


def test_values_and_names_that_are_missing_are_told(path: Path) -> None:
    table = market()
    some = (table.date == DAYS[-1].date()) & table.symbol.lt("N10")
    assert problems(table.assign(close=table.close.mask(some)), path) == [("missing", "close")]
    assert problems(table[~some], path) == [("missing", "close"), ("missing", "volume")]


def test_a_few_missing_values_are_ordinary(path: Path) -> None:
    table = market()
    few = (table.date == DAYS[-1].date()) & table.symbol.lt("N03")
    assert problems(table.assign(close=table.close.mask(few)), path) == []


def test_only_the_sessions_since_the_last_fit_are_looked_at(path: Path) -> None:
    table = market()
    table.loc[table.date == DAYS[-3].date(), "close"] *= 100
    assert problems(table, path) == []
    assert problems(table, path, since=DAYS[-4].date().isoformat()) == [("field_level", "close")]


def test_wide_prices_are_not_looked_at(path: Path) -> None:
    table = market()
    table.loc[table.date == DAYS[-1].date(), "close"] *= 100
    assert problems(table, path, layout=TableLayout(field="close")) == []
