"""Predictions of one day, and what is said of rows that have none and of days that trained the model."""

from __future__ import annotations

import datetime as dt
import json
import pickle
import warnings
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

from alpha_bench import (
    AlphaBenchError,
    InSampleWarning,
    MissingPredictionsWarning,
    Panel,
    PredictionWarning,
    Ridge,
    cs,
    data,
    features,
    fwd_ret,
    group,
    open_cache,
)
from alpha_bench.fitting.fitted_model import fit_final, load_fitted
from alpha_bench.fitting.predictions import Predictions
from fakes.held_frames import FINDINGS, OWN, at_row, levels, wide
from fakes.small_model import LOOKBACK, NAMES, SESSIONS, model, rows

DAYS = rows()["date"].unique()
"""Working days from 2024-01-02 to 2024-02-26."""
LAST = DAYS[-1].date()


def on(frame: pd.DataFrame, day: object) -> pd.DataFrame:
    return frame[frame["date"] == day]


def wanted(day: object) -> np.ndarray:
    """The predictions of one session of the plain frame, by symbol."""
    table = model().predict(rows()).table()  # type: ignore[union-attr, operator]
    return on(table, day).sort_values("symbol")["prediction"].to_numpy()


HOLD_ALL = {
    name: held
    for name, held in {**FINDINGS, **OWN}.items()
    if not held.code and held.plain(rows()) is not None and held.plain(rows()).equals(rows())
}


@pytest.mark.parametrize("name", HOLD_ALL)
def test_one_day_has_the_bits_of_that_day_whatever_holds_the_prices(name: str, tmp_path: Path) -> None:
    day = DAYS[30]
    out = model().predict(HOLD_ALL[name].make(rows().copy(), tmp_path), as_of=day)
    assert list(out.columns) == ["date", "symbol", "prediction"]
    assert (out["date"] == day).all()
    assert sorted(out["symbol"]) == sorted(set(rows()["symbol"]))
    found = out.sort_values("symbol")["prediction"].to_numpy()
    assert found.tobytes() == wanted(day).tobytes()


AFTER: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "infinite prices": lambda f: f.assign(close=np.inf),
    "other prices": lambda f: f.assign(close=f["close"] * 3),
    "rows twice": lambda f: pd.concat([f, f]),
    "other names": lambda f: f.assign(symbol="x" + f["symbol"]),
}


@pytest.mark.parametrize("kind", AFTER)
def test_what_comes_after_the_day_is_not_read(kind: str) -> None:
    day = DAYS[30]
    before, after = rows()[rows()["date"] <= day], rows()[rows()["date"] > day]
    out = model().predict(pd.concat([before, AFTER[kind](after)]), as_of=day)
    assert out.equals(model().predict(before, as_of=day))
    if kind == "infinite prices":
        held = {n: pd.concat([w[w.index <= day], w[w.index > day] * np.inf]) for n, w in wide(rows()).items()}
        assert model().predict(held, as_of=day).equals(out)


def test_a_panel_is_asked_for_a_day_too() -> None:
    out = model().predict(Panel.from_frame(rows()), as_of=DAYS[30])
    assert out["prediction"].to_numpy().tobytes() == wanted(DAYS[30]).tobytes()


@settings(max_examples=30, deadline=None)
@given(at=st.integers(LOOKBACK, SESSIONS - 1), start=st.integers(0, SESSIONS - 1 - LOOKBACK))
def test_history_before_the_look_back_changes_no_bit(at: int, start: int) -> None:
    first = min(start, at - LOOKBACK)
    held = rows()[(rows()["date"] >= DAYS[first]) & (rows()["date"] <= DAYS[at])]
    out = model().predict(held, as_of=DAYS[at])
    assert out["prediction"].to_numpy().tobytes() == wanted(DAYS[at]).tobytes()


@pytest.mark.parametrize(
    "as_of",
    [
        "2024-02-26",
        "2024-02-26T00:00:00",
        dt.date(2024, 2, 26),
        pd.Timestamp("2024-02-26"),
        pd.Timestamp("2024-02-26", tz="Asia/Tokyo"),
        np.datetime64("2024-02-26"),
    ],
)
def test_a_day_is_named_in_any_way_that_says_one(as_of: object) -> None:
    assert (model().predict(rows(), as_of=as_of)["date"] == DAYS[-1]).all()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "as_of", ["26.02.2024", "yesterday", "2024-02-26 16:00", 20240226, pd.NaT, np.datetime64("NaT"), True]
)
def test_what_says_no_day_is_refused(as_of: object) -> None:
    with pytest.raises(AlphaBenchError, match=r"^R01 as_of is .* one day is needed"):
        model().predict(rows(), as_of=as_of)  # type: ignore[arg-type]


