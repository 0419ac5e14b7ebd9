"""Whatever holds the prices, a prediction has the bits that the plain long frame gives its date and symbol, or a code says why not."""

from __future__ import annotations

import ast
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alpha_bench import AlphaBenchError
from fakes.held_frames import FINDINGS, OWN, Held, by_key, outcome, shuffled, wide
from fakes.small_model import SESSIONS, model, rows

ALL = {**FINDINGS, **OWN}


@pytest.mark.parametrize("name", ALL)
def test_a_frame_is_predicted_to_the_bit_or_refused_with_its_code(name: str, tmp_path: Path) -> None:
    assert outcome(ALL[name], tmp_path, model()) == (ALL[name].code or "equal")


def test_the_table_holds_what_was_found_outside_and_as_much_again() -> None:
    assert len(FINDINGS) == 52
    assert len(OWN) >= 50


@pytest.mark.parametrize(
    "make", [lambda f: f.assign(close=f["close"] * (1 + 1e-12 * f.index)), lambda f: f.iloc[7:]]
)
def test_the_control_another_price_or_fewer_rows_are_seen(
    make: Callable[[pd.DataFrame], pd.DataFrame], tmp_path: Path
) -> None:
    assert outcome(Held(make=lambda f, _: make(f)), tmp_path, model()) in {"other values", "other keys"}


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


MENDED = (
    "texts with the day first",
    "texts YYYYMMDD",
    "texts with month names",
    "real numbers as dates",
    "nanoseconds as dates",
    "symbols with a blank at the end on some days",
    "symbols as texts of real numbers on some days",
    "MLflow's split with milliseconds",
    "MLflow's split with UTC",
    "capitals",
    "qlib",
    "yfinance",
)


@pytest.mark.parametrize("name", MENDED)
def test_the_fix_works_when_it_is_typed(name: str, tmp_path: Path) -> None:
    frame = OWN[name].make(rows().copy(), tmp_path)
    with pytest.raises(AlphaBenchError, match=f"^{OWN[name].code} ") as caught:
        model().predict(frame)
    if renaming := re.match(r"rename (\{.*?\})", caught.value.fix):
        level = 0 if frame.columns.nlevels == 2 else None
        frame = frame.rename(columns=ast.literal_eval(renaming[1]), level=level)
    else:
        code = caught.value.fix[caught.value.fix.index("frame[") :]
        exec(code, {"pandas": pd, "frame": frame})
    assert by_key(model().predict(frame)) == by_key_of_plain()


def by_key_of_plain() -> dict[tuple[str, str], Any]:
    return {
        key: pytest.approx(value, abs=0, rel=0, nan_ok=True)
        for key, value in by_key(model().predict(rows())).items()
    }


def test_a_mapping_of_one_row_and_a_path_say_what_to_give(tmp_path: Path) -> None:
    for name, fix in (("a dict of one row", "a list of such mappings"), ("a path", r"Panel\.of\(path\)")):
        with pytest.raises(AlphaBenchError, match=f"^R36 .*Fix: give .*{fix}"):
            model().predict(OWN[name].make(rows().copy(), tmp_path))


CONTAINERS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda f: f,
    "levels": lambda f: f.set_index(["symbol", "date"]),
    "polars": pl.from_pandas,
    "polars, lazy": lambda f: pl.from_pandas(f).lazy(),
    "Arrow": lambda f: pa.Table.from_pandas(f, preserve_index=False),
    "dict": lambda f: f.to_dict("list"),
    "records": lambda f: f.to_dict("records"),
    "wide": wide,
}


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    left_out=st.integers(0, 60),
    container=st.sampled_from(sorted(CONTAINERS)),
    as_of=st.one_of(st.none(), st.integers(15, SESSIONS - 1)),
)
def test_any_rows_in_any_container_and_order_have_the_bits_of_the_plain_frame(
    seed: int, left_out: int, container: str, as_of: int | None
) -> None:
    order = np.random.default_rng(seed).permutation(len(rows()))[left_out:]
    there = rows().iloc[order]
    day = None if as_of is None else rows()["date"].unique()[as_of]
    plain = there.sort_values(["date", "symbol"]).reset_index(drop=True)
    if day is None:
        wanted, found = by_key(model().predict(plain)), by_key(model().predict(CONTAINERS[container](there)))
        found = {key: found[key] for key in wanted}  # a wide frame has cells that no row has
        bits = [np.array([one[key] for key in wanted]).tobytes() for one in (wanted, found)]
        assert bits[0] == bits[1]
    else:
        assert answer(CONTAINERS[container](there), day) == answer(plain, day)


def answer(data: Any, day: object) -> str:
    """The predictions of a day as text, to the bit, or the code where no name has all that is needed."""
    try:
        found = model().predict(data, as_of=day)  # type: ignore[call-overload]
    except AlphaBenchError as error:
        return str(error.code)
    return str(found.assign(prediction=found["prediction"].map(float.hex)).to_csv())
