"""A point in time: no row after it reaches a build, and what comes later changes no digest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fakes.cut_inputs import AS_OF, DAYS, Project, frame
from nbcode.configuration import TableLayout
from nbcode.inputs import Role
from nbcode.primitives import Exit, digest_path, errors_of, exit_for


@pytest.fixture
def project(tmp_path: Path) -> Project:
    frame(40).to_csv(tmp_path / "prices.csv", index=False)
    return Project(tmp_path)


def as_parquet(table: pd.DataFrame, path: Path) -> None:
    table.to_parquet(path)


def in_small_groups(table: pd.DataFrame, path: Path) -> None:
    table.to_parquet(path, row_group_size=7, compression="zstd")


def with_categories(table: pd.DataFrame, path: Path) -> None:
    table.astype({"symbol": "category"}).to_parquet(path)


def as_csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False)


@pytest.mark.parametrize(
    ("suffix", "write"),
    [("parquet", as_parquet), ("parquet", in_small_groups), ("parquet", with_categories), ("csv", as_csv)],
)
def test_rows_after_the_day_change_no_digest(
    tmp_path: Path, suffix: str, write: Callable[[pd.DataFrame, Path], None]
) -> None:
    name = f"prices.{suffix}"
    found = []
    for days, names in ((21, ("A", "B")), (22, ("A", "B", "Z")), (40, ("A", "B", "Z"))):
        late = frame(days, names)
        rows = late[(late.symbol != "Z") | (late.date > DAYS[20])]
        write(rows.reset_index(drop=True), tmp_path / name)
        pinned = Project(tmp_path).prices(name)
        found.append((pinned.digest, pinned.size_bytes, pinned.as_of))
        assert digest_path(pinned.path) == pinned.digest
        assert pinned.cut_of == tmp_path / name
    assert len({*found}) == 1
    assert found[0][2] == AS_OF


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_control_a_row_of_the_day_or_before_is_another_digest(tmp_path: Path, suffix: str) -> None:
    found = set()
    for close in (1.0, 2.0):
        table = frame(40)
        table.loc[table.date == DAYS[20], "close"] = close
        (as_parquet if suffix == "parquet" else as_csv)(table, tmp_path / f"prices.{suffix}")
        found.add(Project(tmp_path).prices(f"prices.{suffix}").digest)
    assert len(found) == 2


@pytest.mark.parametrize("write", [as_parquet, in_small_groups, with_categories])
def test_what_is_left_is_the_same_frame_of_pandas(
    tmp_path: Path, write: Callable[[pd.DataFrame, Path], None]
) -> None:
    write(frame(40), tmp_path / "prices.parquet")
    whole = pd.read_parquet(tmp_path / "prices.parquet")
    cut = pd.read_parquet(Project(tmp_path).prices("prices.parquet").path)
    pd.testing.assert_frame_equal(cut, whole[whole.date <= DAYS[20]].reset_index(drop=True))


def test_an_index_stays_one(tmp_path: Path) -> None:
    wide = (
        frame(40)
        .assign(date=lambda t: pd.to_datetime(t.date))
        .pivot(index="date", columns="symbol", values="close")
    )
    wide.to_parquet(tmp_path / "prices.parquet")
    pinned = Project(tmp_path, TableLayout(field="close")).prices("prices.parquet")
    whole = pd.read_parquet(tmp_path / "prices.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(pinned.path), whole.loc[:AS_OF])


def test_the_whole_session_is_in_it_also_where_rows_have_a_time(tmp_path: Path) -> None:
    times = pd.to_datetime(["2024-01-05 15:59:00", "2024-01-05 23:59:59", "2024-01-06 00:00:00"])
    for number, zoned in enumerate((times, times.tz_localize("America/New_York"))):
        table = pd.DataFrame({"date": zoned, "symbol": "A", "close": [1.0, 2.0, 3.0]})
        table.to_parquet(tmp_path / f"{number}.parquet")
        found = Project(tmp_path).pin(f"{number}.parquet", as_of="2024-01-05")
        assert pd.read_parquet(found.inputs[0].path).close.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("text", "date", "layout"),
    [
        ("trade_date;symbol;close\n12/31/2023;A;1\n01/02/2024;A;2\n01/03/2024;A;3\n", "trade_date",
         TableLayout(delimiter=";", date_format="%m/%d/%Y")),
        (",close,close\n,A,B\ndate,,\n2023-12-31,1,1\n2024-01-02,2,2\n2024-01-03,3,3\n", "date",
         TableLayout(levels="field, symbol")),
        ('date,symbol,close\n2023-12-31,"A\nB",1\n"2024-01-02",A,2\n2024-01-03,A,3\n', "date", None),
        ("date,symbol,close\n20231231,A,1\n20240102,A,2\n20240103,A,3\n", "date", None),
        ("date,symbol,close\r\n2023-12-31,A,1\r\n2024-01-02T23:59:00,A,2\r\n2024-01-03,A,3", "date", None),
    ],
)  # fmt: skip
def test_a_csv_is_cut_byte_by_byte(tmp_path: Path, text: str, date: str, layout: TableLayout | None) -> None:
    (tmp_path / "prices.csv").write_bytes(text.encode())
    found = Project(tmp_path, layout, date).pin("prices.csv", as_of="2024-01-02")
    assert errors_of(found.diagnostics) == ()
    last = max(text.rfind(day) for day in ("2024-01-03", "01/03/2024", "20240103"))
    assert found.inputs[0].path.read_bytes() == text[:last].encode()
    assert found.inputs[0].as_of == "2024-01-02"


def test_an_input_is_cut_at_its_only_column_of_dates(project: Project) -> None:
    frame(40).rename(columns={"date": "Announced"}).to_parquet(project.root / "news.parquet")
    found = project.pin("prices.csv", ("news", "news.parquet"))
    news = next(one for one in found.inputs if one.name == "news")
    assert errors_of(found.diagnostics) == ()
    assert (news.date_column, news.as_of, news.place) == ("Announced", AS_OF, "news.parquet")


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("names.csv", b"symbol,sector\nA,tech\n", "no column of dates"),
        ("two.csv", b"filed,period,x\n2024-01-01,2023-12-31,1\n", "no column of dates|several columns of dates"),
        ("both.csv", b"time,day,x\n2024-01-01,2023-12-31,1\n", "several columns of dates: time, day"),
        ("bad.csv", b"date,x\n2024-01-01,1\nyesterday,2\n", "'yesterday' in line 3"),
        ("late.csv", b"date,x\n2031-01-01,1\n", "no row of"),
        ("rules.json", b"{}", "no CSV or parquet file"),
        ("pickle.pkl", b"\x80", "no CSV or parquet file"),
    ],
)  # fmt: skip
def test_what_cannot_be_cut_is_refused(project: Project, name: str, data: bytes, why: str) -> None:
    (project.root / name).write_bytes(data)
    found = project.refused(("extra", name))
    assert (found.code, exit_for([found])) == ("NBC-H37", Exit.USER)
    assert any(part in (found.cause or "") for part in why.split("|"))
    assert found.fixes


@pytest.mark.parametrize("dtype", ["int32", "int64", "Int64", "uint32"])
def test_days_may_be_whole_numbers_as_everywhere(tmp_path: Path, dtype: str) -> None:
    rows = pd.DataFrame({"Day": [20231229, 20240102, 20240103], "symbol": "A", "close": [1.0, 2.0, 3.0]})
    rows.astype({"Day": dtype}).to_parquet(tmp_path / "prices.parquet", index=False)
    found = Project(tmp_path, date="Day").pin("prices.parquet", as_of="2024-01-02")
    assert errors_of(found.diagnostics) == ()
    assert pd.read_parquet(found.inputs[0].path)["close"].tolist() == [1.0, 2.0]
    assert found.inputs[0].as_of == "2024-01-02"


def test_a_dataset_whose_days_are_none_is_mended_in_nbcode_toml(tmp_path: Path) -> None:
    """Its columns are declared there, and its path stands in no [meta]."""
    rows = pd.DataFrame({"date": [1.5, 2.5], "symbol": "A", "close": [1.0, 2.0]})
    rows.to_parquet(tmp_path / "prices.parquet", index=False)
    (found,) = errors_of(Project(tmp_path).pin("prices.parquet", as_of="2024-01-02").diagnostics)
    assert found.code == "NBC-H37"
    assert "[data.prices]" in found.fix_titles[0]
    assert "[meta]" not in " ".join(found.fix_titles)


def test_an_input_says_its_column_or_that_it_has_none(project: Project) -> None:
    (project.root / "filed.csv").write_text(
        "filed,period,x\n2024-01-05,2023-12-31,1\n2024-06-01,2023-12-31,2\n"
    )
    (project.root / "names.csv").write_text("symbol,sector\nA,tech\n")
    found = project.pin("prices.csv", ("a", "filed.csv#date=filed"), ("b", "names.csv#date=none"))
    assert errors_of(found.diagnostics) == ()
    a, b = (one for one in found.inputs if one.role is Role.INPUT)
    assert a.path.read_text().splitlines()[1:] == ["2024-01-05,2023-12-31,1"]
    assert (b.path, b.cut_of) == (project.root / "names.csv", None)


def test_data_that_end_before_the_day_are_told_unless_a_weekend_lies_between(project: Project) -> None:
    def told(as_of: str) -> list[str]:
        return [one.code for one in project.pin("prices.csv", as_of=as_of).diagnostics]

    last = DAYS[-1]
    assert last.weekday() == 4
    assert told((last + dt.timedelta(days=2)).isoformat()) == []
    assert told((last + dt.timedelta(days=3)).isoformat()) == ["NBC-H38"]


def test_a_holiday_of_the_exchange_is_no_day_that_is_missing(tmp_path: Path) -> None:
    table = frame(40)
    table["date"] = [day + (dt.date(2024, 2, 16) - DAYS[-1]) for day in table["date"]]
    table.to_csv(tmp_path / "prices.csv", index=False)
    project = Project(tmp_path)
    washington = "2024-02-19"
    assert [one.code for one in project.pin("prices.csv", as_of=washington).diagnostics] == ["NBC-H38"]
    project.calendar = "XNYS"
    assert project.pin("prices.csv", as_of=washington).diagnostics == ()
    assert [one.code for one in project.pin("prices.csv", as_of="2024-02-20").diagnostics] == ["NBC-H38"]
    project.calendar = "XNYT"
    (found,) = errors_of(project.pin("prices.csv", as_of=washington).diagnostics)
    assert (found.code, found.fix_titles) == ("NBC-E19", ("did you mean 'XNYS'?",))


def test_without_a_day_the_file_itself_is_read(project: Project) -> None:
    (pinned,) = project.pin("prices.csv", as_of=None).inputs
    assert (pinned.path, pinned.cut_of) == (project.root / "prices.csv", None)


def test_a_cut_is_made_once_and_few_are_kept(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from nbcode.inputs import _cuts

    first = project.prices("prices.csv").path
    before = first.stat().st_ino
    assert project.prices("prices.csv").path.stat().st_ino == before
    monkeypatch.setattr(_cuts, "_held", {})  # as another process has it
    for day in DAYS[:10]:
        project.pin("prices.csv", as_of=day.isoformat())
    kept = [path for path in first.parent.parent.iterdir() if not path.name.startswith(".")]
    assert len(kept) >= 4
    assert first.exists()  # this process still reads it


def test_a_row_without_a_date_is_left_out(tmp_path: Path) -> None:
    table = pa.table({"date": [dt.date(2024, 1, 1), None], "symbol": ["A", "B"], "close": [1.0, 2.0]})
    pq.write_table(table, tmp_path / "prices.parquet")
    found = Project(tmp_path).pin("prices.parquet")
    assert pq.read_table(found.inputs[0].path).num_rows == 1
