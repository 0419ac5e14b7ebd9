"""A CSV that Arrow writes reads as the one that pandas writes, and what it would write otherwise is left to pandas."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nbcode.results import write_plain_csv

DRAW = np.random.default_rng(7)
FRAME = pd.DataFrame(
    {
        "symbol": ["AAA", None, "Ünï"] * 20,
        "date": pd.bdate_range("2020-01-01", periods=60).strftime("%Y-%m-%d"),
        "close": DRAW.lognormal(0, 40, 60),
        "small": DRAW.normal(0, 1e-12, 60),
        "volume": DRAW.integers(-(2**60), 2**60, 60),
    }
)
FRAME.loc[3, "close"] = np.nan
OTHERWISE = {
    "whole numbers with a point": FRAME.assign(whole=FRAME.index.astype(float)),
    "nothing but what is missing": FRAME.assign(none=np.nan),
    "a text with a comma": FRAME.assign(symbol="a,b"),
    "a text with a quote": FRAME.assign(symbol='a"b'),
    "a text of two lines": FRAME.assign(symbol="a\nb"),
    "truth values": FRAME.assign(yes=True),
    "dates": FRAME.assign(date=pd.to_datetime(FRAME["date"])),
    "words for few": FRAME.assign(symbol=FRAME["symbol"].astype("category")),
    "several kinds": FRAME.assign(mixed=pd.Series([1, "a", 2.5] * 20, dtype=object)),
    "a column of two words": FRAME.rename(columns={"close": "last price"}),
    "a column that is there twice": pd.concat([FRAME, FRAME[["close"]]], axis=1),
    "a column that is a number": FRAME.rename(columns={"close": 3}),
}


@pytest.mark.parametrize("rows", [60, 7, 0])
def test_it_reads_as_what_pandas_writes(rows: int, tmp_path: Path) -> None:
    frame = FRAME.iloc[:rows]
    written = write_plain_csv(frame, tmp_path / "one.csv")
    frame.to_csv(tmp_path / "other.csv", index=False)
    if not written:
        assert rows == 0
        return
    pd.testing.assert_frame_equal(
        pd.read_csv(tmp_path / "one.csv"), pd.read_csv(tmp_path / "other.csv"), check_exact=True
    )
    one, other = ((tmp_path / name).read_text("utf-8") for name in ("one.csv", "other.csv"))
    texts = [[row[:2] for row in csv.reader(text.splitlines())] for text in (one, other)]
    assert texts[0] == texts[1]  # nothing is quoted that pandas does not quote
    assert '"' not in one


@pytest.mark.parametrize("what", OTHERWISE)
def test_what_would_be_written_otherwise_is_left_to_pandas(what: str, tmp_path: Path) -> None:
    assert not write_plain_csv(OTHERWISE[what], tmp_path / "one.csv")
