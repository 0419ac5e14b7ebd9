"""Sessions: the panel's own calendar, what an exchange says of it, who is listed when; nothing is filled."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from alpha_bench import features
from alpha_bench.errors import AlphaBenchError
from alpha_bench.operators import Kind
from alpha_bench.panel.panel import Panel, read_panel
from fakes import sp500
from fakes.small_panels import SHARED, panel_of, random_fields

DAYS = pd.bdate_range("2023-12-18", "2024-01-19")  # Christmas, New Year and King's day are among them


def panel(days: pd.DatetimeIndex, **more: object) -> Panel:
    close = pd.DataFrame({"A": np.arange(1.0, len(days) + 1), "B": 2.0}, index=days)
    return Panel.of({"close": close}, **more)  # type: ignore[arg-type]


def test_sessions_at_which_the_exchange_is_closed_are_refused_and_named() -> None:
    with pytest.raises(
        AlphaBenchError, match=r"E20 XNYS is closed at 3 sessions .*2023-12-25, 2024-01-01, 2024-01-15"
    ):
        panel(DAYS).on_calendar("XNYS")


def test_or_left_out_or_kept_as_is_said() -> None:
    left = panel(DAYS).on_calendar("XNYS", closed="leave_out")
    assert left.shape == (len(DAYS) - 3, 2)
    assert [(f.code, f.count) for f in left.findings] == [("session_left_out", 3)]
    assert left.calendar.extra == ()
    kept = panel(DAYS).on_calendar("XNYS", closed="keep")
    assert kept.digest == panel(DAYS).digest
    assert kept.validation["not_a_session"].examples == ("2023-12-25", "2024-01-01", "2024-01-15")
    with pytest.raises(AlphaBenchError, match="R01 closed is one of"):
        panel(DAYS).on_calendar("XNYS", closed="drop")  # type: ignore[arg-type]


def test_sessions_that_the_panel_lacks_are_a_finding_and_are_not_filled() -> None:
    days = DAYS.drop(pd.to_datetime(["2023-12-25", "2024-01-01", "2024-01-15", "2024-01-03"]))
    compared = panel(days).on_calendar("XNYS")
    assert compared.calendar.missing == ("2024-01-03",)
    assert compared.validation["no_such_session"].examples == ("2024-01-03",)
    assert compared.digest == panel(days).digest


def test_another_exchange_has_other_holidays() -> None:
    """The control: London is open on the third Monday of January, New York is not."""
    days = DAYS.drop(pd.to_datetime(["2023-12-25", "2024-01-01"]))
    with pytest.raises(AlphaBenchError, match=r"E20 XNYS is closed at 1 sessions"):
        panel(days).on_calendar("XNYS")
    with pytest.raises(
        AlphaBenchError, match=r"E20 XLON is closed at 1 sessions of the panel \(2023-12-26\)"
    ):
        panel(days).on_calendar("XLON")


def test_what_is_constant_over_time_stays_a_view_when_sessions_are_left_out() -> None:
    reference = pd.DataFrame({"symbol": ["A", "B"], "size": [1.0, 2.0], "sector": ["x", "y"]})
    left = panel(DAYS, reference=reference).on_calendar("XNYS", closed="leave_out")
    assert left.fields["size"].strides[0] == 0
    assert left.groups["sector"].shape == left.shape


def test_a_calendar_that_there_is_not_is_refused_with_the_nearest() -> None:
    with pytest.raises(AlphaBenchError, match=r"E19 there is no calendar 'XNYC'. Fix: did you mean 'XNYS'"):
        panel(DAYS).on_calendar("XNYC")


def test_ten_sessions_are_ten_rows_whatever_lies_between() -> None:
    """A holiday more in the panel is a session more: the panel's own calendar counts."""
    full, short = panel(DAYS), panel(DAYS).on_calendar("XNYS", closed="leave_out")
    for each in (full, short):
        values = features.ret(10).to_frame(each)["A"]
        assert values.isna().sum() == 10
        assert values.iloc[10] == each.fields["close"][10, 0] / each.fields["close"][0, 0] - 1


def test_the_calendar_tells_weekdays_and_the_longest_break() -> None:
    told = panel(DAYS).calendar
    assert told.weekdays == (5, 5, 5, 5, 5, 0, 0)
    assert told.longest_break == (3, "2023-12-22")
    assert "25 sessions 2023-12-18 to 2024-01-19: Mon 5" in str(told)


def test_listed_is_a_filter_of_who_has_a_price() -> None:
    made = panel_of(random_fields(2))
    values = made.compute((made.listed,))[0]
    assert made.listed.kind is Kind.FILTER
    np.testing.assert_array_equal(values == 1.0, ~np.isnan(made.fields["close"]))


def test_first_and_last_sessions_are_those_of_prices() -> None:
    fields = random_fields(2)
    fields["close"][:5, 0] = np.nan
    fields["close"][50:, 1] = np.nan
    fields["close"][:, 2] = np.nan
    made = panel_of(fields)
    frame = pd.DataFrame(fields["close"], index=made.dates)
    for a in range(made.shape[1]):
        expected = (frame[a].first_valid_index(), frame[a].last_valid_index())
        for got, want in zip((made.first_sessions[a], made.last_sessions[a]), expected, strict=True):
            assert np.isnat(got) if want is None else got == np.datetime64(want, "D")


@sp500.needs_sp500
def test_the_sp500_panel_has_every_session_of_new_york() -> None:
    compared = sp500.panel().on_calendar("XNYS")
    assert (compared.calendar.missing, compared.calendar.extra) == ((), ())


def test_the_us3000_panel_lacks_one_session_of_new_york() -> None:
    path = SHARED / "us3000_daily_2008_2017.parquet"
    if not path.exists():
        pytest.skip("the us3000 panel is not beside the checkout")
    compared = read_panel(path).on_calendar("XNYS")
    assert (compared.calendar.missing, compared.calendar.extra) == (("2011-02-17",), ())