def test_a_weekend_is_answered_by_its_friday_and_a_gap_in_the_data_by_the_session_before() -> None:
    friday = DAYS[8]
    assert friday.day_name() == "Friday"
    held = rows()[rows()["date"] <= friday]
    for data_, day in ((held, friday + pd.Timedelta(days=2)), (rows(), friday + pd.Timedelta(days=1))):
        with pytest.raises(
            AlphaBenchError, match=r"^R64 "
        ):  # the ninth session is too early for a prediction
            model().predict(data_, as_of=day)
    friday = DAYS[18]
    out = model().predict(rows()[rows()["date"] <= friday], as_of=friday + pd.Timedelta(days=2))
    assert (out["date"] == friday).all()
    gone = rows()[rows()["date"] != DAYS[20]]
    assert (model().predict(gone, as_of=DAYS[20])["date"] == DAYS[19]).all()


@pytest.mark.parametrize(
    ("cut", "as_of", "says"),
    [
        (lambda f: f, "2024-02-27", "the data end on 2024-02-26"),
        (lambda f: f, "2024-03-02", "the data end on 2024-02-26"),  # a Saturday, five days late
        (lambda f: f, "2024-01-01", "the data begin on 2024-01-02"),
        (wide, "2024-02-27", "the data end on 2024-02-26"),
        (Panel.from_frame, "2024-02-27", "the data end on 2024-02-26"),
        (  # a market without weekends: a Sunday that is not there is late
            lambda f: f.assign(
                date=f["date"].map(
                    dict(zip(DAYS, pd.date_range("2024-01-02", periods=SESSIONS), strict=True))
                )
            ).query("date <= '2024-02-03'"),
            "2024-02-04",
            "the data end on 2024-02-03",
        ),
    ],
)
def test_data_that_do_not_reach_the_day_are_refused_with_a_fix_that_works(
    cut: Callable[[pd.DataFrame], Any], as_of: str, says: str
) -> None:
    with pytest.raises(AlphaBenchError, match=f"^R66 as_of is {as_of}, and {says}") as caught:
        model().predict(cut(rows()), as_of=as_of)
    if "last" in caught.value.context:
        assert f'as_of="{caught.value.context["last"]}"' in caught.value.fix
        assert len(model().predict(cut(rows()), as_of=str(caught.value.context["last"]))) == NAMES


@pytest.mark.parametrize("form", [lambda f: f, wide, Panel.from_frame], ids=["long", "wide", "panel"])
def test_a_session_with_rows_and_no_value_is_late_and_not_without_history(
    form: Callable[[pd.DataFrame], Any],
) -> None:
    """Vendors put the day's rows there before its prices. Control: one price of it, and the others are told of."""
    announced = rows().copy()
    fields = announced.columns.difference(["date", "symbol"])
    announced.loc[announced["date"] == DAYS[-1], fields] = float("nan")
    with pytest.raises(
        AlphaBenchError, match=r"^R66 as_of is 2024-02-26, and the data have no value on that session"
    ) as caught:
        model().predict(form(announced), as_of="2024-02-26")
    assert caught.value.context["last"] == "2024-02-23"
    assert len(model().predict(form(announced), as_of="2024-02-23")) == NAMES
    one = rows().copy()
    one.loc[(one["date"] == DAYS[-1]) & (one["symbol"] != one["symbol"].iloc[0]), fields] = float("nan")
    found = model().predict(form(one), as_of="2024-02-26")
    assert found["prediction"].notna().sum() == 1


def test_features_know_no_days() -> None:
    columns = [str(f) for f in model().definition.features]
    with pytest.raises(AlphaBenchError, match=r"^R36 as_of= needs a panel"):
        model().predict(pd.DataFrame(0.5, index=range(3), columns=columns), as_of="2024-02-26")


# -- rows without a prediction ----------------------------------------------------------------------------------------


