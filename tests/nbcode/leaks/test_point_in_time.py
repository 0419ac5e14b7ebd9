"""What was known on which day: leaks that use a row, a date or a name before it was known, and the honest way to use the same table."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest

from fakes.leak_runs import cells_of, looked
from nbcode.leaks.tables.keys import event_columns, explicit_keys, known_keys, revised_columns
from nbcode.primitives import Verdict, dataclass

SESSIONS, NAMES = 140, 8
DAYS = pd.bdate_range("2021-01-04", periods=SESSIONS)
HEAD = """
# %% [meta]
# id: point_in_time
# kind: model
# horizon: 5d
# owner: research
# inputs:
#   prices: prices.csv
# %% [setup]
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
px = inputs["prices"].assign(date=lambda f: pd.to_datetime(f["date"])).sort_values(["symbol", "date"])
px["y"] = px.groupby("symbol")["close"].shift(-5) / px["close"] - 1
def fitted(t, use):
    t = t.dropna(subset=[*use, "y"])
    d = np.sort(px["date"].unique())
    train, test = t[t["date"] < d[80]], t[(t["date"] >= d[86]) & (t["date"] < d[120])]
    m = Ridge().fit(train[use], train["y"])
    return m.predict(test[use])
# %% [features]
"""


@cache
def prices() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    close = 20 * np.exp(rng.normal(0, 0.02, (SESSIONS, NAMES)).cumsum(axis=0))
    names = [f"N{n}" for n in range(NAMES)]
    table = pd.DataFrame({"date": np.repeat(DAYS, NAMES), "symbol": np.tile(names, SESSIONS)})
    return table.assign(close=close.ravel())


def results() -> pd.DataFrame:
    """A result a quarter: the day that the calendar gave, the day on which it came, and a correction of most of them weeks later."""
    rng, rows = np.random.default_rng(5), []
    for n in range(NAMES):
        for k, at in enumerate(range(6 + n % 5, SESSIONS - 40, 20)):
            came = at + 3 + int(rng.integers(0, 6))
            eps = float(rng.normal())
            rows.append((f"N{n}", DAYS[at], DAYS[at + 6], DAYS[came], eps))
            if k % 3:
                rows.append((f"N{n}", DAYS[at], DAYS[at + 6], DAYS[came + 25], eps + float(rng.normal())))
    table = pd.DataFrame(rows, columns=["symbol", "period_end", "scheduled", "filed_on", "eps"])
    return table.drop_duplicates(["symbol", "filed_on"])  # two of one day would stand in any order


def restated() -> pd.DataFrame:
    """A result a quarter, and in two of three rows what it was corrected to weeks later."""
    first = results().drop_duplicates(["symbol", "period_end"])[["symbol", "filed_on", "eps"]]
    corrected = np.arange(len(first)) % 3 > 0
    other = first["eps"] + np.random.default_rng(8).normal(size=len(first))
    on = first["filed_on"] + pd.Timedelta(days=35)
    return first.assign(
        eps_restated=other.where(corrected, first["eps"]), restatement_date=on.where(corrected)
    )


def reports() -> pd.DataFrame:
    """Two surprises a week of each name, two of three of them told after the close."""
    at = np.arange(2, SESSIONS - 5, 2)
    rows = [(DAYS[a + n % 2], f"N{n}") for a in at for n in range(NAMES)]
    table = pd.DataFrame(rows, columns=["date", "symbol"])
    draw = np.random.default_rng(10)
    return table.assign(
        when=np.where(np.arange(len(table)) % 3 > 0, "AMC", "BMO"), surprise=draw.normal(size=len(table))
    )


def macro() -> pd.DataFrame:
    """A figure by the day that it speaks of, which came out ten sessions later."""
    at = np.arange(0, SESSIONS - 12, 5)
    value = np.random.default_rng(7).normal(size=len(at)).cumsum()
    return pd.DataFrame({"date": DAYS[at], "value": value, "released": DAYS[at + 10]})


def forecasts() -> pd.DataFrame:
    """Forecasts made for the quarter after the one in which they are made."""
    rng = np.random.default_rng(9)
    rows = [
        (f"N{n}", str((DAYS[at] + pd.DateOffset(months=3)).to_period("Q")), DAYS[at], rng.normal())
        for at in range(1, SESSIONS, 4)
        for n in range(NAMES)
    ]
    return pd.DataFrame(rows, columns=["symbol", "quarter", "estimated_given_on", "eps"])


def members() -> pd.DataFrame:
    """Who was in the index from when to when; open where it still is."""
    rng, rows = np.random.default_rng(11), []
    for n in range(NAMES):
        at = int(rng.integers(0, 20))
        while at < SESSIONS - 5:
            end = at + int(rng.integers(25, 70))
            rows.append((f"N{n}", DAYS[at], DAYS[end] if end < SESSIONS else pd.NaT))
            at = end + int(rng.integers(3, 20))
    return pd.DataFrame(rows, columns=["symbol", "start", "removed_on"])


def database() -> pd.DataFrame:
    """A score by day; a name brings its past with it when it is added."""
    rng = np.random.default_rng(13)
    added = {f"N{n}": DAYS[int(rng.integers(30, 110))] for n in range(NAMES)}
    table = prices()[["date", "symbol"]]
    return table.assign(score=rng.normal(size=len(table)), added_on=table["symbol"].map(added))


def leavers() -> pd.DataFrame:
    """Prices of which every second name ends before the data does."""
    ends = {f"N{n}": DAYS[95 + 4 * n] if n % 2 else DAYS[-1] for n in range(NAMES)}
    table = prices()
    return table[table["date"] <= table["symbol"].map(ends)]


def closes() -> pd.DataFrame:
    """What two markets did on a day, one of which closes in the morning of the other."""
    rng = np.random.default_rng(19)
    parts = [
        pd.DataFrame(
            {
                "date": DAYS,
                "venue": name,
                "at": DAYS + pd.Timedelta(hours=hour),
                "move": rng.normal(size=SESSIONS),
            }
        )
        for name, hour in (("asia", 7), ("america", 21))
    ]
    return pd.concat(parts).sort_values("at")


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    name: str
    table: Callable[[], pd.DataFrame]
    leak: str
    honest: str


ASOF = (
    "t = pd.merge_asof(px.sort_values('date'), e.sort_values('{0}').rename(columns={{'{0}': 'at'}}), left_on='date', right_on='at', "
    "by='symbol', direction='{1}')\n"
)
EARLIER, LATER = ASOF.format("filed_on", "backward"), ASOF.format("filed_on", "forward")
GIVEN = "e = inputs['given']\n"
CASES = [
    Case(
        name="figures on the day that they speak of",
        table=results,
        leak=GIVEN + ASOF.format("period_end", "backward") + "p = fitted(t, ['eps'])",
        honest=GIVEN + EARLIER + "p = fitted(t, ['eps'])",
    ),
    Case(
        name="the last word of each period, on the day of the first",
        table=results,
        leak=GIVEN + "e = e.sort_values('filed_on').groupby(['symbol', 'period_end']).agg(eps=('eps', 'last'), filed_on=('filed_on', 'first'))"
        ".reset_index()\n" + EARLIER + "p = fitted(t, ['eps'])",
        honest=GIVEN + "e = e.sort_values('filed_on').drop_duplicates(['symbol', 'period_end'])\n" + EARLIER + "p = fitted(t, ['eps'])",
    ),
    Case(
        name="what a result was restated to, on the day of the first",
        table=restated,
        leak=GIVEN + EARLIER + "p = fitted(t, ['eps_restated'])",
        honest=GIVEN + EARLIER + "p = fitted(t, ['eps'])",
    ),
    Case(
        name="what a result is restated to later",
        table=restated,
        leak=GIVEN + EARLIER + "t['eps'] = t.eps_restated.where(t.restatement_date.notna(), t.eps)\np = fitted(t, ['eps'])",
        honest=GIVEN + EARLIER + "t['eps'] = t.eps_restated.where(t.restatement_date < t.date, t.eps)\np = fitted(t, ['eps'])",
    ),
    Case(
        name="surprises that were told after the close, on the day itself",
        table=reports,
        leak="t = px.merge(inputs['given'], on=['date', 'symbol'], how='left').fillna({'surprise': 0.0})\np = fitted(t, ['surprise'])",
        honest="t = px.merge(inputs['given'], on=['date', 'symbol'], how='left')\n"
        "night = t.surprise.where(t.when.eq('AMC')).groupby(t.symbol).shift(1)\n"
        "t['surprise'] = t.surprise.where(t.when.eq('BMO')).fillna(night).fillna(0.0)\np = fitted(t, ['surprise'])",
    ),
    Case(
        name="sessions until the next filing",
        table=results,
        leak=GIVEN + LATER + "t['until'] = (t['at'] - t['date']).dt.days\np = fitted(t, ['until'])",
        honest=GIVEN + EARLIER + "t['since'] = (t['date'] - t['at']).dt.days\np = fitted(t, ['since'])",
    ),
    Case(
        name="how late the next result is",
        table=results,
        leak=GIVEN + "e['late'] = (e['filed_on'] - e['scheduled']).dt.days\n"
        + ASOF.format("scheduled", "forward") + "p = fitted(t, ['late'])",
        honest=GIVEN + "e = e[['symbol', 'scheduled']]\n" + ASOF.format("scheduled", "forward")
        + "t['until'] = (t['at'] - t['date']).dt.days\np = fitted(t, ['until'])",
    ),
    Case(
        name="a macro figure on the day that it speaks of",
        table=macro,
        leak=GIVEN + "t = pd.merge_asof(px.sort_values('date'), e[['date', 'value']], on='date')\np = fitted(t, ['value'])",
        honest=GIVEN + "e = e[['released', 'value']]\n"
        "t = pd.merge_asof(px.sort_values('date'), e, left_on='date', right_on='released')\np = fitted(t, ['value'])",
    ),
    Case(
        name="the mean of all forecasts of a quarter",
        table=forecasts,
        leak=GIVEN + "mean = e.groupby(['symbol', 'quarter'])['eps'].mean().rename('mean').reset_index()\n"
        "t = px.assign(quarter=(px['date'] + pd.DateOffset(months=3)).dt.to_period('Q').astype(str)).merge(mean, on=['symbol', 'quarter'])\n"
        "p = fitted(t, ['mean'])",
        honest=GIVEN + "e['mean'] = e.groupby(['symbol', 'quarter'])['eps'].transform(lambda v: v.expanding().mean())\n"
        + ASOF.format("estimated_given_on", "backward") + "p = fitted(t, ['mean'])",
    ),
    Case(
        name="those who are members now",
        table=members,
        leak=GIVEN + "now = e[e['removed_on'].isna()]\nt = px[px['symbol'].isin(now['symbol'])].copy()\n"
        "t['r'] = t.groupby('symbol')['close'].pct_change(5)\np = fitted(t, ['r'])",
        honest=GIVEN + "px['r'] = px.groupby('symbol')['close'].pct_change(5)\nt = px.merge(e, on='symbol')\n"
        "t = t[(t['start'] <= t['date']) & (t['removed_on'].isna() | (t['removed_on'] > t['date']))]\np = fitted(t, ['r'])",
    ),
    Case(
        name="sessions that a member still has",
        table=members,
        leak=GIVEN + "t = px.merge(e, on='symbol')\nt = t[(t['start'] <= t['date']) & ~(t['removed_on'] <= t['date'])].copy()\n"
        "t['left'] = (t['removed_on'] - t['date']).dt.days.fillna(999)\np = fitted(t, ['left'])",
        honest=GIVEN + "t = px.merge(e, on='symbol')\nt = t[(t['start'] <= t['date']) & ~(t['removed_on'] <= t['date'])].copy()\n"
        "t['been'] = (t['date'] - t['start']).dt.days\np = fitted(t, ['been'])",
    ),
    Case(
        name="scores from before a name was added",
        table=database,
        leak=GIVEN + "t = px.merge(e, on=['date', 'symbol'])\np = fitted(t, ['score'])",
        honest=GIVEN + "t = px.merge(e[e['date'] >= e['added_on']], on=['date', 'symbol'])\np = fitted(t, ['score'])",
    ),
    Case(
        name="the share of its life that a name has behind it",
        table=leavers,
        leak=GIVEN + "e['life'] = e.groupby('symbol').cumcount() / e.groupby('symbol')['close'].transform('size')\n"
        "t = e[['date', 'symbol', 'life']].merge(px, on=['date', 'symbol'])\np = fitted(t, ['life'])",
        honest=GIVEN + "e['life'] = e.groupby('symbol').cumcount()\n"
        "t = e[['date', 'symbol', 'life']].merge(px, on=['date', 'symbol'])\np = fitted(t, ['life'])",
    ),
    Case(
        name="what the other market does later on the day",
        table=closes,
        leak=GIVEN + "a, b = e[e['venue'] == 'asia'], e[e['venue'] == 'america']\n"
        "t = a.merge(b[['date', 'move']].rename(columns={'move': 'other'}), on='date')\nt['y'] = t['move'].shift(-1)\np = fitted(t, ['other'])",
        honest=GIVEN + "a, b = e[e['venue'] == 'asia'], e[e['venue'] == 'america']\n"
        "t = b.merge(a[['date', 'move']].rename(columns={'move': 'other'}), on='date')\nt['y'] = t['move'].shift(-1)\np = fitted(t, ['other'])",
    ),
]  # fmt: skip


def told(case: Case, cell: str) -> tuple[str, list[str]]:
    look = looked(cells_of(HEAD + cell), {"prices": prices(), "given": case.table()}, horizon=5)
    return look.ahead.verdict, [one.code for one in look.diagnostics]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_was_not_known_yet_is_told(case: Case) -> None:
    verdict, codes = told(case, case.leak)
    assert (verdict, set(codes)) == (Verdict.FOUND, {"NBC-E23"})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_same_table_by_what_was_known_is_left_in_peace(case: Case) -> None:
    assert told(case, case.honest) == (Verdict.NONE_FOUND, [])


@pytest.mark.parametrize(
    ("columns", "key", "known", "events"),
    [
        (
            "date filed_on",
            "date",
            "date",
            "filed_on",
        ),  # of many rows a filing: when the next was, not when the row was known
        ("period_end filed_on", "filed_on", "filed_on", "filed_on"),
        ("quarter given_on", "given_on", "given_on", "given_on"),
        ("expected announced", "announced", "announced", "announced"),
        ("month listed_on", "month", "latest", ""),
        ("start removed_on", "start", "start", "removed_on"),
        ("trade_date expiry", "trade_date", "trade_date", ""),
    ],
)
def test_which_date_of_a_row_counts(columns: str, key: str, known: str, events: str) -> None:
    first, second = columns.split()
    table = pd.DataFrame({"symbol": "A", first: DAYS[:20], second: DAYS[3:23]})
    if first == "quarter":
        table[first] = ["2021-04-01"] * 20
    if first == "date":
        table[second] = np.repeat(DAYS[30:34], 5)
    explicit, latest = explicit_keys(table), known_keys(table)
    assert explicit is not None
    assert latest is not None
    by_name = {name: pd.DatetimeIndex(pd.to_datetime(table[name])) for name in (first, second)}
    by_name["latest"] = by_name[second]
    assert (pd.DatetimeIndex(explicit.dates) == by_name[key]).all()
    assert (pd.DatetimeIndex(latest.dates) == by_name[known]).all()
    assert [name for group in event_columns(table) for name in group] == events.split()


@pytest.mark.parametrize(
    ("columns", "own"),
    [
        ("filed eps epsRestated restated_on", "epsRestated"),
        ("released first final final_at", "final"),
        ("date trade_price trade_size trade_date", ""),  # of no later day
        ("filed first final revised", "final"),
        ("released value revised", ""),  # what was released may be what was revised
        ("filed period_eps eps period_end", ""),
        ("date price settle_price settle_date", ""),  # known beforehand
        ("filed price day_return day", ""),  # every day is one
    ],
)
def test_which_columns_are_known_by_a_date_of_their_own(columns: str, own: str) -> None:
    day, *values, other = columns.split()
    at = {"trade_date": 3, "period_end": 0}.get(other, 9)
    table = pd.DataFrame(
        {day: DAYS[3:23], **{name: np.arange(20.0) for name in values}, other: DAYS[at : at + 20]}
    )
    found = revised_columns(table, table[day].to_numpy().astype("datetime64[ns]"))
    assert [column for columns, _ in found for column in columns] == own.split()


@pytest.mark.parametrize(("values", "known"), [("value_first value_final", "released"), ("value", "revised")])
def test_a_row_is_known_when_it_was_released_where_what_was_revised_stands_beside(
    values: str, known: str
) -> None:
    table = pd.DataFrame({"ref_month": DAYS[:20], "released": DAYS[3:23], "revised": DAYS[9:29]})
    table = table.assign(**{name: np.arange(20.0) for name in values.split()})
    for keys in (explicit_keys(table), known_keys(table)):
        assert keys is not None
        assert (pd.DatetimeIndex(keys.dates) == table[known]).all()


def test_numbers_that_share_a_word_are_not_read_as_dates() -> None:
    """Each reading of a column of many numbers as texts takes longer than a look."""
    table = pd.DataFrame({"date": DAYS, "volume": range(SESSIONS), "volume_usd": np.arange(SESSIONS) * 7.0})
    read: list[str] = []
    sys.setprofile(lambda frame, event, _: read.append(frame.f_code.co_name) if event == "call" else None)
    try:
        assert revised_columns(table, table["date"].to_numpy()) == ()
    finally:
        sys.setprofile(None)
    assert "revised_columns" in read
    assert "days_in" not in read
