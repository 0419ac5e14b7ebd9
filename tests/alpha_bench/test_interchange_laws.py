"""Laws of the ways in and out, over arbitrary data: any numbers, any holes, one asset, one session, any order of rows."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from alpha_bench.panel.panel import Panel

numbers = st.floats(allow_nan=True, allow_infinity=False)
days = st.dates(pd.Timestamp("1900-01-01").date(), pd.Timestamp("2100-01-01").date())
symbols = st.text(
    st.characters(categories=("L", "N", "P", "S"), exclude_characters='"'), min_size=1, max_size=6
)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Rows of at most 6 days and 4 symbols, in any order, each pair once; one column of any numbers, one of whole ones."""
    keys = st.tuples(
        st.sampled_from(draw(st.lists(days, min_size=1, max_size=6, unique=True))),
        st.sampled_from(draw(st.lists(symbols, min_size=1, max_size=4, unique=True))),
    )
    rows = draw(st.lists(keys, min_size=1, max_size=24, unique=True))
    values = draw(st.lists(numbers, min_size=len(rows), max_size=len(rows)))
    values[draw(st.integers(0, len(rows) - 1))] = draw(st.floats(allow_nan=False, allow_infinity=False))
    counts = draw(st.lists(st.integers(-(2**62), 2**62), min_size=len(rows), max_size=len(rows)))
    return pd.DataFrame(
        {
            "date": [d for d, _ in rows],
            "symbol": [s for _, s in rows],
            "close": np.array(values, dtype=np.float64),
            "count": np.array(counts, dtype=np.int64),
        }
    )


def by_hand(frame: pd.DataFrame) -> Panel:
    """The panel, put together cell by cell."""
    dates, assets = sorted(set(frame["date"])), sorted(set(frame["symbol"]))
    fields = {n: np.full((len(dates), len(assets)), np.nan) for n in ("close", "count")}
    for row in frame.itertuples():
        for n, out in fields.items():
            out[dates.index(row.date), assets.index(row.symbol)] = float(
                getattr(row, n) if n == "close" else row[4]
            )
    return Panel.from_arrays(np.array(dates, dtype="datetime64[D]"), assets, fields)


@settings(max_examples=60, deadline=None)
@given(tables(), st.randoms(use_true_random=False))
def test_every_way_in_is_the_panel_put_together_by_hand(frame: pd.DataFrame, draw: object) -> None:
    expected = by_hand(frame)
    order = list(range(len(frame)))
    draw.shuffle(order)  # type: ignore[attr-defined]
    arrow = pa.table({n: pa.array(frame[n].tolist(), pa.date32() if n == "date" else None) for n in frame})
    assert Panel.of(arrow).digest == expected.digest
    assert Panel.of(arrow.take(order)).digest == expected.digest
    assert Panel.of(frame).digest == expected.digest
    assert Panel.of(pl.DataFrame(arrow)).digest == expected.digest
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "p.parquet"
        pq.write_table(arrow, path, row_group_size=5)
        assert Panel.of(path).digest == expected.digest


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
def test_a_number_written_as_text_is_read_as_the_same_number(values: list[float]) -> None:
    """CSV: the shortest text of each number gives its bits again; -0.0 and subnormal numbers too."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "p.csv"
        lines = [f"2024-01-02,S{n:02d},{v!r}" for n, v in enumerate(values)]
        path.write_text("\n".join(["date,symbol,close", *lines]) + "\n")
        read = Panel.of(path).fields["close"][0]
    assert read.tobytes() == np.array(values).tobytes()


@settings(max_examples=40, deadline=None)
@given(tables())
def test_what_goes_out_wide_comes_back_whatever_it_is(frame: pd.DataFrame) -> None:
    panel = Panel.of(frame)
    assert Panel.of(panel.to_pandas(layout="wide")).digest == panel.digest
    assert Panel.of(panel.to_polars()).digest == panel.digest  # "count" has no holes where there is a row


@settings(max_examples=40, deadline=None)
@given(tables())
def test_looking_at_a_panel_never_fails_and_changes_nothing(frame: pd.DataFrame) -> None:
    panel = Panel.of(frame.rename(columns={"count": "volume"}))
    before = {n: v.tobytes() for n, v in panel.fields.items()}
    assert panel.validation.sessions == len(panel.dates)
    assert panel._repr_html_()
    assert str(panel.validation)
    assert panel.validation.rows() == panel.validation.rows()
    assert {n: v.tobytes() for n, v in panel.fields.items()} == before
