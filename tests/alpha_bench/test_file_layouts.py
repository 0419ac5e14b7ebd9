"""Files of every layout that nbcode.toml can name are one panel: the digest is that of the long table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alpha_bench.describe import AlphaBenchError, read_panel
from alpha_bench.panel.panel import Panel

DAYS = pd.bdate_range("2024-01-29", periods=12, name="date")
CLOSE = pd.DataFrame(
    np.arange(36.0).reshape(12, 3) + 0.25, index=DAYS, columns=pd.Index(["AAA", "BBB", "CCC"], name="symbol")
)
CLOSE.iloc[3, 1] = np.nan
VOLUME = (CLOSE.fillna(1) * 1000).round()
LONG = (
    pd.concat({"close": CLOSE.stack(), "volume": VOLUME.stack()}, axis=1)
    .reset_index()
    .dropna(how="all", subset=["close"])
)
BOTH = pd.concat({"close": CLOSE, "volume": VOLUME.where(CLOSE.notna())}, axis=1)
ONE, TWO = Panel.of(LONG[["date", "symbol", "close"]]).digest, Panel.of(LONG).digest


def shouted(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns={"date": "Date", "close": "Adj Close", "volume": "Vol."})


def in_parts(path: Path, by_name: bool) -> None:
    """A folder of parquet files with texts of days, a file a month, or a folder a name that says it."""
    written = LONG.assign(date=LONG["date"].dt.strftime("%Y%m%d"))
    for key, part in written.groupby(written["symbol"] if by_name else written["date"].str[:6]):
        folder = path / f"symbol={key}" if by_name else path
        folder.mkdir(parents=True, exist_ok=True)
        kept = part.drop(columns="symbol") if by_name else part
        kept.to_parquet(folder / f"{key}.parquet", index=False)


Case = tuple[Callable[[Path], object], str, dict[str, object], dict[str, str], str]
CASES: dict[str, Case] = {
    "wide csv": (CLOSE.to_csv, "x.csv", {"field": "close"}, {}, ONE),
    "wide csv without a name of the index": (
        lambda p: CLOSE.rename_axis(None).to_csv(p),
        "x.csv",
        {"field": "close"},
        {},
        ONE,
    ),
    "wide csv, semicolons, decimal commas, day first": (
        lambda p: CLOSE.to_csv(p, sep=";", decimal=",", date_format="%d.%m.%Y"),
        "x.csv",
        {"field": "close", "delimiter": ";", "decimal_point": ",", "date_format": "%d.%m.%Y"},
        {},
        ONE,
    ),
    "wide parquet": (
        lambda p: CLOSE.rename_axis(columns=None).to_parquet(p),
        "x.parquet",
        {"field": "close"},
        {},
        ONE,
    ),
    "two levels csv": (BOTH.to_csv, "x.csv", {"levels": ("field", "symbol")}, {}, TWO),
    "two levels csv, the other way round": (
        lambda p: BOTH.swaplevel(axis=1).to_csv(p),
        "x.csv",
        {"levels": ("symbol", "field")},
        {},
        TWO,
    ),
    "two levels parquet": (
        BOTH.to_parquet,
        "x.parquet",
        {"levels": ("field", "symbol")},
        {},
        TWO,
    ),
    "two levels, one field": (
        BOTH.to_csv,
        "x.csv",
        {"levels": ("field", "symbol"), "field": "close"},
        {},
        ONE,
    ),
    "two levels, renamed": (
        lambda p: BOTH.rename(columns=str.upper, level=0).to_csv(p),
        "x.csv",
        {"levels": ("field", "symbol"), "rename": {"CLOSE": "close", "VOLUME": "volume"}},
        {},
        TWO,
    ),
    "long, US dates, renamed": (
        lambda p: shouted(LONG).to_csv(p, index=False, date_format="%m/%d/%Y"),
        "x.csv",
        {"date_format": "%m/%d/%Y", "rename": {"Adj Close": "close", "Vol.": "volume"}},
        {"date": "Date"},
        TWO,
    ),
    "long parquet with texts of dates": (
        lambda p: LONG.assign(date=LONG["date"].dt.strftime("%m/%d/%Y")).to_parquet(p, index=False),
        "x.parquet",
        {"date_format": "%m/%d/%Y"},
        {},
        TWO,
    ),
    "a folder of parquet with texts of dates": (
        lambda p: in_parts(p, by_name=False),
        "parts",
        {"date_format": "%Y%m%d"},
        {},
        TWO,
    ),
    "folders of parquet that say the name, with texts of dates": (
        lambda p: in_parts(p, by_name=True),
        "parts",
        {"date_format": "%Y%m%d"},
        {},
        TWO,
    ),
    "long, tabs": (lambda p: LONG.to_csv(p, index=False, sep="\t"), "x.csv", {"delimiter": "\t"}, {}, TWO),
}


@pytest.mark.parametrize("name", CASES)
def test_a_layout_reads_the_same_panel(name: str, tmp_path: Path) -> None:
    write, file, layout, keys, digest = CASES[name]
    write(tmp_path / file)
    assert read_panel(tmp_path / file, None, {}, layout=layout, **keys).digest == digest


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "parquet" not in name])
def test_without_its_layout_the_file_is_refused_or_another_panel(name: str, tmp_path: Path) -> None:
    """The control: what the layout says is what makes the difference."""
    write, file, _, keys, digest = CASES[name]
    write(tmp_path / file)
    try:
        found = read_panel(tmp_path / file, None, {}, **keys).digest
    except AlphaBenchError:
        return
    assert found != digest


@pytest.mark.parametrize(
    ("text", "layout", "said"),
    [
        ("date,A\n2024-01-02,x\n", {"field": "close"}, "A holds string; numbers are needed"),
        ("date\n2024-01-02\n", {"field": "close"}, "has no column beside its dates"),
        ("date,A\n13/13/2024,1\n", {"field": "close", "date_format": "%m/%d/%Y"}, "'13/13/2024' in row 1"),
        ("date,A\n2024-01-02,1\n", {"levels": ("field", "symbol")}, "has no two lines of heads"),
        ("date,A\n", {"field": "close"}, "has no rows"),
    ],
)
def test_a_file_that_is_not_laid_out_so_is_told(
    text: str, layout: dict[str, object], said: str, tmp_path: Path
) -> None:
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(AlphaBenchError, match=said):
        read_panel(tmp_path / "x.csv", None, {}, layout=layout)
