"""``study``: a factor judged as it is, from every shape it comes in; its book by week and month; what it refuses."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pandas as pd
import polars as pl
import pytest

import alpha_bench as ab
from alpha_bench import Panel, Ridge, cs, data, evaluate, features, fwd_ret, study, walk_forward
from alpha_bench.errors import AlphaBenchError, DataError, DefinitionError, LookAheadError, ValuesNeeded
from alpha_bench.metrics.information_coefficient import rank_dates
from alpha_bench.metrics.rebalancing import rebalancing_sessions
from alpha_bench.metrics.tranches import hold_tranches, returns_by_quantile
from fakes.books import market_of_prices, panel_with_groups, predictions
from fakes.small_panels import panel_of

H = 10


@cache
def panel() -> Panel:
    return panel_with_groups(gaps=0.02)


FACTOR = features.ret(20)


@cache
def written():
    return study(FACTOR, y=fwd_ret(H), panel=panel())


def long_frame() -> pd.DataFrame:
    return panel().series(FACTOR).rename("value").reset_index()


SHAPES = {
    "a series by date and symbol": lambda: panel().series(FACTOR),
    "alphalens' series": lambda: ab.to_alphalens(FACTOR, panel())[0],
    "a series by asset, then date": lambda: panel().series(FACTOR).swaplevel().copy(),
    "a series without names": lambda: panel().series(FACTOR).rename_axis([None, None]).rename(None),
    "a frame of one column by date and asset": lambda: ab.to_alphalens(FACTOR, panel())[0].to_frame("value"),
    "alphalens' factor_data": lambda: (
        ab.to_alphalens(FACTOR, panel())[0].to_frame("factor").assign(**{"10D": 0.5, "factor_quantile": 1.0})
    ),
    "a wide frame": lambda: panel().frame(FACTOR),
    "a long frame": long_frame,
    "a long frame of tickers, shuffled": lambda: (
        long_frame().rename(columns={"symbol": "ticker"}).sample(frac=1, random_state=0)
    ),
    "a long polars frame": lambda: pl.from_pandas(long_frame()),
    "a lazy polars frame": lambda: pl.from_pandas(long_frame()).lazy(),
    "a wide polars frame": lambda: pl.from_pandas(panel().frame(FACTOR).reset_index()),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_report_of_the_expression(shape: str) -> None:
    made = study(SHAPES[shape](), y=fwd_ret(H), panel=panel())
    plain, theirs = made.to_json(), written().to_json()
    for entry in (
        "figures",
        "daily",
        "months",
        "groups",
        "decay",
        "portfolio",
        "years",
        "drawdowns",
        "benchmark",
    ):
        assert json.dumps(plain[entry]) == json.dumps(theirs[entry]), entry


def test_another_factor_gives_another_report() -> None:
    """The control of the above."""
    other = study(panel().series(features.ret(5)), y=fwd_ret(H), panel=panel())
    assert other.figures["ic_mean"] != written().figures["ic_mean"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("bins", [5, 10])
def test_ic_and_returns_by_quantile_are_alphalens(bins: int) -> None:
    from alphalens.performance import factor_information_coefficient, mean_return_by_quantile
    from alphalens.utils import get_clean_factor_and_forward_returns

    whole = panel_with_groups()  # alphalens fills prices forward over gaps
    factor, prices = ab.to_alphalens(FACTOR, whole)
    rows = get_clean_factor_and_forward_returns(
        factor, prices, quantiles=bins, periods=(H,), filter_zscore=None, max_loss=1.0
    )
    ic = factor_information_coefficient(rows).iloc[:, 0].dropna()
    made = study(factor, y=fwd_ret(H), panel=whole, quantiles=bins)
    ours = made.to_frames()["daily"]["rank_ic"].dropna()
    assert list(ours.index) == list(ic.index)
    np.testing.assert_allclose(ours, ic, rtol=0, atol=1e-12)
    by_date = (
        mean_return_by_quantile(rows, by_date=True, demeaned=False)[0].iloc[:, 0].unstack("factor_quantile")
    )
    np.testing.assert_allclose(made.to_frames()["quantiles"].loc[by_date.index], by_date, rtol=0, atol=1e-12)
    assert len(made.figures["quantile_returns"]) == bins


def test_the_negative_of_a_factor_has_the_opposite_ic_and_the_book_the_opposite_profit() -> None:
    turned = study(-FACTOR, y=fwd_ret(H), panel=panel())
    np.testing.assert_allclose(turned.figures["ic_mean"], -written().figures["ic_mean"], rtol=1e-12)
    book, other = turned.study.portfolio, written().study.portfolio
    np.testing.assert_allclose(book.profit[book.begin :], -other.profit[other.begin :], rtol=1e-9, atol=1e-15)


def test_the_predictions_of_a_model_are_judged_as_its_own_report_judges_them() -> None:
    walked = evaluate(walk_forward(Ridge().fit(X=[FACTOR, features.ret(5)], y=fwd_ret(H)), folds=4), panel())
    made = study(walked, panel=panel())
    for name in ("ic_mean", "rank_ic_mean", "ic_t_newey_west", "quantile_spread", "sharpe", "turnover"):
        np.testing.assert_allclose(made.figures[name], walked.figures[name], rtol=1e-12)
    by_month = study(walked, panel=panel(), rebalance="month", quantiles=3)
    assert by_month.figures["ic_mean"] == made.figures["ic_mean"]
    assert by_month.figures["sharpe"] != made.figures["sharpe"]


# -- the period --------------------------------------------------------------------------------------------------------


def test_the_period_includes_both_its_ends_and_begins_where_the_factor_does() -> None:
    dates = panel().dates
    assert written().test_dates[0] == dates[20]
    assert written().test_dates[-1] == dates[-1]
    made = study(FACTOR, y=fwd_ret(H), panel=panel(), start=str(dates[60]), end=str(dates[300]))
    assert (made.test_dates[0], made.test_dates[-1]) == (dates[60], dates[300])
    assert study(FACTOR, y=fwd_ret(H), panel=panel(), start="2019-01-05").test_dates[0] == dates[20]


def changed_after(last: int) -> Panel:
    close = np.array(panel().fields["close"])
    close[last + 1 :] *= np.random.default_rng(1).uniform(0.5, 2.0, close[last + 1 :].shape)
    return panel_of({"close": close, "volume": np.array(panel().fields["volume"])})


def test_nothing_after_the_end_is_read() -> None:
    plain = panel_of({n: np.array(panel().fields[n]) for n in ("close", "volume")})
    end = str(plain.dates[250])
    one, other = (
        study(FACTOR, y=fwd_ret(H), panel=p, end=end).to_json() for p in (plain, changed_after(250))
    )
    assert json.dumps(one) == json.dumps(other)
    later = [study(FACTOR, y=fwd_ret(H), panel=p).to_json() for p in (plain, changed_after(250))]
    assert json.dumps(later[0]) != json.dumps(later[1])  # the control


# -- the book ----------------------------------------------------------------------------------------------------------


def test_a_week_and_a_month_end_where_pandas_says() -> None:
    dates = panel().dates
    index = pd.DatetimeIndex(dates.astype("datetime64[ns]"))
    for every, period in (("week", "W-SUN"), ("month", "M")):
        series = pd.Series(np.arange(len(index)), index)
        last = series.groupby(index.to_period(period)).last().to_numpy()[:-1]  # the last period may go on
        np.testing.assert_array_equal(rebalancing_sessions(dates, every), last)
    np.testing.assert_array_equal(rebalancing_sessions(dates, "day"), np.arange(len(dates)))


def test_no_session_ends_a_week_because_the_panel_ends() -> None:
    dates = np.arange("2024-01-01", "2024-01-13", dtype="datetime64[D]")[[0, 1, 2, 3, 4, 7, 8]]
    np.testing.assert_array_equal(rebalancing_sessions(dates, "week"), [4])
    np.testing.assert_array_equal(rebalancing_sessions(dates, "month"), [])


def book_by_pandas(
    weights: np.ndarray, price: np.ndarray, formed: list[int], holding: int, delay: int
) -> pd.DataFrame:
    """Tranche by tranche: bought at its entry, untouched until ``holding`` more were bought."""
    p = pd.DataFrame(price)
    mark, entries = p.ffill(), [t + delay for t in formed if t + delay < len(price)]
    profit, turnover = pd.Series(0.0, index=p.index), pd.Series(0.0, index=p.index)
    trades: dict[int, pd.Series] = {}
    for k, u in enumerate(entries):
        end = entries[k + holding] if k + holding < len(entries) else None
        shares = (pd.Series(weights[u - delay]) / p.loc[u] / holding).fillna(0.0)
        trades[u] = trades.get(u, 0.0) + shares
        if end is not None:
            trades[end] = trades.get(end, 0.0) - shares
        for day in range(u + 1, (len(p) - 1 if end is None else end) + 1):
            profit[day] += (shares * (mark.loc[day] - mark.loc[day - 1])).sum()
    for day, shares in trades.items():
        turnover[day] = (shares.abs() * mark.loc[day]).sum()
    return pd.DataFrame({"profit": profit, "turnover": turnover}).iloc[entries[holding - 1] + 1 :]


@pytest.mark.parametrize(
    ("every", "holding", "delay"), [("week", 1, 0), ("week", 3, 1), ("month", 1, 0), ("month", 2, 5)]
)
def test_a_book_renewed_by_week_or_month_is_its_tranches_one_by_one(
    every: str, holding: int, delay: int
) -> None:
    rng = np.random.default_rng(7)
    price = 20 * np.exp(np.cumsum(rng.normal(0, 0.03, (130, 9)), axis=0))
    price[rng.random(price.shape) < 0.05] = np.nan
    weights = rank_dates(predictions(130, 9, gaps=0.1)).weights
    formed = rebalancing_sessions(panel().dates[:130], every)
    book = hold_tranches(weights, market_of_prices(price), horizon=holding, delay=delay, formed=formed)
    theirs = book_by_pandas(weights, price, formed.tolist(), holding, delay)
    assert book.begin == theirs.index[0]
    np.testing.assert_allclose(book.profit[book.begin :], theirs["profit"], atol=1e-14)
    np.testing.assert_allclose(book.turnover[book.begin :], theirs["turnover"], atol=1e-14)
    daily = hold_tranches(weights, market_of_prices(price), horizon=holding, delay=delay)
    assert not np.allclose(daily.profit[book.begin :], book.profit[book.begin :])  # the control


def test_quantiles_renewed_by_week_hold_the_members_of_the_last_weeks() -> None:
    rng = np.random.default_rng(8)
    price = pd.DataFrame(20 * np.exp(np.cumsum(rng.normal(0, 0.03, (90, 12)), axis=0)))
    quantiles = rank_dates(predictions(90, 12), 3).quantiles
    formed = rebalancing_sessions(panel().dates[:90], "week")
    made = returns_by_quantile(
        quantiles, market_of_prices(price.to_numpy()), horizon=2, delay=1, bins=3, formed=formed
    )
    change, theirs = price.pct_change(), np.full((90, 3), np.nan)
    for day in range(1, 90):
        held = [t for t in formed if t + 1 < day][-2:]
        if len(held) == 2:
            parts = [[change.loc[day][quantiles[t] == q].mean() for q in range(3)] for t in held]
            theirs[day] = np.mean(parts, axis=0)
    np.testing.assert_allclose(made[:, :3], theirs, atol=1e-14)


def test_the_holding_period_is_not_the_labels() -> None:
    by_label, longer, other = (
        study(FACTOR, y=fwd_ret(h), panel=panel(), holding_period=k)
        for h, k in ((H, None), (H, "20d"), (5, 20))
    )
    assert by_label.definition.holding == H
    assert longer.figures["ic_mean"] == by_label.figures["ic_mean"]
    assert longer.figures["sharpe"] != by_label.figures["sharpe"]
    assert longer.figures["turnover"] < by_label.figures["turnover"]
    assert other.figures["sharpe"] == longer.figures["sharpe"]
    assert (
        study(FACTOR, y=fwd_ret(H), panel=panel(), rebalance="month", holding_period="3m").definition.holding
        == 3
    )


def test_a_universe_confines_the_factor_and_its_ranks() -> None:
    inside = cs.top(data.close, 15)
    made = study(cs.rank(FACTOR), y=fwd_ret(H), panel=panel(), universe=inside)
    assert made.study.predicted.max() <= 15
    values = panel().series(FACTOR)
    brought = study(values, y=fwd_ret(H), panel=panel(), universe=inside)
    np.testing.assert_allclose(brought.figures["rank_ic_mean"], made.figures["rank_ic_mean"], rtol=1e-12)


# -- what is told ------------------------------------------------------------------------------------------------------


def test_what_has_no_place_on_the_panel_is_told() -> None:
    frame = panel().frame(FACTOR)
    moved = frame.rename(columns={"A003": "ZZZ"})
    at = next(i for i in range(50, 60) if frame.index[i].day_of_week == 0)
    moved.index = moved.index.where(moved.index != moved.index[at], moved.index[at] - pd.Timedelta(days=1))
    sunday = moved.index[at]
    assert sunday not in frame.index
    lost = int(frame["A003"].notna().sum() + frame.iloc[at].notna().sum() - pd.notna(frame["A003"].iloc[at]))
    said = " ".join(study(moved, y=fwd_ret(H), panel=panel()).warnings)
    assert f"1 dates of the factor are no sessions of the panel and are left out: {sunday:%Y-%m-%d}" in said
    assert "1 assets of the factor are not in the panel and are left out: ZZZ" in said
    assert f"{lost} values of the factor are left out with them" in said
    assert "left out" not in " ".join(study(frame, y=fwd_ret(H), panel=panel()).warnings)


def test_a_reversed_sign_is_said_first() -> None:
    close = np.array(panel_with_groups().fields["close"])
    known = np.full(close.shape, np.nan)
    known[:-H] = close[H:] / close[:-H] - 1
    noise = np.random.default_rng(2).normal(0, 1.0, close.shape)
    against = pd.DataFrame(
        -0.05 * known + 0.05 * noise, index=panel().frame(FACTOR).index, columns=panel().assets
    )
    made = study(against, y=fwd_ret(H), panel=panel_with_groups())
    assert -0.1 < made.figures["ic_mean"] < 0
    assert made.to_json()["verdict"]["headline"] == "The sign is reversed."
    turned = study(-against, y=fwd_ret(H), panel=panel_with_groups()).to_json()["verdict"]["headline"]
    assert turned == "Too good to be believed.", "it is made of what comes"


def test_the_page_is_of_a_factor_and_speaks_of_no_fold_or_model() -> None:
    page = study(FACTOR, y=fwd_ret(H), panel=panel(), quantiles=10, rebalance="month").to_html()
    assert "<h1>Factor report</h1>" in page
    assert "Q10 less Q1" in page
    assert "renewed at the last session of each month" in page
    assert "Nothing is fitted, and so nothing is out of sample either" in page
    for word in ('id="ab-folds"', "Training", "Coefficients", "Q5 less Q1"):
        assert word not in page


def test_the_bound_panel_is_used_and_without_one_values_are_asked_for() -> None:
    from alpha_bench.expressions import bind

    bind(None)
    with pytest.raises(ValuesNeeded, match="R05 study needs values"):
        study(FACTOR, y=fwd_ret(H))
    ab.use(panel())
    try:
        assert study(FACTOR, y=fwd_ret(H)).figures["ic_mean"] == written().figures["ic_mean"]
    finally:
        bind(None)


BAD = {
    "no label": ({"y": None}, DefinitionError, "R32"),
    "a label that is none": ({"y": features.ret(5)}, DefinitionError, "R32"),
    "a look-ahead": ({"factor": fwd_ret(5)}, LookAheadError, "R31"),
    "a group": ({"factor": data.sector}, DefinitionError, "R33"),
    "a number": ({"factor": 3.0}, DataError, "R33"),
    "a series by date": ({"factor": pd.Series([1.0], pd.to_datetime(["2019-01-02"]))}, DataError, "R33"),
    "one quantile": ({"quantiles": 1}, DefinitionError, "R28"),
    "too many quantiles": ({"quantiles": 1000}, DefinitionError, "R28"),
    "another rebalancing": ({"rebalance": "W"}, DefinitionError, "R28"),
    "a holding of other periods": ({"holding_period": "3m"}, DefinitionError, "R28"),
    "no holding": ({"holding_period": 0}, DefinitionError, "R28"),
    "no day": ({"start": "soon"}, DefinitionError, "R28"),
    "an end before the panel": ({"end": "1990-01-01"}, DefinitionError, "R28"),
    "a start after the panel": ({"start": "2090-01-01"}, DataError, "R29"),
    "an unknown parameter": ({"bins": 10}, DefinitionError, "R28"),
    "an unknown benchmark": ({"benchmark": "A00"}, DataError, "R06"),
    "a benchmark of numbers": ({"benchmark": [1.0]}, DataError, "R28"),
    "no panel": ({"panel": "prices.parquet"}, DefinitionError, "R33"),
    "no asset in common": (
        {"factor": pd.DataFrame({"X": [1.0]}, index=pd.to_datetime(["2019-01-02"]))},
        DataError,
        "E15",
    ),
    "two columns of values": (
        {"factor": pd.DataFrame({"date": ["2019-01-02"], "symbol": ["A001"], "a": [1.0], "b": [2.0]})},
        DataError,
        "R33",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_judged_is_refused_with_a_way_out(case: str) -> None:
    given, kind, code = BAD[case]
    how = {"factor": FACTOR, "y": fwd_ret(H), "panel": panel(), **given}
    with pytest.raises(AlphaBenchError, match=f"^{code} ") as caught:
        study(how.pop("factor"), **how)
    assert isinstance(caught.value, kind)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("given", "fix"),
    [
        ({"rebalance": "monthly"}, {"rebalance": "month"}),
        ({"rebalance": "W-FRI"}, {"rebalance": "week"}),
        ({"rebalance": "weak"}, {"rebalance": "week"}),
        ({"rebalance": "month", "holding_period": "3w"}, {"rebalance": "month", "holding_period": "3m"}),
        ({"start": "soon"}, {"start": "2019-01-02"}),
        ({"end": "2020"}, {"end": "2020-08-11"}),
        ({"quantiles": 500}, {"quantiles": 10}),
    ],
)
def test_the_way_out_works_when_it_is_typed(given: dict[str, object], fix: dict[str, object]) -> None:
    with pytest.raises(AlphaBenchError, match="R28") as caught:
        study(FACTOR, y=fwd_ret(H), panel=panel(), **given)
    name, value = next((n, v) for n, v in fix.items() if given.get(n) != v)
    assert f"write {name}={json.dumps(value)}" in str(caught.value)
    assert study(FACTOR, y=fwd_ret(H), panel=panel(), **fix).figures["n_dates"] > 0


def test_a_definition_is_told_apart_by_all_that_it_says() -> None:
    base = {"y": fwd_ret(H), "panel": panel()}
    changes = (
        {}, {"y": fwd_ret(5)}, {"quantiles": 10}, {"rebalance": "week"}, {"holding_period": 3}, {"start": "2019-06-03"},
        {"end": "2020-01-31"}, {"benchmark": "A003"}, {"trials": 4}, {"universe": data.close > 5},
    )  # fmt: skip
    digests = {study(FACTOR, **(base | change)).definition.digest for change in changes}
    assert len(digests) == len(changes)
    values = panel().series(FACTOR)
    first, again, other = (study(v, **base).definition.digest for v in (values, values.copy(), values * 2))
    assert first == again != other
