"""Ways out: what goes out comes back the same; alphalens takes our factors as they are, and agrees where it should."""

from __future__ import annotations

import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest

from alpha_bench import cs, features, fwd_ret, to_alphalens
from alpha_bench.errors import AlphaBenchError, ValuesNeeded
from alpha_bench.metrics.information_coefficient import score_dates
from alpha_bench.panel.panel import Panel
from fakes import sp500
from fakes.small_panels import panel_of, random_fields

PANEL = panel_of(random_fields(4))
WAYS = {
    "pandas, long": lambda p: p.to_pandas(),
    "pandas, wide": lambda p: p.to_pandas(layout="wide"),
    "polars": lambda p: p.to_polars(),
    "arrow": lambda p: p.to_arrow(),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_goes_out_comes_back_the_same(way: str) -> None:
    assert Panel.of(WAYS[way](PANEL)).digest == PANEL.digest


def test_a_value_that_was_changed_outside_comes_back_changed() -> None:
    """The control of the round trips."""
    frame = PANEL.to_pandas()
    frame.iloc[5, 0] += 1.0
    assert Panel.of(frame).digest != PANEL.digest


def test_only_rows_that_hold_something_go_out_long() -> None:
    known = ~np.isnan(PANEL.fields["close"]) | ~np.isnan(PANEL.fields["volume"])
    assert len(PANEL.to_pandas()) == PANEL.to_polars().height == PANEL.to_arrow().num_rows == known.sum()
    assert PANEL.to_arrow().column("close").null_count == (known & np.isnan(PANEL.fields["close"])).sum()


def test_fields_are_chosen_by_name() -> None:
    assert PANEL.to_polars(["volume"]).columns == ["date", "symbol", "volume"]
    with pytest.raises(AlphaBenchError, match=r"R06 the panel has no field 'closes'.*did you mean 'close'"):
        PANEL.to_pandas(["closes"])


def test_groups_go_out_as_names() -> None:
    reference = pd.DataFrame({"symbol": ["A000", "A001"], "sector": ["Energy", None], "size": [1.0, 2.0]})
    panel = Panel.of(PANEL.to_pandas(), reference=reference)
    out = panel.to_polars(["close", "sector", "size"]).sort("date", "symbol")
    assert out["sector"].unique().sort().to_list() == [None, "Energy"]
    assert out.filter(pl.col("symbol") == "A000")["size"].unique().to_list() == [1.0]
    assert panel.to_pandas(["sector"]).loc[(slice(None), "A000"), "sector"].unique().tolist() == ["Energy"]


def test_an_expression_is_the_same_values_in_every_form() -> None:
    x = cs.rank(features.ret(3))
    wide, series, frame = x.to_frame(PANEL), x.to_series(PANEL), x.to_polars(PANEL)
    assert series.index.names == ["date", "symbol"]
    pd.testing.assert_frame_equal(
        series.unstack(), wide.dropna(how="all"), check_freq=False, check_names=False
    )
    assert frame.columns == ["date", "symbol", "value"]
    assert frame["value"].to_list() == series.tolist()
    with pytest.raises(ValuesNeeded, match="R05"):
        x.to_polars()


@pytest.mark.parametrize(
    ("library", "call", "code"),
    [("polars", "to_polars()", "E22"), ("exchange_calendars", "on_calendar('XNYS')", "E21")],
)
def test_what_is_not_installed_is_said(library: str, call: str, code: str) -> None:
    script = (
        f"import sys; sys.modules[{library!r}] = None\n"
        "import numpy as np; from alpha_bench import Panel, AlphaBenchError\n"
        "p = Panel.from_arrays(np.array(['2024-01-02'], dtype='datetime64[D]'), ['A'], {'close': np.ones((1, 1))})\n"
        f"try: p.{call}\n"
        "except AlphaBenchError as error: print(error)"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told.startswith(f"{code} ")
    assert "pip install 'alpha-bench[" in told


# -- alphalens -----------------------------------------------------------------------------------------------------


def alphalens_ic(panel: Panel, horizon: int, **options: object) -> pd.Series:
    from alphalens import performance, utils

    factor, prices = to_alphalens(features.ret(20), panel)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is written for older pandas
        clean = utils.get_clean_factor_and_forward_returns(
            factor, prices, periods=(horizon,), max_loss=1.0, **options
        )
        return performance.factor_information_coefficient(clean).iloc[:, 0].dropna()


def our_ic(panel: Panel, horizon: int) -> np.ndarray:
    """The rank IC of the report, date by date."""
    values = panel.compute((features.ret(20), fwd_ret(horizon)))
    rank_ic = score_dates(*values).rank_ic
    return rank_ic[~np.isnan(rank_ic)]


@pytest.fixture(scope="module")
def gap_free() -> Panel:
    """Twenty-five names of the S&P panel that have a close on every session of its first 160."""
    panel = sp500.panel()
    close = panel.fields["close"][:160]
    names = np.flatnonzero(~np.isnan(close).any(axis=0))[:25]
    return Panel.from_arrays(
        panel.dates[:160], [str(a) for a in panel.assets[names]], {"close": close[:, names]}
    )


@sp500.needs_sp500
def test_alphalens_takes_our_factor_and_has_our_rank_ic(gap_free: Panel) -> None:
    """Source: alphalens-reloaded, Spearman per date; agreement to 1e-12 on each date."""
    theirs, ours = alphalens_ic(gap_free, 10, filter_zscore=None), our_ic(gap_free, 10)
    assert len(theirs) == len(ours) == 160 - 20 - 10
    np.testing.assert_allclose(theirs.to_numpy(), ours, rtol=0, atol=1e-12)
    assert abs(theirs.mean() - ours.mean()) < 1e-12


@sp500.needs_sp500
def test_where_there_is_a_gap_alphalens_fills_the_label_and_we_do_not(gap_free: Panel) -> None:
    """One name loses its last 30 closes: alphalens goes on with returns of zero for it, here its labels are missing."""
    close = np.array(gap_free.fields["close"])
    close[130:, 7] = np.nan
    holed = Panel.from_arrays(gap_free.dates, list(gap_free.assets), {"close": close})
    label = fwd_ret(10).to_frame(holed).iloc[120:130, 7]
    assert label.isna().all()
    from alphalens import utils

    factor, prices = to_alphalens(features.ret(20), holed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clean = utils.get_clean_factor_and_forward_returns(
            factor, prices, periods=(10,), max_loss=1.0, filter_zscore=None
        )
    filled = clean.xs(str(holed.assets[7]), level="asset").iloc[-10:, 0]
    assert filled.notna().all()
    expected = close[129, 7] / close[120:130, 7] - 1
    np.testing.assert_allclose(filled.to_numpy(), expected, rtol=1e-12)


@sp500.needs_sp500
def test_the_default_outlier_filter_of_alphalens_drops_a_true_return() -> None:
    """One name is worth thirty times as much in one session: by default its label of that day is gone, by a deviation of the whole sample."""
    from alphalens import utils

    panel = sp500.panel()
    close = np.array(panel.fields["close"])
    names = np.flatnonzero(~np.isnan(close).any(axis=0))[:20]
    close = close[:, names]
    close[700:, 7] *= 30
    jumped = Panel.from_arrays(panel.dates, [str(a) for a in panel.assets[names]], {"close": close})
    factor, prices = to_alphalens(features.ret(20), jumped)
    known = {}
    for name, options in (("default", {}), ("none", {"filter_zscore": None})):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            known[name] = utils.get_clean_factor_and_forward_returns(
                factor, prices, periods=(1,), **options
            ).index
    gone = known["none"].difference(known["default"])
    assert (pd.Timestamp(str(panel.dates[699])), str(jumped.assets[7])) in gone
    assert fwd_ret(1).to_frame(jumped).iloc[699, 7] > 25
    assert len(gone) < 20
