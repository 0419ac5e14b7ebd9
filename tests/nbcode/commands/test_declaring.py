"""`nbcode init --data`: what is written to nbcode.toml reads the file as the panel that it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alpha_bench.describe import read_panel
from nbcode.commands.declaring import declare
from nbcode.configuration import open_workspace
from nbcode.inputs import pin_inputs
from nbcode.notebook import Meta
from nbcode.primitives import NbcodeError

DAYS = pd.bdate_range("2024-01-01", periods=40, name="date")
RNG = np.random.default_rng(0)
CLOSE = pd.DataFrame(
    RNG.uniform(10, 20, (40, 4)).round(2),
    index=DAYS,
    columns=pd.Index(["AAA", "BBB", "CCC", "DDD"], name="symbol"),
)
VOLUME = (CLOSE * 1000).round()
BOTH = pd.concat({"Close": CLOSE, "Volume": VOLUME}, axis=1)
LONG = pd.concat({"close": CLOSE.stack(), "volume": VOLUME.stack()}, axis=1).reset_index()
NAMED = LONG.rename(columns={"date": "Date", "symbol": "Ticker", "close": "Close", "volume": "Vol (shares)"})


def folder(path: Path) -> None:
    path.mkdir()
    LONG[:80].to_parquet(path / "a.parquet", index=False)
    LONG[80:].to_parquet(path / "b.parquet", index=False)


Case = tuple[str, Callable[[Path], object], set[str], set[str]]
CASES: dict[str, Case] = {
    "long": ("p.csv", lambda p: LONG.to_csv(p, index=False), set(), {"close", "volume"}),
    "long with other names": (
        "p.csv",
        lambda p: NAMED.to_csv(p, index=False),
        {"date", "symbol", "rename"},
        {"close", "vol_shares"},
    ),
    "long with its index": ("p.csv", LONG.to_csv, set(), {"close", "volume"}),
    "US dates": (
        "p.csv",
        lambda p: NAMED.to_csv(p, index=False, date_format="%m/%d/%Y"),
        {"date", "symbol", "rename", "date_format"},
        {"close", "vol_shares"},
    ),
    **{
        f"dates written {form}": (
            "p.csv",
            lambda p, form=form: LONG.to_csv(p, index=False, date_format=form),
            {"date_format"},
            {"close", "volume"},
        )
        for form in ("%d %b %Y", "%d-%b-%y", "%B %d, %Y", "%d%b%Y", "%a %d %b %Y", "%Y-%b-%d", "%Y/%m/%d")
    },
    "semicolons, decimal commas, day first": (
        "p.csv",
        lambda p: LONG.to_csv(p, index=False, sep=";", decimal=",", date_format="%d.%m.%Y"),
        {"delimiter", "decimal", "date_format"},
        {"close", "volume"},
    ),
    "wide": ("p.csv", CLOSE.to_csv, {"field"}, {"close"}),
    "wide, of volumes": ("volume.csv", VOLUME.to_csv, {"field"}, {"volume"}),
    "wide parquet": (
        "p.parquet",
        lambda p: CLOSE.rename_axis(columns=None).to_parquet(p),
        {"field"},
        {"close"},
    ),
    "a folder of parquet files": ("px", folder, set(), {"close", "volume"}),
    "names of a vendor": (
        "p.csv",
        lambda p: LONG.rename(columns={"close": "Adj Close", "volume": "Vol"}).to_csv(p, index=False),
        {"rename"},
        {"close", "volume"},
    ),
    "two levels": ("p.csv", BOTH.to_csv, {"levels", "rename"}, {"close", "volume"}),
    "two levels, symbols first": (
        "p.csv",
        lambda p: BOTH.swaplevel(axis=1).to_csv(p),
        {"levels", "rename"},
        {"close", "volume"},
    ),
    "two levels parquet": (
        "p.parquet",
        BOTH.to_parquet,
        {"levels", "rename"},
        {"close", "volume"},
    ),
    "long parquet with market capitalisation": (
        "p.parquet",
        lambda p: LONG.assign(market_cap=LONG["close"] * 5e6).to_parquet(p, index=False),
        {"derive"},
        {"close", "volume", "market_cap", "shares_outstanding"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_section_reads_the_file_as_it_is(name: str, tmp_path: Path) -> None:
    file, write, keys, fields = CASES[name]
    write(tmp_path / file)
    made = declare(tmp_path / file, tmp_path)
    assert {line.split(" =")[0] for line in made.section.splitlines()[2:]} == keys
    dataset = open_workspace(tmp_path).config.dataset(made.name)
    assert dataset is not None
    pinned = pin_inputs(
        open_workspace(tmp_path), Meta(id="a", kind="model", horizon="1d", horizon_sessions=1, owner="me")
    )
    assert [d.code for d in pinned.diagnostics] == []
    assert f"40 sessions {DAYS[0]:%Y-%m-%d} to {DAYS[-1]:%Y-%m-%d}, 4 assets" in made.panel
    assert set(made.panel.partition("assets: ")[2].rstrip(")").split(", ")) == fields


def test_values_are_those_of_the_table(tmp_path: Path) -> None:
    CLOSE.to_csv(tmp_path / "mine.csv", sep=";", decimal=",")
    assert declare(tmp_path / "mine.csv", tmp_path).written
    wide = read_panel(
        tmp_path / "mine.csv", None, {}, layout={"field": "close", "delimiter": ";", "decimal_point": ","}
    )
    LONG.drop(columns="volume").to_csv(tmp_path / "long.csv", index=False)
    assert wide.digest == read_panel(tmp_path / "long.csv", None, {}).digest


def test_a_section_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    CLOSE.to_csv(tmp_path / "p.csv")
    declare(tmp_path / "p.csv", tmp_path)
    text = (tmp_path / "nbcode.toml").read_text().replace('field = "close"', 'field = "open"')
    (tmp_path / "nbcode.toml").write_text(text)
    again = declare(tmp_path / "p.csv", tmp_path)
    assert (again.written, (tmp_path / "nbcode.toml").read_text()) == (False, text)
    assert again.panel.endswith("assets: open)")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "no column holds dates: it has a, b"),
        (
            "date,symbol,close\n8th of Feb,A,1\n",
            "the dates of its column 'date' are not understood: '8th of Feb'",
        ),
        (
            "Date,symbol,close\n2024-01-02,A,1\n2024-13-45T9,A,2\n",
            "column 'Date' are not understood: '2024-13-45T9'",
        ),
        (
            "date,symbol,close\n08 Feb 2013,A,1\nlater,A,2\n",
            "column 'date' are not understood: '08 Feb 2013'",
        ),
        ("date,close,volume\n2024-01-02,1,2\n", "the fields of one asset"),
        ("date,symbol,close\n2024-01-02,A,1\n2024-01-02,A,2\n", "NBC-E15"),
        ("", "it has no rows"),
    ],
)
def test_a_file_that_is_no_panel_is_told_and_nothing_is_written(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(NbcodeError, match=said):
        declare(tmp_path / "p.csv", tmp_path)
    assert not (tmp_path / "nbcode.toml").exists()


DECLARED = '[data.px]\nprices = "p.csv"\n'


@pytest.mark.parametrize(
    ("text", "more", "way"),
    [
        ("date;symbol;close\n2024-01-02;A;1,5\n", "", 'delimiter = ";"'),
        ("Date,symbol,close\n2024-01-02,A,1\n", "", 'date = "Date"'),
        ("date,ticker,close\n2024-01-02,A,1\n", "", 'symbol = "ticker"'),
        ("date,AAA,BBB,CCC\n2024-01-02,1,2,3\n", "", 'field = "close"'),
        ("date,symbol,close\n2024-01-02,A,1\n", 'rename = { "Clsoe" = "close" }\n', 'no "Clsoe" in rename'),
    ],
)
def test_what_does_not_fit_is_told_with_the_line_of_nbcode_toml_and_in_its_words(
    text: str, more: str, way: str, tmp_path: Path
) -> None:
    (tmp_path / "p.csv").write_text(text)
    (tmp_path / "nbcode.toml").write_text("# mine\n" + DECLARED + more)
    meta = Meta(id="a", kind="model", horizon="1d", horizon_sessions=1, owner="me")
    (found,) = pin_inputs(open_workspace(tmp_path), meta).diagnostics
    assert found.code in {"NBC-E15", "NBC-E03"}
    assert any(way in fix.title for fix in found.fixes), found
    assert found.place is not None
    assert (Path(found.place.path or "").name, found.place.line) == ("nbcode.toml", 3)  # of the file


def test_the_form_of_dates_is_written_with_an_example(tmp_path: Path) -> None:
    LONG.to_csv(tmp_path / "p.csv", index=False, date_format="%d %b %Y")
    made = declare(tmp_path / "p.csv", tmp_path)
    assert 'date_format = "%d %b %Y"' in made.section
    assert "dates of date are written %d %b %Y, such as 01 Jan 2024" in made.notes


def test_the_fix_for_dates_that_are_not_understood_works_when_typed(tmp_path: Path) -> None:
    LONG.to_csv(tmp_path / "p.csv", index=False, date_format="on %d %b %Y")
    with pytest.raises(NbcodeError, match="not understood: 'on 01 Jan 2024'") as raised:
        declare(tmp_path / "p.csv", tmp_path)
    assert 'date_format = "..."' in raised.value.diagnostics[0].fix_titles[1]
    (tmp_path / "nbcode.toml").write_text('[data.p]\nprices = "p.csv"\ndate_format = "on %d %b %Y"\n')
    assert "40 sessions" in declare(tmp_path / "p.csv", tmp_path).panel
