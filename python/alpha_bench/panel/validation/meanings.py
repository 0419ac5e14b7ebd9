"""What each finding means: its severity, what it is, why it matters and what to do. One row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

Severity: TypeAlias = Literal["note", "warning"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Meaning:
    """The standing words of a finding."""

    severity: Severity
    what: str
    why: str
    do: str


_ROWS = """
unsorted_rows | note | rows were out of order; they were put in order of date and symbol | Nothing is lost; it may say that the file was stitched together. | Nothing need be done.
column_left_out | note | columns that hold neither numbers nor texts of at most 10,000 kinds were left out | They are not fields of the panel. | Write numbers as numbers, groups as texts.
group_by_date | note | groups of the reference that the prices have by date: those by date are taken | Who belonged where is as of each date. | Nothing need be done.
dated_before_known | warning | rows are dated by another column than the one that says when they became known | A figure of a quarter is filed weeks after it ended: who knows it at its end looks ahead. | panel.as_filed(filings) joins them as they were known.
similar_symbol | warning | symbols that equal another but for the case of letters or their form: one asset as two? | Its sessions would be split in two, and windows of each are broken. | frame['symbol'] = frame['symbol'].str.strip().str.upper()
time_zone | note | time stamps with a zone: the date is the day there | The same instant is another day elsewhere. | Check that it is the exchange's own zone.
session_left_out | note | sessions at which the exchange is closed were left out, as asked | Their prices are in no window. | Nothing need be done.
not_a_session | warning | sessions of the panel at which the exchange is closed | A look-back of 10 sessions counts them. | Leave them out, or name another calendar.
no_such_session | warning | sessions of the exchange that the panel lacks | A look-back of 10 sessions reaches further back than ten days of trading. | Ask for the data again; nothing is filled.
reference_constant | warning | reference columns are one value for all sessions: as of one day, so they look ahead of earlier ones | A size or sector of the last day tells who grew. | Use them for mechanics, or give them by date.
not_in_reference | warning | assets are not in the reference; its fields are missing for them | Features that read them are missing there. | Complete the reference.
missing | note | values are missing where the asset has a price | Windows that hold one are missing. | Nothing is filled; ts.backfill does, with a limit.
late_start | note | assets start after the first session | They enter cross-sections from then on. | Nothing need be done where they were listed then.
early_end | note | assets end before the last session | They leave cross-sections; labels that reach past the end are missing. | Nothing need be done where they were delisted then.
no_early_end | warning | no asset leaves before the last month: the panel holds survivors only | Who failed is not there to be bought: average returns are too high. | Use a panel with delisted assets, or say so beside every figure.
interior_gap | warning | sessions are missing between an asset's first and last price; nothing is filled | Windows and labels that touch one are missing. | Find out whether trading was halted or data lost.
empty_asset | warning | assets have no price at all | They are in no cross-section. | Leave them out.
thin_session | warning | sessions have a price for fewer than 80 % of the assets that are listed then | Ranks of that day are ranks of a part. | Ask for the data again, or leave the session out.
zero_volume | warning | volumes are zero | The price of that day is no trade. | Mask it: a filter such as volume > 0.
zero_volume_run | warning | runs of five sessions or more without volume | The price is stale: it cannot be traded at. | Mask it: a filter such as volume > 0.
volume_spike | note | volumes above 100 times the usual (the median of 20 sessions before) | News or index changes; or shares counted in another unit. | Look at the first ones.
negative | warning | values are negative | Volumes are not. | Ask for the data again.
non_positive_price | warning | prices are zero or negative | Returns over them mean nothing. | Ask for the data again.
ohlc_inconsistent | warning | rows where high or low do not bound open, close and each other | One of the four is wrong, and features of the range use it. | Mask them, or use the close alone.
bad_print | warning | prices jump and are back the next session, without the volume of news: probably bad prints | Two false returns, one of them a perfect reversal. | Correct or blank the price of that session at its source.
bad_session | warning | sessions with four or more bad prints and wrong factors, up and down: prices of the whole day may be mixed up | Errors come together; those that are small are not seen. | Ask for that day again.
wrong_scale | warning | prices change by a factor and change back within 250 sessions, without the volume of news: adjusted with a wrong factor in between | Two false returns, and a wrong level between them. | Scale that stretch at its source.
split_like | warning | prices change by a split's ratio and stay, without the volume of news: probably a split or a distribution of shares that is not adjusted | A false return of -50 % or +100 %, and windows that hold it. | Adjust earlier prices by the ratio.
unadjusted | warning | prices open far away and stay, without the volume of news: probably a spin-off or special dividend that is not adjusted | A false loss: who held the share also got what was paid out. | Adjust earlier prices, or blank the return.
large_move | note | prices move by more than 30 % in one session otherwise: news, or unseen errors | Single returns that sway means; ranks stand them better. | Look at the first ones; winsorize or rank.
outlier | note | returns of more than 20 % and beyond 20 robust standard deviations of the asset's own, with the volume of news or without a way to tell | As above, for quiet assets. | Look at the first ones; winsorize or rank.
stale_price | warning | runs of ten identical closes or more | Volatility and reversal of these are not what could be traded. | Mask them: a filter such as ts.std(close, 10) > 0.
duplicate_asset | warning | assets with the same prices as another | One company counts twice. | Keep one of them.
duplicate_field | warning | fields that are equal to another, value by value | A model that reads both has one feature twice. | Leave one out.
adjusted_levels | warning | price levels look adjusted backwards: early prices are off the grid of cents, late ones on it | Adjusted levels know later splits and dividends: a level, a price filter or close x volume leaks. Returns do not. | Use ratios of prices; take filters from unadjusted prices.
"""


def _read() -> Mapping[str, Meaning]:
    found = {}
    for row in _ROWS.strip().splitlines():
        code, severity, what, why, do = (part.strip() for part in row.split("|"))
        found[code] = Meaning(severity=cast("Severity", severity), what=what, why=why, do=do)
    return found


MEANINGS: Mapping[str, Meaning] = _read()
UNCOUNTED = frozenset({"no_early_end", "adjusted_levels"})
"""What is said of the panel as a whole, and not counted."""
