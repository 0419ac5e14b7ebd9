"""What is odd about a panel is found: every known defect of two real panels by name, and each kind on made data with a clean twin."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from alpha_bench.panel.panel import read_panel
from alpha_bench.panel.validation import Validation
from fakes import sp500 as real
from fakes.small_panels import SHARED, panel_of

US3000 = SHARED / "us3000_daily_2008_2017.parquet"
T, N = 300, 12


def made(seed: int = 3) -> dict[str, np.ndarray]:
    """A clean market: no gaps, prices in cents, bars that bound, volumes of the usual size."""
    rng = np.random.default_rng(seed)
    close = np.round(100 * np.exp(np.cumsum(rng.normal(0, 0.01, (T, N)), axis=0)), 2)
    opened = np.round(np.vstack([close[:1], close[:-1]]) * np.exp(rng.normal(0, 0.002, (T, N))), 2)
    return {
        "open": opened,
        "high": np.maximum(opened, close) + 0.01,
        "low": np.minimum(opened, close) - 0.01,
        "close": close,
        "volume": np.round(rng.lognormal(12, 0.3, (T, N))),
    }


def bar(fields: dict[str, np.ndarray], t: int, a: int, factor: float, *, to: int | None = None) -> None:
    """Scale all four prices of asset ``a`` from session ``t`` on, up to ``to``."""
    for name in ("open", "high", "low", "close"):
        fields[name][t:to, a] *= factor


def found(fields: dict[str, np.ndarray]) -> dict[str, list[str]]:
    report = panel_of(fields).validation
    return {f.code: [str(p) for p in f.places] or [str(f.count)] for f in report.findings}


def test_a_clean_market_has_no_finding_but_that_all_survive() -> None:
    assert [found(made(seed)) for seed in range(3)] == [{"no_early_end": ["1"]}] * 3


def without(fields: dict[str, np.ndarray], t: object, a: object) -> None:
    for values in fields.values():
        values[t, a] = np.nan


def wash(fields: dict[str, np.ndarray]) -> None:
    without(fields, slice(100, 103), 2)
    without(fields, 200, 2)


def closes(fields: dict[str, np.ndarray], t: object, a: object, to: object) -> None:
    fields["close"][t, a] = to
    fields["high"][t, a], fields["low"][t, a] = 1e6, 0.0


def split(fields: dict[str, np.ndarray]) -> None:
    """Ten for one: a tenth of the price, ten times the shares traded from then on."""
    bar(fields, 200, 7, 0.1)
    fields["volume"][200:, 7] *= 10


def day_mixed_up(fields: dict[str, np.ndarray]) -> None:
    for a, factor in enumerate((1.5, 0.7, 1.4, 0.6)):
        bar(fields, 150, a, factor, to=151)


DEFECTS = [
    ("late_start", "A000 2020-02-20", lambda f: without(f, slice(0, 50), 0)),
    ("early_end", "A001 2020-09-06", lambda f: without(f, slice(250, None), 1)),
    ("interior_gap", "A002 2020-04-10 3 sessions", wash),
    ("empty_asset", "A004", lambda f: without(f, slice(None), 4)),
    ("thin_session", "2020-05-30 5 of 12", lambda f: without(f, 150, slice(0, 7))),
    ("missing", "A003 2020-03-01", lambda f: f["open"].__setitem__((60, 3), np.nan)),
    ("zero_volume", "A003 2020-01-11", lambda f: f["volume"].__setitem__((10, 3), 0.0)),
    ("zero_volume_run", "A003 2020-01-11 6 sessions", lambda f: f["volume"].__setitem__((slice(10, 16), 3), 0.0)),
    ("volume_spike", "A005 2020-05-30 x", lambda f: f["volume"].__setitem__((150, 5), 1e9)),
    ("negative", "A003 2020-01-12", lambda f: f["volume"].__setitem__((11, 3), -1.0)),
    ("non_positive_price", "A003 2020-01-12", lambda f: f["low"].__setitem__((11, 3), 0.0)),
    ("ohlc_inconsistent", "A003 2020-03-11", lambda f: f["high"].__setitem__((70, 3), 0.5)),
    ("bad_print", "A004 2020-07-19 +200%, volume x", lambda f: bar(f, 200, 4, 3.0, to=201)),
    ("bad_print", "A004 2020-07-19 +2", lambda f: bar(f, 200, 4, 1.25, to=201)),
    ("bad_session", "1", day_mixed_up),
    ("wrong_scale", "A006 2020-04-10 -9", lambda f: bar(f, 100, 6, 0.1, to=140)),
    ("split_like", "A007 2020-07-19 -5", lambda f: bar(f, 200, 7, 0.5)),
    ("split_like", "A007 2020-07-19 -3", lambda f: bar(f, 200, 7, 1 / 1.5)),
    ("split_like", "A007 2020-07-19 -90%, volume x", split),
    ("split_like", "A007 2020-07-19 +9", lambda f: bar(f, 200, 7, 10.0)),
    ("unadjusted", "A008 2020-07-19 -2", lambda f: bar(f, 200, 8, 0.72)),
    ("stale_price", "A009 2020-05-30 15 sessions", lambda f: closes(f, slice(150, 165), 9, 77.77)),
    ("duplicate_asset", "A011 = A010", lambda f: [v.__setitem__((slice(None), 11), v[:, 10]) for v in f.values()]),
    ("duplicate_field", "1", lambda f: f.update(adj=f["volume"].copy())),
    ("adjusted_levels", "1", lambda f: [f[n].__imul__(np.where(np.arange(T) < 200, 0.97713, 1)[:, None]) for n in ("open", "high", "low", "close")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "place", "spoil"), DEFECTS, ids=[f"{c}-{n}" for n, (c, _, _) in enumerate(DEFECTS)]
)
def test_each_kind_is_found_where_it_is(code: str, place: str, spoil: object) -> None:
    fields = made()
    spoil(fields)  # type: ignore[operator]
    assert any(p.startswith(place) for p in found(fields)[code]), found(fields).get(code)


def test_news_is_not_a_bad_print_nor_a_corporate_action() -> None:
    """The clean twins of the jumps: the same moves with the volume of news, and a fall that came during the session."""
    fields = made()
    bar(fields, 200, 4, 3.0, to=201)
    bar(fields, 200, 7, 0.5)
    bar(fields, 200, 8, 0.72)
    bar(fields, 200, 6, 0.1)
    fields["volume"][200, [4, 6, 7, 8]] *= 40
    fields["close"][100, 9:10] *= 0.72
    fields["low"][100, 9:10] *= 0.7
    bar(fields, 101, 9, 0.72)
    told = found(fields)
    assert not {"bad_print", "split_like", "unadjusted", "wrong_scale"} & set(told)
    assert len(told["large_move"]) == 4


def test_a_jump_over_a_gap_is_over_the_last_known_price() -> None:
    fields = made()
    bar(fields, 203, 7, 0.5)
    without(fields, slice(200, 203), 7)
    assert found(fields)["split_like"][0].startswith("A007 2020-07-22")


def test_nothing_is_repaired() -> None:
    fields = made()
    bar(fields, 200, 4, 3.0, to=201)
    panel = panel_of(fields)
    before = panel.digest
    assert panel.validation.findings
    assert panel_of({n: np.array(v) for n, v in panel.fields.items()}).digest == before


@pytest.mark.parametrize("rows", [1, 2, 3, 25])
def test_short_panels_are_looked_at_too(rows: int) -> None:
    short = panel_of({n: v[:rows] for n, v in made().items()})
    assert short.validation.findings == ()
    assert "nothing odd" in short._repr_html_()


def test_the_report_says_what_where_why_and_what_to_do() -> None:
    fields = made()
    bar(fields, 200, 4, 3.0, to=201)
    without(fields, slice(0, 50), 0)
    report: Validation = panel_of(fields).validation
    finding = report["bad_print"]
    assert finding.why
    assert finding.do
    assert finding.examples == ("A004 2020-07-19",)
    assert finding.why in str(report)
    shown = report._repr_html_()
    assert (
        shown.count("<svg") == 4
    )  # assets over time; when, of the two findings that have places; the price around the jump
    assert "<script" not in shown
    assert "aria-label" in shown
    assert json.loads(json.dumps(report.to_json()))["findings"]
    frame = pd.DataFrame(report.rows())
    assert frame[frame["code"] == "bad_print"]["asset"].tolist() == ["A004"]
    with pytest.raises(KeyError, match="stale_price"):
        report["stale_price"]


# -- the real panels -----------------------------------------------------------------------------------------------


def places(report: Validation, code: str, field: str = "") -> set[str]:
    return {
        f"{p.asset} {p.date}"
        for f in report.findings
        if f.code == code and f.field in {"", field or f.field}
        for p in f.places
    }


@pytest.fixture(scope="module")
def sp500() -> Validation:
    if not real.PRICES.exists():
        pytest.skip("the S&P 500 panel is not beside the checkout")
    return real.panel().validation


@pytest.fixture(scope="module")
def us3000() -> Validation:
    if not US3000.exists():
        pytest.skip("the us3000 panel is not beside the checkout")
    return read_panel(US3000).validation


SPIN_OFFS = (
    "NI 2015-07-02|EBAY 2015-07-20|DISCA 2014-08-07|DISCK 2014-08-07|BAX 2015-07-01|ARNC 2016-11-01".split(
        "|"
    )
)
# Not in the data's own notes: found here, each a spin-off or special dividend of that day.
MORE_SPIN_OFFS = (
    "YUM 2016-11-01|A 2014-11-03|HPE 2017-04-03|HPE 2017-09-01|DHR 2016-07-05|XRX 2017-01-03|VNO 2017-07-18|KLAC 2014-11-26|"
    "IR 2013-12-02|CAG 2016-11-10|CTXS 2017-02-01|BHGE 2017-07-05"
).split("|")


@pytest.mark.parametrize("place", SPIN_OFFS)
def test_each_known_corporate_action_of_the_sp500_panel_is_found(sp500: Validation, place: str) -> None:
    assert place in places(sp500, "unadjusted") | places(sp500, "split_like")


def test_what_else_is_called_unadjusted_there_is_unadjusted(sp500: Validation) -> None:
    """No false alarm: the list is complete, and each of it is a distribution of that day."""
    assert places(sp500, "unadjusted") | places(sp500, "split_like") == {*SPIN_OFFS, *MORE_SPIN_OFFS}


def test_the_bad_prints_of_the_sp500_panel_are_found(sp500: Validation) -> None:
    """The known one is the worst; eight of one day, up and down, show that the day is mixed up."""
    assert sp500["bad_print"].examples[0] == "LNT 2016-05-19"
    assert sp500["bad_session"].examples == ("2017-09-14 8",)
    mixed = {p.split()[0] for p in places(sp500, "bad_print") if p.endswith("2017-09-14")}
    assert mixed == {"NWL", "MRO", "FLR", "MPC", "MRK", "EQT", "COP", "NSC"}
    assert sp500["bad_print"].count == 13


def test_what_is_missing_and_inconsistent_in_the_sp500_panel_is_counted(sp500: Validation) -> None:
    counts = {f"{f.field}:{f.code}" if f.field else f.code: f.count for f in sp500.findings}
    assert (counts["late_start"], counts["no_early_end"], counts["interior_gap"]) == (29, 1, 51)
    assert (counts["open:missing"], counts["high:missing"], counts["low:missing"]) == (11, 8, 8)
    assert (counts["volume:zero_volume"], counts["ohlc_inconsistent"]) == (4, 12)
    assert sp500["interior_gap"].examples[:4] == ("DHR 16", "O 16", "ES 10", "ICE 5")
    by_name: dict[str, int] = {}
    for place in sp500["interior_gap"].places:
        by_name[place.asset] = by_name.get(place.asset, 0) + int(place.note.split()[0])
    assert by_name == {"DHR": 16, "O": 16, "ES": 10, "ICE": 5, "BMY": 2, "ORCL": 2}
    assert len(sp500["ohlc_inconsistent"].places) == 12
    assert len(sp500["late_start"].places) == 29
    assert "not_in_reference" not in counts


def test_the_known_defects_of_the_us3000_panel_are_found(us3000: Validation) -> None:
    assert us3000["bad_print"].examples[0] == "AVB 2010-09-16"  # x0.01, and x99 the next session
    assert us3000["no_early_end"].count == 1
    assert us3000["adjusted_levels"].count == 1


def test_prints_off_by_ten_and_a_hundred_in_the_us3000_panel_are_all_found(us3000: Validation) -> None:
    """Found by another way: prices whose return and the next are within 5 % of x0.1 and x10, or of x0.01 and x100."""
    panel = read_panel(US3000)
    close = panel.fields["close"]
    with np.errstate(invalid="ignore"):
        there, back = close[1:-1] / close[:-2], close[2:] / close[1:-1]
        off = [
            np.argwhere((np.abs(there * f - 1) < 0.05) & (np.abs(back / f - 1) < 0.05)) for f in (10.0, 100.0)
        ]
    expected = {f"{panel.assets[a]} {panel.dates[t + 1]}" for t, a in np.concatenate(off)}
    assert len(expected) >= 16
    assert expected <= places(us3000, "bad_print")


def test_a_wrong_factor_of_months_in_the_us3000_panel_is_found(us3000: Validation) -> None:
    """Levels that fall by a later split's ratio on one day and return on another: six of them at least, five from one day."""
    ends = {
        "CPF 2011-02-03",
        "FBP 2011-01-07",
        "PTN 2010-09-27",
        "KEM 2010-11-08",
        "UFI 2010-11-04",
        "VRX 2010-09-28",
    }
    begins = {f"{e.split()[0]} 2010-08-23" for e in ends}
    assert ends | begins <= places(us3000, "wrong_scale")
    assert "2010-08-23" in us3000["bad_session"].examples[0]
