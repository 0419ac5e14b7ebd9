"""Where a peer's answer is another one and ours is right: each difference is shown, with what is right computed by hand."""

from __future__ import annotations

from fractions import Fraction

import bottleneck
import numpy as np
import pandas as pd
import pytest

from alpha_bench import ts
from alpha_bench.model_selection.walk_forward import WalkForward
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.vocabulary.panel_fields import data
from fakes.small_panels import panel_of
from fakes.sp500 import needs_sp500, panel

WINDOW = 20


def spiked() -> np.ndarray:
    """Daily returns of about 1 %, with one value of 1e8 (a bad print) on session 50."""
    x = np.random.default_rng(1).normal(0, 0.01, 200)
    x[50] = 1e8
    return x


def exact_std(values: np.ndarray) -> float:
    """In rational arithmetic: nothing is rounded before the square root."""
    exact = [Fraction(float(v)) for v in values]
    mean = sum(exact) / len(exact)
    return float(sum((v - mean) ** 2 for v in exact) / (len(exact) - 1)) ** 0.5


def after_the_spike() -> tuple[np.ndarray, np.ndarray, slice]:
    """(values, the exact standard deviations) over sessions whose window no longer holds the spike."""
    x = spiked()
    later = slice(50 + WINDOW, 200)
    right = np.array([exact_std(x[t - WINDOW + 1 : t + 1]) for t in range(later.start, later.stop)])
    return x, right, later


def relative_error(got: np.ndarray, right: np.ndarray) -> float:
    return float(np.max(np.abs(got - right) / right))


def test_a_rolling_deviation_is_right_as_soon_as_a_spike_has_left_the_window() -> None:
    x, right, later = after_the_spike()
    ours = panel_of({"x": x[:, None]}).compute((ts.std(data.x, WINDOW),))[0][later, 0]
    assert relative_error(ours, right) < 1e-12


def test_bottleneck_stays_wrong_after_a_spike_for_ever_and_pandas_does_not() -> None:
    """It updates a running sum of squares, whose digits the spike has taken: 130 sessions later every value is still wrong by a
    tenth or more. Older releases of pandas were wrong too; the installed one is not, and a test says which it is."""
    x, right, later = after_the_spike()
    moving = bottleneck.move_std(x, WINDOW, ddof=1)[later]
    assert (np.abs(moving - right) / right > 0.1).all()
    assert relative_error(moving, right) == 1.0  # some windows are said not to move at all
    assert relative_error(pd.Series(x).rolling(WINDOW).std().to_numpy()[later], right) < 1e-12


def test_a_rolling_mean_of_bottleneck_stays_wrong_after_a_spike_and_ours_does_not() -> None:
    x, _, later = after_the_spike()
    right = np.array([np.mean(x[t - WINDOW + 1 : t + 1]) for t in range(later.start, later.stop)])
    ours = panel_of({"x": x[:, None]}).compute((ts.mean(data.x, WINDOW),))[0][later, 0]
    np.testing.assert_allclose(ours, right, rtol=0, atol=1e-15)
    assert np.max(np.abs(bottleneck.move_mean(x, WINDOW)[later] - right)) > 1e-10


# -- alphalens -------------------------------------------------------------------------------------------------------------


def alphalens_label(close: pd.DataFrame, **how: object) -> pd.DataFrame:
    from alphalens.utils import compute_forward_returns

    factor = pd.Series(
        1.0, index=pd.MultiIndex.from_product([close.index, close.columns], names=["date", "asset"])
    )
    return compute_forward_returns(factor, close, periods=(10,), **how).iloc[:, 0].unstack("asset")


@pytest.mark.filterwarnings("ignore")
def test_alphalens_gives_a_label_to_a_price_that_is_not_there() -> None:
    """It fills prices forward, so a name that stopped trading 'returns' what its last price did; ours is missing."""
    close = np.linspace(100, 120, 60)[:, None] * np.ones(3)
    close[30:, 1] = np.nan  # delisted
    frame = pd.DataFrame(close, pd.bdate_range("2020-01-01", periods=60), ["A", "B", "C"])
    theirs = alphalens_label(frame).to_numpy()
    ours = panel_of({"close": close}).compute((fwd_ret(10),))[0]
    assert np.isfinite(theirs[30:50, 1]).all()
    assert (theirs[30:50, 1] == 0).all()
    assert np.isfinite(theirs[25, 1])  # an end price that never was
    assert np.isnan(ours[20:, 1]).all()
    np.testing.assert_allclose(ours[:20], theirs[:20], rtol=1e-12)


