"""Laws of what is written of predictions: small, exact, and what a day leaves as it was is the same file."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from nbcode.results._pyarrow import write_predictions, write_table

_FIRST = date(2024, 1, 29)
_NAMES = [f"N{i:03d}" for i in range(40)]


def predictions(sessions: int, seed: int) -> pa.Table:
    """``sessions`` days of 40 names; predictions are of ``seed``, labels of the day and name, and the last two days have none."""
    rng = np.random.default_rng(seed)
    days = [_FIRST + timedelta(days=i) for i in range(sessions)]
    labels = np.random.default_rng(5).normal(size=(400, len(_NAMES)))[:sessions]
    return pa.table(
        {
            "date": pa.array([day for day in days for _ in _NAMES], pa.date32()),
            "asset": pa.array(_NAMES * sessions),
            "fold": pa.array([1] * (sessions * len(_NAMES)), pa.int32()),
            "prediction": rng.normal(size=sessions * len(_NAMES)),
            "label": pa.array(
                [None if i >= sessions - 2 else float(x) for i, row in enumerate(labels) for x in row]
            ),
        }
    )


def written(table: pa.Table, out: Path) -> Path:
    out.mkdir()
    write_predictions(table, out)
    return out


def test_what_is_read_back_is_what_was_written_to_the_bit(tmp_path: Path) -> None:
    table = predictions(70, 1)
    out = written(table, tmp_path / "out")
    again = pq.read_table(out / "predictions.parquet")
    assert again.equals(table.drop_columns(["label"]))
    labels = pq.read_table(out / "labels")
    known = table.select(["date", "asset", "label"]).drop_null()
    assert labels.sort_by([("date", "ascending"), ("asset", "ascending")]).equals(known)
    odd = pa.table({"x": [0.0, -0.0, np.nan, np.inf, 5e-324, None], "t": ["a", "", None, "ü", "a", "a"]})
    write_table(odd, tmp_path / "odd.parquet")
    back = pq.read_table(tmp_path / "odd.parquet")
    assert back["t"].equals(odd["t"])
    assert back["x"].is_null().equals(odd["x"].is_null())
    assert back["x"].to_numpy().view("u8").tolist() == odd["x"].to_numpy().view("u8").tolist()


def test_the_next_day_leaves_the_labels_of_past_months_the_same_files(tmp_path: Path) -> None:
    today, tomorrow = (written(predictions(n, n), tmp_path / str(n)) for n in (70, 71))
    same = {
        file.name
        for file in (today / "labels").iterdir()
        if file.read_bytes() == (tomorrow / "labels" / file.name).read_bytes()
    }
    assert same == {"2024-01.parquet", "2024-02.parquet", "2024-03.parquet"}
    assert {f.name for f in (tomorrow / "labels").iterdir()} == same | {"2024-04.parquet"}
    # The control: predictions, which a refit changes, are no such file.
    assert (today / "predictions.parquet").read_bytes() != (tomorrow / "predictions.parquet").read_bytes()


def test_numbers_take_less_room_than_eight_bytes_each(tmp_path: Path) -> None:
    table = predictions(390, 1)
    out = written(table, tmp_path / "out")
    assert (out / "predictions.parquet").stat().st_size < table.num_rows * 7.5