def said(call: Callable[[], Any]) -> dict[str, PredictionWarning]:
    """The warnings of a call, by code."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        call()
    return {w.message.code: w.message for w in found if isinstance(w.message, PredictionWarning)}


def plain_model() -> Any:
    """Without a universe and without a cross-section."""
    return fit_final(Ridge().fit(X=[features.ret(LOOKBACK)], y=fwd_ret(2)), Panel.from_frame(rows()))


@pytest.mark.parametrize(
    "held", [lambda f: f, levels, wide, pa.Table.from_pandas, pl.from_pandas, lambda f: f.to_dict("records")]
)
def test_data_without_a_row_is_refused_by_its_code(held: Callable[[pd.DataFrame], Any]) -> None:
    with pytest.raises(AlphaBenchError, match=r"^(E13|R64|R36) "):
        plain_model().predict(held(rows().iloc[:0]))


@pytest.mark.parametrize("held", [lambda f: f, wide, levels, Panel.from_frame, lambda f: f.to_dict("list")])
def test_rows_before_the_look_back_are_named(held: Callable[[pd.DataFrame], Any]) -> None:
    found = said(lambda: plain_model().predict(held(rows())))["R67"]
    count = LOOKBACK * NAMES
    assert isinstance(found, MissingPredictionsWarning)
    assert found.message.startswith(
        f"{count} of {len(rows())} rows have no prediction: {count} rows of {NAMES} names"
    )
    assert "10 sessions, 2024-01-02 to 2024-01-15: the model looks back 10 sessions" in found.message
    assert found.fix == "give 10 sessions before the first one that is wanted"
    assert found.context["rows"] == count
    assert found.context["sessions"] == [str(d.date()) for d in DAYS[:LOOKBACK]]
    assert found.context["names"] == sorted(set(rows()["symbol"]))


def test_a_name_that_lacks_a_value_is_named_and_one_outside_of_the_universe_is_not() -> None:
    held = at_row(30 * NAMES + 2, close=np.nan)(rows())
    found = said(lambda: plain_model().predict(held, as_of=DAYS[30]))["R67"]
    assert found.context["names"] == [rows()["symbol"].iloc[2]]
    assert (
        "1 row of 1 name (25) on 1 session, 2024-02-13: a value that a feature needs is missing"
        in found.message
    )
    assert found.fix.startswith("look at the last 11 sessions of these names")
    quiet = on(rows(), DAYS[30])["volume"].idxmin()
    held = at_row(int(quiet), volume=1.0)(rows())  # outside of the universe: volume of 2,000 or less
    out = model().predict(held, as_of=DAYS[30])
    assert out["prediction"].isna().any()
    assert "R67" not in said(lambda: model().predict(held, as_of=DAYS[30]))


def test_names_that_have_left_are_named_for_the_length_of_the_look_back() -> None:
    gone = rows()["symbol"].iloc[3]
    held = rows()[(rows()["symbol"] != gone) | (rows()["date"] < DAYS[25])]
    found = said(lambda: plain_model().predict(held, as_of=DAYS[30]))["R67"]
    assert found.context["absent"] == [gone]
    assert found.message == f"every row has a prediction, but 1 name has no row on that session: {gone}"
    assert found.fix == "bring the rows of that session, where these names traded on it"
    assert "R67" not in said(lambda: plain_model().predict(held, as_of=DAYS[25 + LOOKBACK]))


def test_a_universe_without_anybody_is_said() -> None:
    found = said(lambda: model().predict(rows().assign(volume=1.0)))["R67"]
    assert "280 are outside of the model's universe" in found.message


def test_names_that_each_have_too_little_history_are_refused_together() -> None:
    with pytest.raises(
        AlphaBenchError, match=r"^R64 the model needs values on 11 sessions, and no name has them"
    ):
        plain_model().predict(
            rows().assign(close=rows()["close"].where(rows().index // NAMES % (LOOKBACK + 1) == 0))
        )


def test_one_name_of_a_model_that_compares_names_is_told_that_it_is_one() -> None:
    made = Ridge().fit(X=[cs.zscore(features.ret(3))], y=fwd_ret(2))
    fitted = fit_final(made, Panel.from_frame(rows()))
    alone = rows()[rows()["symbol"] == "3"]
    with pytest.raises(
        AlphaBenchError, match=r"^R64 the model compares the names of a session, and there is one"
    ):
        fitted.predict(alone)
    with pytest.raises(AlphaBenchError, match=r"^R64 the model needs 4 sessions"):
        fitted.predict(rows().groupby("symbol").head(2))


def test_features_that_are_missing_are_counted() -> None:
    columns = [str(f) for f in model().definition.features]
    frame = pd.DataFrame(0.5, index=range(3), columns=columns)
    frame.iloc[1, 0] = np.nan
    assert said(lambda: model().predict(frame))["R67"].context["rows"] == 1
    assert not said(lambda: model().predict(frame.dropna()))


# -- days that trained the model -------------------------------------------------------------------------------------


def later() -> Any:
    """A model fitted on the first thirty sessions: through the 28th, whose label of two sessions is the last one known."""
    half = rows()[rows()["date"] <= DAYS[29]]
    return fit_final(Ridge().fit(X=[features.ret(3)], y=fwd_ret(2)), Panel.from_frame(half))


def test_days_that_trained_the_model_are_marked_and_warned_of() -> None:
    fitted = later()
    assert fitted.fitted_through == str(DAYS[27].date())
    out = fitted.predict(rows())
    np.testing.assert_array_equal(out.in_sample, rows()["date"] <= DAYS[27])
    np.testing.assert_array_equal(out.table()["in_sample"], out.in_sample)
    found = said(lambda: fitted.predict(rows()))["R68"]
    assert isinstance(found, InSampleWarning)
    assert found.context == {"rows": 25 * NAMES, "fitted_through": fitted.fitted_through}
    assert found.message.startswith("175 of 259 predictions are in-sample: of sessions up to 2024-02-08")
    for held in (wide(rows()), Panel.from_frame(rows()), rows().to_dict("list")):
        assert said(lambda held=held: fitted.predict(held))["R68"].context == found.context


def test_later_days_are_not_warned_of_and_in_sample_ones_are_also_one_by_one() -> None:
    fitted = later()
    assert said(lambda: fitted.predict(rows(), as_of=DAYS[28])) == {}
    assert set(said(lambda: fitted.predict(rows(), as_of=DAYS[27]))) == {"R68"}
    last = rows()[rows()["date"] >= DAYS[28]]
    out = fitted.predict(last)
    assert not out.in_sample.any()
    assert "R68" not in said(lambda: fitted.predict(last))


def test_features_with_a_date_are_marked_and_without_one_nothing_is_known() -> None:
    fitted = later()
    frame = pd.DataFrame({str(fitted.definition.features[0]): [0.1, 0.2], "date": [DAYS[27], DAYS[28]]})
    out = fitted.predict(frame)
    assert list(out.in_sample) == [True, False]
    assert said(lambda: fitted.predict(frame))["R68"].context["rows"] == 1
    assert said(lambda: fitted.predict(frame.set_index("date")))["R68"].context["rows"] == 1
    bare = fitted.predict(frame.drop(columns="date"))
    assert bare.in_sample is None
    with pytest.raises(AlphaBenchError, match=r"^R36 features were given"):
        bare.table()
    assert fitted.predict(frame.assign(date="soon")).in_sample is None


def test_a_warning_points_at_the_callers_line_and_survives_pickling() -> None:
    for call in (later().predict, later().predict_frame):
        with pytest.warns(InSampleWarning, match=r"^R68 .* Fix: ") as caught:
            call(rows())
        assert {w.filename for w in caught} == {__file__}
    again = pickle.loads(pickle.dumps(InSampleWarning("R68", "what", "fix", rows=3)))
    assert (type(again), again.code, again.context) == (InSampleWarning, "R68", {"rows": 3})


# -- what is needed, before ------------------------------------------------------------------------------------------


def test_a_model_says_what_it_needs_and_that_is_enough(tmp_path: Path) -> None:
    made = Ridge().fit(
        X=[group.demean(features.ret(3), data.sector), features.ret(LOOKBACK)],
        y=fwd_ret(2),
        universe=data.volume > 2_000,
        weights=data.weight,
    )
    held = rows().assign(sector=np.where(rows()["symbol"].astype(int) % 2, "X", "Y"), weight=1.0, other=2.0)
    fit_final(made, Panel.from_frame(held)).save(tmp_path)
    fitted = load_fitted(tmp_path)
    needs = fitted.needs
    assert (needs.lookback, needs.sessions, needs.cross_section) == (LOOKBACK, LOOKBACK + 1, True)
    assert dict(needs.columns) == {
        "date": "date",
        "symbol": "text",
        "close": "number",
        "volume": "number",
        "sector": "text",
    }
    assert json.loads(json.dumps(needs.to_plain()))["lookback_sessions"] == LOOKBACK
    enough = held[held["date"].isin(DAYS[-needs.sessions :])][list(needs.columns)]
    out = fitted.predict(enough, as_of=LAST)
    whole = fitted.predict(held, as_of=LAST)
    assert out.equals(whole)
    assert out["prediction"].notna().any()
    with pytest.raises(
        AlphaBenchError,
        match=r"^R64 the model needs 11 sessions for its first prediction, and the data has 10",
    ):
        fitted.predict(enough[enough["date"] > enough["date"].min()])
    for name in needs.columns:
        with pytest.raises(AlphaBenchError, match=f"^R36 the frame lacks {name}"):
            fitted.predict(enough.drop(columns=name))


def test_a_model_of_one_name_at_a_time_needs_no_others() -> None:
    fitted = plain_model()
    assert not fitted.needs.cross_section
    one = rows()[rows()["symbol"] == "14"]
    out = fitted.predict(one)
    whole = fitted.predict(rows())
    assert isinstance(out, Predictions)
    assert out.to_numpy().tobytes() == whole[rows()["symbol"] == "14"].to_numpy().tobytes()


GROUPED: dict[str, Callable[[pd.DataFrame], Any]] = {
    "polars": pl.from_pandas,
    "Arrow with a dictionary": lambda f: pa.Table.from_pandas(
        f.astype({"sector": "category"}), preserve_index=False
    ),
    "a dict of columns": lambda f: f.to_dict("list"),
    "wide": lambda f: {n: f.pivot(index="date", columns="symbol", values=n) for n in ("close", "sector")},
}


@pytest.mark.parametrize("kind", GROUPED)
def test_groups_come_in_by_whatever_holds_the_prices(kind: str) -> None:
    made = Ridge().fit(
        X=[group.demean(features.ret(3), data.sector)], y=fwd_ret(2), universe=data.sector != "Z"
    )
    held = rows()[["date", "symbol", "close"]].assign(sector=[*"XYXYXYZ"] * SESSIONS)
    fitted = fit_final(made, Panel.from_frame(held))
    wanted = fitted.predict(held, as_of=LAST)
    assert wanted["prediction"].notna().sum() == NAMES - 1
    assert fitted.predict(GROUPED[kind](held), as_of=LAST).equals(wanted)


def test_columns_that_are_kept_answer_as_the_panel_does(tmp_path: Path) -> None:
    panel = Panel.from_frame(rows())
    with_cache = open_cache(panel, tmp_path)
    assert model().predict(with_cache, as_of=DAYS[30]).equals(model().predict(panel, as_of=DAYS[30]))
    assert model().predict(with_cache).equals(model().predict(panel))


@pytest.mark.parametrize("price", [-5.0, 0.0])
def test_a_price_that_is_none_gives_no_return_to_predict_from(price: float) -> None:
    fitted, row = plain_model(), 20 * NAMES + 2
    name = rows()["symbol"].iloc[row]
    held = at_row(row, close=price)(rows())
    for at in (20, 20 + LOOKBACK):
        found = said(lambda at=at: fitted.predict(held, as_of=DAYS[at]))["R67"]
        assert found.context["names"] == [name]
        assert "a price is not above zero" in found.message
    changed = fitted.predict(held).table()["prediction"].ne(fitted.predict(rows()).table()["prediction"])
    known = fitted.predict(rows()).notna().to_numpy()
    assert list(np.flatnonzero(changed & known)) == [row, row + LOOKBACK * NAMES]


def test_a_name_that_is_not_listed_is_absent_whatever_the_reference_says_of_it() -> None:
    """What is constant over time is no sign of a row."""
    shares = pd.DataFrame({"symbol": rows()["symbol"].unique(), "shares": 10.0})
    plan = Ridge().fit(X=[features.ret(3), data.volume / data.shares], y=fwd_ret(2))
    late = rows()["symbol"].unique()[0]
    there = rows()[(rows()["symbol"] != late) | (rows()["date"] < DAYS[30])]
    fitted = fit_final(plan, Panel.of(rows(), reference=shares, derive={"twice": "shares * 2"}))
    with pytest.warns(MissingPredictionsWarning, match=r"has no row on that session") as told:
        found = fitted.predict(Panel.of(there, reference=shares), as_of=DAYS[31])
    assert late not in set(found["symbol"])
    assert len(found) == NAMES - 1
    assert told[0].message.context["absent"] == [late]  # type: ignore[union-attr]
