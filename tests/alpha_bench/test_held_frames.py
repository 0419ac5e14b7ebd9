"""Whatever holds the prices, a prediction has the bits that the plain long frame gives its date and symbol, or a code says why not."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alpha_bench import AlphaBenchError
from alpha_bench.fitting.predictions import Predictions
from fakes.held_frames import FINDINGS, OWN, Held, shuffled, wide
from fakes.small_model import model, rows

ALL = {**FINDINGS, **OWN}


def by_key(out: Any) -> dict[tuple[str, str], float]:
    """The prediction of each day and name, of a series or of a wide frame."""
    if isinstance(out, Predictions):
        table = out.table()
        days = table["date"].dt.strftime("%Y-%m-%d")
        return dict(zip(zip(days, table["symbol"], strict=True), table["prediction"], strict=True))
    days = [str(d)[:10] for d in out.index]
    return {
        (day, str(name)): value
        for day, line in zip(days, out.to_numpy(), strict=True)
        for name, value in zip(out.columns, line, strict=True)
    }


def outcome(held: Held, folder: Path) -> str:
    """``equal``, the code of the refusal, or what is wrong."""
    try:
        out = model().predict(held.make(rows().copy(), folder))
    except AlphaBenchError as error:
        return error.code if error.fix else "no fix"
    wanted, found = by_key(model().predict(held.plain(rows().copy()))), by_key(out)
    if set(wanted) != set(found):
        return "other keys"
    bits = [np.array([one[key] for key in sorted(wanted)]).tobytes() for one in (wanted, found)]
    return "equal" if bits[0] == bits[1] else "other values"


@pytest.mark.parametrize("name", ALL)
def test_a_frame_is_predicted_to_the_bit_or_refused_with_its_code(name: str, tmp_path: Path) -> None:
    assert outcome(ALL[name], tmp_path) == (ALL[name].code or "equal")


def test_the_table_holds_what_was_found_outside_and_as_much_again() -> None:
    assert len(FINDINGS) == 52
    assert len(OWN) >= 50


@pytest.mark.parametrize(
    "make", [lambda f: f.assign(close=f["close"] * (1 + 1e-12 * f.index)), lambda f: f.iloc[7:]]
)
def test_the_control_another_price_or_fewer_rows_are_seen(
    make: Callable[[pd.DataFrame], pd.DataFrame], tmp_path: Path
) -> None:
    assert outcome(Held(make=lambda f, _: make(f)), tmp_path) in {"other values", "other keys"}


@pytest.mark.parametrize("name", [name for name, held in ALL.items() if not held.code])
def test_a_long_pandas_frame_gets_its_predictions_on_its_own_index(name: str, tmp_path: Path) -> None:
    frame = ALL[name].make(rows().copy(), tmp_path)
    if not isinstance(frame, pd.DataFrame) or frame.columns.nlevels == 2:
        return  # the tests after this one
    out = model().predict(frame)
    assert out.name == "prediction"
    assert out.index.equals(frame.index)
    table = out.table()  # type: ignore[union-attr, operator]
    assert list(table.columns) == ["date", "symbol", "prediction", "in_sample"]
    assert table["prediction"].to_numpy().tobytes() == out.to_numpy().tobytes()


@pytest.mark.parametrize(
    "name", ["polars", "polars, lazy", "an Arrow table", "a dict of columns", "a list of dicts"]
)
def test_what_has_no_index_gets_one_of_date_and_symbol_in_the_order_of_its_rows(
    name: str, tmp_path: Path
) -> None:
    out = model().predict(ALL[name].make(shuffled(rows()), tmp_path))
    wanted = shuffled(rows())
    assert out.index.names == ["date", "symbol"]
    assert list(out.index.get_level_values("date")) == list(wanted["date"])
    assert list(out.index.get_level_values("symbol")) == list(wanted["symbol"])


def test_wide_frames_get_a_wide_frame_as_they_are() -> None:
    close = wide(rows())["close"].iloc[::-1, ::-1].tz_localize("Asia/Tokyo")
    volume = wide(rows())["volume"].iloc[::-1, ::-1].tz_localize("Asia/Tokyo")
    out = model().predict({"close": close, "volume": volume})
    assert out.index.equals(close.index)
    assert out.columns.equals(close.columns)  # type: ignore[union-attr]


def test_a_result_that_is_computed_on_is_a_plain_series_and_pickles_whole() -> None:
    out = model().predict(rows())
    assert type(out * 2) is pd.Series
    again = pickle.loads(pickle.dumps(out))
    assert again.table().equals(out.table())  # type: ignore[union-attr, operator]
