"""A model's example: made-up rows, the same ones every time, that it predicts on; none where it predicts no made-up row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from alpha_bench import Panel, Ridge, cs, data, features, fit_final, fwd_ret, group
from alpha_bench.fitting.example import NAMES
from alpha_bench.fitting.fitted_model import FittedModel
from fakes.small_model import model, rows


def fitted(universe: Any = None, *more: Any, **columns: Any) -> FittedModel:
    definition: Any = Ridge().fit(X=[features.ret(5), *more], y=fwd_ret(2), universe=universe)
    return fit_final(definition, Panel.of(rows().assign(**columns)))


def predicted(found: FittedModel) -> Any:
    example = found.example()
    assert example is not None
    columns = {name: list(values) for name, values in example.columns.items()}
    return found.predict(columns, as_of=example.as_of)["prediction"].to_numpy()


def test_it_has_the_columns_that_are_needed_and_just_the_sessions_after_those_that_trained() -> None:
    example = model().example()
    assert example is not None
    assert list(example.columns) == list(model().needs.columns)
    days = sorted(set(example.columns["date"]))
    assert len(days) == model().needs.sessions
    assert min(map(str, days)) > model().fitted_through
    assert np.is_busday([str(day) for day in days]).all()
    assert np.isfinite(predicted(model())).all()


def test_it_is_the_same_every_time() -> None:
    assert model().example() == model().example()


@pytest.mark.parametrize(
    ("universe", "more"),
    [
        (data.close > 30, ()),
        (data.market_cap > 1e7, ()),
        (data.yield_of_dividends < 0.1, ()),
        (data.sector.is_in("Energy"), ()),
        (cs.top(features.adv(5), 3), ()),
        (None, (group.zscore(features.ret(3), data.sector),)),
    ],
)
def test_it_is_in_the_universe_whatever_that_is(universe: Any, more: tuple[Any, ...]) -> None:
    every = np.arange(len(rows()))
    found = fitted(
        universe,
        *more,
        market_cap=1e9 + every,
        yield_of_dividends=0.01 + every / 1e6,
        sector=np.where(rows()["symbol"].astype(int) % 2, "Energy", "Utilities"),
    )
    assert np.isfinite(predicted(found)).any()


def test_it_has_the_columns_of_the_tables_that_the_model_was_fitted_on() -> None:
    raw = rows().rename(columns={"date": "Day", "symbol": "Ticker", "close": "Adj Close"})
    reference = pd.DataFrame({"Ticker": sorted(set(rows()["symbol"])), "shares": 1e6, "sector": "Energy"})
    panel = Panel.of(
        raw,
        date="Day",
        symbol="Ticker",
        rename={"Adj Close": "close"},
        reference=reference,
        derive={"cap": "close * shares"},
    )
    definition: Any = Ridge().fit(
        X=[features.ret(5), cs.rank(data.cap)], y=fwd_ret(2), universe=data.sector.is_in("Energy")
    )
    found = fit_final(definition, panel)
    example = found.example()
    assert example is not None
    assert list(example.columns) == ["Day", "Ticker", "Adj Close", "sector", "shares"]
    assert set(example.columns["sector"]) == {"Energy"}
    assert np.isfinite(predicted(found)).all()


def test_there_is_none_where_no_made_up_row_is_predicted() -> None:
    found = fitted(data.close > 1e6, close=rows()["close"] * 1e5)
    assert found.example() is None


def test_its_plain_form_is_rows_of_texts_and_numbers() -> None:
    example = model().example()
    assert example is not None
    plain: Any = example.to_plain()
    frame = pd.DataFrame(plain["data"], columns=plain["columns"])
    assert len(frame) == len(NAMES) * model().needs.sessions
    assert {type(one) for row in plain["data"] for one in row} == {str, float}