@needs_sp500
@pytest.mark.filterwarnings("ignore")
def test_alphalens_labels_differ_where_the_sp500_panel_has_gaps_and_only_there() -> None:
    """DHR and O lack 16 sessions: their labels that begin or end in the gap are alphalens' own."""
    whole = data.close.to_frame(panel())
    names = ["DHR", "O", "AAPL"]
    ours = fwd_ret(10).to_frame(panel())[names]
    theirs = alphalens_label(whole[names])[names]
    held = ours.notna()
    pd.testing.assert_frame_equal(
        ours[held], theirs[held], check_names=False, check_freq=False, check_exact=False, rtol=1e-12
    )
    invented = (theirs.notna() & ours.isna()).sum()
    assert invented["AAPL"] == 0
    assert min(invented["DHR"], invented["O"]) >= 16


@needs_sp500
@pytest.mark.filterwarnings("ignore")
def test_the_outlier_filter_of_alphalens_looks_at_the_whole_sample() -> None:
    """``filter_zscore=20`` is its default: whether a label is dropped depends on labels that come years later."""
    close = data.close.to_frame(panel()).iloc[:600][["AAPL", "NI", "MSFT"]]
    cut = 200
    calm = alphalens_label(close.iloc[:cut], filter_zscore=3).iloc[: cut - 10]
    later = alphalens_label(close, filter_zscore=3).iloc[: cut - 10]
    assert (calm.isna() != later.isna()).to_numpy().any()
    honest, whole = (
        panel_of({"close": c.to_numpy()}).compute((fwd_ret(10),))[0] for c in (close.iloc[:cut], close)
    )
    np.testing.assert_array_equal(honest[: cut - 10], whole[: cut - 10])


# -- calendar days ---------------------------------------------------------------------------------------------------------


def sessions_of_weekdays(count: int) -> pd.Series:
    return pd.Series(pd.bdate_range("2013-01-01", periods=count))


def rows_that_reach_in(train: np.ndarray, start: int, horizon: int) -> int:
    return int((train + horizon >= start).sum())


def test_a_gap_of_calendar_days_leaves_training_dates_that_know_the_test_block() -> None:
    """purgedcv takes durations. Ten *calendar* days are six to eight sessions, so labels of the last two to four training dates
    reach into the test block; fifteen (purge and embargo) drop ten or eleven sessions, four or five fewer than are meant."""
    from purgedcv import WalkForwardSplit

    sessions, folds, horizon, embargo = 2500, 12, 10, 5
    dates = sessions_of_weekdays(sessions)
    ours = WalkForward(folds=folds, embargo_sessions=embargo).split(sessions, horizon=horizon)
    theirs = WalkForwardSplit(
        folds,
        sessions // (folds + 1),
        prediction_times=dates,
        evaluation_times=dates + pd.Timedelta(days=horizon),
        purge_horizon=pd.Timedelta(days=embargo),
    )
    contaminated, too_many = [], []
    for us, (train, test) in zip(ours, theirs.split(np.zeros((sessions, 1))), strict=True):
        start = int(test[0])
        assert test.tolist() == list(us.test)
        purged = np.flatnonzero(dates < dates[start] - pd.Timedelta(days=horizon))
        contaminated.append(rows_that_reach_in(purged, start, horizon))
        too_many.append(len(train) - len(us.train))
        assert rows_that_reach_in(np.array(list(us.train)), start, horizon) == 0
    assert min(contaminated) >= 2
    assert set(too_many) <= {4, 5}


@needs_sp500
def test_on_the_real_calendar_ten_calendar_days_contaminate_every_fold() -> None:
    dates = pd.Series(pd.DatetimeIndex(panel().dates))
    for split in WalkForward(folds=12, embargo_sessions=5).split(len(dates), horizon=10):
        start = split.test.start
        train = np.flatnonzero(dates < dates[start] - pd.Timedelta(days=10))
        assert 2 <= rows_that_reach_in(train, start, 10) <= 4
