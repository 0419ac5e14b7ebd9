"""A fitted model's prediction of a row is that of the row's own date and symbol, whatever kinds of values name them; or an error says why not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression

from alpha_bench import AlphaBenchError, Panel, Ridge, cs, data, features, fwd_ret, group
from alpha_bench.definitions.model import ModelDefinition
from alpha_bench.fitting.fitted_model import FittedModel, fit_final, load_fitted
from alpha_bench.fitting.serialization.external_estimator import ExternalEstimator
from fakes.small_model import LOOKBACK, NAMES, SESSIONS, model, rows

Frame = Callable[[pd.DataFrame], pd.DataFrame]


def by_hand(frame: pd.DataFrame, fitted: FittedModel | None = None) -> np.ndarray:
    """The prediction of each row of ``rows()``-like data, taken from the wide table by the texts of its keys."""
    wide = (fitted or model()).predict(Panel.from_frame(frame))
    table = {
        (str(day)[:10], name): float(value)
        for day, line in zip(wide.index, wide.to_numpy(), strict=True)
        for name, value in zip(wide.columns, line, strict=True)
    }
    keys = zip(frame["date"], frame["symbol"], strict=True)
    return np.array([table[str(day)[:10], symbol] for day, symbol in keys])


DATES: dict[str, Callable[[pd.Series], object]] = {
    "midnights": lambda d: d,
    "midnights in seconds": lambda d: d.astype("datetime64[s]"),
    "midnights in New York": lambda d: d.dt.tz_localize("America/New_York"),
    "midnights in UTC": lambda d: d.dt.tz_localize("UTC"),
    "midnights in Tokyo": lambda d: d.dt.tz_localize("Asia/Tokyo"),
    "whole numbers": lambda d: d.dt.strftime("%Y%m%d").astype(int),
    "whole numbers of 32 bits": lambda d: d.dt.strftime("%Y%m%d").astype("int32"),
    "nullable whole numbers": lambda d: d.dt.strftime("%Y%m%d").astype("Int64"),
    "texts": lambda d: d.dt.strftime("%Y-%m-%d"),
    "texts with a midnight": lambda d: d.dt.strftime("%Y-%m-%d 00:00:00"),
    "periods": lambda d: d.dt.to_period("D"),
    "python dates": lambda d: d.dt.date,
    "python datetimes": lambda d: pd.Series([t.to_pydatetime() for t in d], index=d.index, dtype=object),
    "categories of midnights": lambda d: d.astype("category"),
    "categories of texts": lambda d: d.dt.strftime("%Y-%m-%d").astype("category"),
    "arrow dates": lambda d: d.dt.date.astype("date32[pyarrow]"),
}
SYMBOLS: dict[str, Callable[[pd.Series], object]] = {
    "texts": lambda s: s,
    "objects": lambda s: s.astype(object),
    "whole numbers": lambda s: s.astype(int),
    "real numbers": lambda s: s.astype(int).astype(float),
    "real numbers of 32 bits": lambda s: s.astype(int).astype("float32"),
    "nullable whole numbers": lambda s: s.astype(int).astype("Int32"),
    "nullable real numbers": lambda s: s.astype(int).astype("Float64"),
    "categories": lambda s: s.astype("category"),
    "categories of numbers": lambda s: s.astype(int).astype("category"),
    "categories of real numbers": lambda s: s.astype(int).astype(float).astype("category"),
    "arrow texts": lambda s: s.astype("string[pyarrow]"),
}
LAYOUTS: dict[str, Frame] = {
    "columns": lambda f: f,
    "both as index": lambda f: f.set_index(["date", "symbol"]),
    "symbol first": lambda f: f.set_index(["symbol", "date"]),
    "the date as index": lambda f: f.set_index("date"),
    "the symbol as index": lambda f: f.set_index("symbol"),
    "an index of its own": lambda f: f.set_axis([f"row {i}" for i in range(len(f))]),
    "one label for all rows": lambda f: f.set_axis([0] * len(f)),
    "further columns": lambda f: f.assign(note="x", empty=np.nan, mixed=[1, "a"] * (len(f) // 2)),
}


@pytest.mark.parametrize("kind", DATES)
def test_a_row_has_the_prediction_of_its_own_date_whatever_holds_the_date(kind: str) -> None:
    frame = rows().assign(date=DATES[kind](rows()["date"]))
    np.testing.assert_array_equal(model().predict_frame(frame), by_hand(rows()))


@pytest.mark.parametrize("kind", SYMBOLS)
def test_a_row_has_the_prediction_of_its_own_symbol_whatever_holds_the_symbol(kind: str) -> None:
    frame = rows().assign(symbol=SYMBOLS[kind](rows()["symbol"]))
    np.testing.assert_array_equal(model().predict_frame(frame), by_hand(rows()))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_keys_may_be_columns_or_levels_of_the_index(layout: str) -> None:
    frame = LAYOUTS[layout](rows())
    out = model().predict_frame(frame)
    np.testing.assert_array_equal(out, by_hand(rows()))
    assert out.index.equals(frame.index)


def test_two_levels_without_names_are_told_apart_by_which_holds_dates() -> None:
    frame = rows().set_index(["symbol", "date"]).rename_axis([None, None])
    np.testing.assert_array_equal(model().predict_frame(frame), by_hand(rows()))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    date=st.sampled_from(sorted(DATES)),
    symbol=st.sampled_from(sorted(SYMBOLS)),
    layout=st.sampled_from(sorted(set(LAYOUTS) - {"further columns"})),
    left_out=st.integers(0, 30),
)
def test_any_order_of_rows_and_columns_with_holes_gives_each_row_its_own(
    seed: int, date: str, symbol: str, layout: str, left_out: int
) -> None:
    order = np.random.default_rng(seed).permutation(len(rows()))[left_out:]
    there = rows().iloc[order]
    frame = there.assign(date=DATES[date](there["date"]), symbol=SYMBOLS[symbol](there["symbol"]))
    frame = frame[list(np.random.default_rng(seed).permutation(frame.columns))]
    np.testing.assert_array_equal(model().predict_frame(LAYOUTS[layout](frame)), by_hand(there))


def test_the_control_rows_differ_from_day_to_day_and_from_symbol_to_symbol() -> None:
    table = by_hand(rows()).reshape(SESSIONS, NAMES)
    assert np.isnan(table[:LOOKBACK]).all()
    known = table[np.isfinite(table)]
    assert len(known) > 100
    assert len(np.unique(known)) == len(known)


REFUSED: dict[str, tuple[Frame, str]] = {
    "a time of day": (lambda f: f.assign(date=f["date"] + pd.Timedelta(hours=16)), "R56"),
    "midnights of another zone": (
        lambda f: f.assign(date=f["date"].dt.tz_localize("America/New_York").dt.tz_convert("UTC")),
        "R56",
    ),
    "days since 1970": (
        lambda f: f.assign(date=f["date"].astype("datetime64[s]").astype(int) // 86_400),
        "E15",
    ),
    "seconds since 1970": (lambda f: f.assign(date=f["date"].astype("datetime64[s]").astype(int)), "E15"),
    "real numbers as dates": (lambda f: f.assign(date=f["date"].dt.strftime("%Y%m%d").astype(float)), "E15"),
    "days first": (lambda f: f.assign(date=f["date"].dt.strftime("%d/%m/%Y")), "E15"),
    "times alone": (lambda f: f.assign(date=dt.time(9, 30)), "E15"),
    "a date missing": (lambda f: f.assign(date=f["date"].where(f.index > 0)), "E15"),
    "a symbol missing": (lambda f: f.assign(symbol=f["symbol"].astype(float).where(f.index > 0)), "E15"),
    "symbols that are tuples": (lambda f: f.assign(symbol=[(s, "US") for s in f["symbol"]]), "E15"),
    "symbols that are lists": (lambda f: f.assign(symbol=[[s] for s in f["symbol"]]), "E15"),
    "symbols that are bytes": (lambda f: f.assign(symbol=[s.encode() for s in f["symbol"]]), "E15"),
    "a symbol with a blank on some days": (
        lambda f: f.assign(symbol=np.where(f.index < 100, f["symbol"], f["symbol"] + " ")),
        "E15",
    ),
    "a symbol in two encodings": (
        lambda f: f.assign(
            symbol=np.where(f.index < 100, "caf\u00e9", "cafe\u0301") + f["symbol"].str[:0] + f["symbol"]
        ),
        "E15",
    ),
    "symbols that are not whole": (lambda f: f.assign(symbol=f["symbol"].astype(float) + 0.5), "E15"),
    "a row twice": (lambda f: pd.concat([f, f.iloc[:1]]), "E15"),
    "one row twice, by number and by text": (
        lambda f: pd.concat([f.astype({"symbol": object}), f.iloc[:1].assign(symbol=3)]),
        "E15",
    ),
    "the date as a column and as a level": (lambda f: f.set_index("date", drop=False), "E16"),
    "a column twice": (lambda f: f[["date", "symbol", "close", "close", "volume"]], "R36"),
    "the date twice": (lambda f: f[["date", "date", "symbol", "close", "volume"]], "E16"),
    "no rows": (lambda f: f.iloc[:0], "E13"),
    "texts as prices": (lambda f: f.assign(close="x"), "E15"),
    "an infinite price": (lambda f: f.assign(close=np.inf), "E17"),
    "a field missing": (lambda f: f.drop(columns="volume"), "R36"),
    "no symbol": (lambda f: f.drop(columns="symbol"), "R36"),
    "an array": (lambda f: f.to_numpy(), "R36"),
    "one column": (lambda f: f["close"], "R36"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_frame_whose_rows_cannot_be_told_is_refused(kind: str) -> None:
    change, code = REFUSED[kind]
    with pytest.raises(AlphaBenchError, match=f"^{code} ") as caught:
        model().predict_frame(change(rows()))
    assert caught.value.fix


@pytest.mark.parametrize("sessions", [1, LOOKBACK])
def test_too_little_history_for_any_prediction_is_an_error_that_says_how_much_is_needed(
    sessions: int,
) -> None:
    with pytest.raises(AlphaBenchError, match=rf"^R64 .* needs {LOOKBACK + 1} sessions .* has {sessions}"):
        model().predict_frame(rows().iloc[: sessions * NAMES])


def test_history_that_just_reaches_gives_the_last_session() -> None:
    out = model().predict_frame(rows().iloc[: (LOOKBACK + 1) * NAMES]).to_numpy()
    np.testing.assert_array_equal(out, by_hand(rows())[: len(out)])
    assert np.isfinite(out).any()


def test_fields_that_only_the_fit_reads_are_not_asked_for() -> None:
    made = Ridge().fit(X=[features.ret(3)], y=fwd_ret(2), weights=data.volume)
    fitted = fit_final(made, Panel.from_frame(rows()))
    np.testing.assert_array_equal(
        fitted.predict_frame(rows().drop(columns="volume")), by_hand(rows(), fitted)
    )


def test_a_label_of_x_that_is_also_a_field_does_not_make_prices_of_a_long_panel_features() -> None:
    made = Ridge().fit(X={"close": cs.rank(data.close)}, y=fwd_ret(2))
    fitted = fit_final(made, Panel.from_frame(rows()))
    np.testing.assert_array_equal(fitted.predict_frame(rows()), by_hand(rows(), fitted))


def test_a_frame_of_features_with_a_column_twice_or_of_texts_is_refused() -> None:
    columns = [str(f) for f in model().definition.features]
    frame = pd.DataFrame(0.5, index=range(3), columns=columns)
    assert model().predict_frame(frame).notna().all()  # the control
    with pytest.raises(AlphaBenchError, match=r"^R36 .* twice"):
        model().predict_frame(frame[[*columns, columns[0]]])
    with pytest.raises(AlphaBenchError, match=r"^R36 .* no numbers"):
        model().predict_frame(frame.astype(str).replace("0.5", "x"))


def test_a_kept_estimator_says_what_it_cannot_predict_on() -> None:
    table = pd.DataFrame({"a": [0.0, 1.0, 2.0], "b": [1.0, 0.0, 1.0]})
    kept = ExternalEstimator(estimator=LinearRegression().fit(table, [0.0, 1.0, 2.0]), columns=("a", "b"))
    np.testing.assert_allclose(kept.predict_frame(table[["b", "a"]]), [0.0, 1.0, 2.0], atol=1e-12)
    for frame in (
        table.to_numpy(),
        table.to_dict("list"),
        table.assign(a=np.nan),
        table[["a", "a", "b"]],
        table[["a"]],
    ):
        with pytest.raises(AlphaBenchError, match=r"^R36 "):
            kept.predict_frame(frame)  # type: ignore[arg-type]


def test_a_frame_is_no_panel_and_a_path_may_be_text(tmp_path: Path) -> None:
    model().save(str(tmp_path / "kept"))
    np.testing.assert_array_equal(load_fitted(str(tmp_path / "kept")).predict_frame(rows()), by_hand(rows()))


# -- groups: one text a symbol -----------------------------------------------------------------------------------------

SECTORS = pd.DataFrame({"symbol": [str(3 + 11 * n) for n in range(NAMES)], "sector": list("XYXYXYZ")})


@cache
def grouped() -> FittedModel:
    made: ModelDefinition = Ridge().fit(
        X=[group.demean(features.ret(3), data.sector), features.ret(LOOKBACK)],
        y=fwd_ret(2),
        universe=data.sector != "Z",
    )
    return fit_final(made, Panel.of(rows(), reference=SECTORS))


def with_sectors() -> pd.DataFrame:
    return rows().merge(SECTORS, on="symbol")


@pytest.mark.parametrize(
    "layout",
    [
        lambda f: f,
        lambda f: f.set_index(["symbol", "date"]),
        lambda f: f.astype({"sector": "category"}),
        lambda f: f.astype({"symbol": float}),
        lambda f: f.assign(sector=f["sector"].where(f.index % 3 > 0)),  # known on some rows of each
        lambda f: f.sample(frac=1.0, random_state=0),
    ],
)
def test_a_model_of_groups_predicts_from_a_frame_that_holds_them(layout: Frame) -> None:
    wide = grouped().predict(Panel.of(rows(), reference=SECTORS)).stack(future_stack=True)
    frame = layout(with_sectors())
    keys = frame.reset_index()[["date", "symbol"]]
    names = keys["symbol"].map(lambda s: str(int(s)))
    found = grouped().predict_frame(frame)
    np.testing.assert_array_equal(
        found.to_numpy(), [wide[key] for key in zip(keys["date"], names, strict=True)]
    )
    assert found.notna().sum() > 100


def test_a_model_of_groups_asks_for_them_where_the_frame_has_none() -> None:
    with pytest.raises(
        AlphaBenchError, match=r"^R69 the data lacks sector, which the model had from a reference"
    ):
        grouped().predict_frame(rows())
    by_date = fit_final(grouped().definition, Panel.of(with_sectors().astype({"symbol": str})))
    with pytest.raises(AlphaBenchError, match=r"^R36 the frame lacks sector") as caught:
        by_date.predict_frame(rows())
    assert "sector as texts" in caught.value.fix


def test_an_asset_that_changes_its_group_has_each_as_of_its_rows() -> None:
    frame = with_sectors()
    frame.loc[frame.index[-1], "sector"] = "X"
    wide = grouped().predict(Panel.of(frame.astype({"symbol": str})))
    found = grouped().predict_frame(frame)
    wanted = [wide.loc[d, str(s)] for d, s in zip(frame["date"], frame["symbol"], strict=True)]
    np.testing.assert_array_equal(found.to_numpy(), wanted)
    before = grouped().predict_frame(with_sectors())
    assert (found.ne(before) & (found.notna() | before.notna())).sum() > 1  # Z is not in the universe, X is
