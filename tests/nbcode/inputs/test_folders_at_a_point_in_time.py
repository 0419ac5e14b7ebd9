"""A folder of tables at a point in time: no row after it reaches a build, and whatever comes later changes no digest."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from alpha_bench.panel.interchange._parquet import read_long
from fakes.cut_inputs import AS_OF, DAYS, Project, frame
from nbcode.inputs import PinnedInput, Role, _cut_folders
from nbcode.inputs._cuts import is_all_of, rows_before
from nbcode.primitives import digest_path, errors_of

LATER = DAYS[25].isoformat()


def of_a_day(folder: Path, day: dt.date, rows: pd.DataFrame, style: str) -> None:
    """A day as it comes: a file of its own, a folder that says it, or more rows at the end of its month's file."""
    if style == "a folder a day":
        path = folder / f"date={day.isoformat()}" / "part.parquet"
        rows = rows.drop(columns="date")
    else:
        path = folder / (
            f"{day:%Y-%m}.parquet" if style == "a file a month" else f"{day.isoformat()}.parquet"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    before = [pd.read_parquet(path)] if path.exists() else []
    pd.concat([*before, rows]).to_parquet(path, index=False)


def market(root: Path, style: str, days: list[dt.date]) -> Path:
    folder = root / "prices"
    table = frame(len(DAYS))
    for day in days:
        of_a_day(folder, day, table[table["date"] == day], style)
    return folder


def rows_in(pinned: PinnedInput) -> set[tuple[int, str]]:
    read = read_long(pinned.path, date="date", symbol="symbol")
    return {(int(day), read.symbols[code]) for day, code in zip(read.days, read.codes, strict=True)}


STYLES = ["a file a day", "a file a month", "a folder a day"]


@pytest.mark.parametrize("style", STYLES)
def test_what_comes_later_is_not_there_and_changes_no_digest(tmp_path: Path, style: str) -> None:
    market(tmp_path, style, DAYS[:21])
    project = Project(tmp_path)
    first = project.prices("prices")
    assert (first.as_of, first.left_out, first.cut_of) == (AS_OF, 0, tmp_path / "prices")
    market(tmp_path, style, DAYS[21:])
    then = project.prices("prices")
    assert (then.digest, then.size_bytes, then.as_of) == (first.digest, first.size_bytes, AS_OF)
    assert then.left_out > 0
    assert then.digest == digest_path(then.path)
    wanted = {(day - dt.date(1970, 1, 1)).days for day in DAYS[:21]}
    assert rows_in(then) == {(day, name) for day in wanted for name in "ABC"}


@pytest.mark.parametrize("style", STYLES)
def test_control_the_folder_itself_is_another_with_every_day(tmp_path: Path, style: str) -> None:
    market(tmp_path, style, DAYS[:21])
    project = Project(tmp_path)
    (first,) = project.pin("prices", as_of=None).inputs
    market(tmp_path, style, DAYS[21:22])
    (then,) = project.pin("prices", as_of=None).inputs
    assert then.digest != first.digest


@pytest.mark.parametrize("style", STYLES)
def test_a_revised_value_is_another_digest(tmp_path: Path, style: str) -> None:
    folder = market(tmp_path, style, DAYS)
    before = Project(tmp_path).prices("prices").digest
    file = min(folder.rglob("*.parquet"))
    pd.read_parquet(file, partitioning=None).assign(close=9.0).to_parquet(file, index=False)
    assert Project(tmp_path).prices("prices").digest != before


def test_a_file_is_written_once_whatever_day_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    market(tmp_path, "a file a day", DAYS)
    written, cut = [], _cut_folders.cut_parquet

    def counted(source: Path, *rest: object) -> object:
        written.append(source.name)
        return cut(source, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(_cut_folders, "cut_parquet", counted)
    project = Project(tmp_path)
    project.pin("prices", as_of=LATER)
    assert len(written) == len(DAYS)
    project.pin("prices", as_of=DAYS[26].isoformat())
    # Of the days that were left out it is known only that they have no row of that day or before.
    assert set(written[len(DAYS) :]) == {f"{day.isoformat()}.parquet" for day in DAYS[26:]}


def test_a_cut_of_before_is_found_again(tmp_path: Path) -> None:
    market(tmp_path, "a file a month", DAYS[:21])
    project = Project(tmp_path)
    (whole,) = project.pin("prices", as_of=None).inputs
    first = project.prices("prices")
    assert is_all_of(first, whole.digest)
    market(tmp_path, "a file a month", DAYS[21:])
    now = next(one for one in project.pin("prices", as_of=LATER).inputs if one.role is Role.PRICES)
    found = rows_before(now, first.digest, date_column="date", as_of=AS_OF, store=tmp_path / ".nbcode")
    assert found is not None
    assert digest_path(found.path) == first.digest
    assert not is_all_of(now, whole.digest)


def test_a_folder_of_tables_that_cells_open_is_cut_by_its_only_column_of_dates(tmp_path: Path) -> None:
    frame(5).to_csv(tmp_path / "prices.csv", index=False)
    news = tmp_path / "news"
    (news / "2024").mkdir(parents=True)
    (news / "_SUCCESS").touch()
    (news / "2024" / "a.csv").write_text("announced,x\n2024-01-02,1\n2024-01-04,2\n")
    (news / "2024" / "b.csv").write_text("announced,x\n2024-01-08,3\n")
    found = Project(tmp_path).pin("prices.csv", ("news", "news"), as_of="2024-01-03")
    assert errors_of(found.diagnostics) == ()
    (pinned,) = (one for one in found.inputs if one.role is Role.INPUT)
    assert [one.relative_to(pinned.path).as_posix() for one in pinned.path.rglob("*") if one.is_file()] == [
        "2024/a.csv"
    ]
    assert (pinned.path / "2024" / "a.csv").read_text() == "announced,x\n2024-01-02,1\n"
    assert (pinned.place, pinned.as_of, pinned.left_out) == ("news", "2024-01-02", 2)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("notes.txt", "hello", "`notes.txt` in it is no CSV or parquet file"),
        ("other.csv", "day,x\n2024-01-02,1\n", "it has no column `announced`"),
        ("other.csv", "announced,x\nsoon,1\n2024-01-02,1\n9,9\n", "is no date"),
    ],
)
def test_what_cannot_be_cut_in_it_is_named(tmp_path: Path, name: str, text: str, said: str) -> None:
    frame(5).to_csv(tmp_path / "prices.csv", index=False)
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "a.csv").write_text("announced,x\n2024-01-02,1\n")
    (tmp_path / "news" / name).write_text(text)
    found = Project(tmp_path).refused(("news", "news"))
    assert (found.code, said in found.cause) == ("NBC-H37", True), found.cause


def test_a_folder_without_a_row_of_that_day_is_told(tmp_path: Path) -> None:
    market(tmp_path, "a file a day", DAYS[5:])
    (found,) = errors_of(Project(tmp_path).pin("prices", as_of=DAYS[1].isoformat()).diagnostics)
    assert (found.code, found.cause) == ("NBC-H37", f"it has no row of {DAYS[1]} or before")


def test_rows_whose_folder_says_no_day_are_left_out(tmp_path: Path) -> None:
    folder = market(tmp_path, "a folder a day", DAYS)
    nobody = folder / "date=__HIVE_DEFAULT_PARTITION__"
    nobody.mkdir()
    frame(1).drop(columns="date").to_parquet(nobody / "part.parquet", index=False)
    pinned = Project(tmp_path).prices("prices")
    assert not [path for path in pinned.path.iterdir() if "HIVE" in path.name]
    (folder / "date=soon").mkdir()
    frame(1).drop(columns="date").to_parquet(folder / "date=soon" / "part.parquet", index=False)
    (found,) = errors_of(Project(tmp_path).pin("prices").diagnostics)
    assert (found.code, found.cause) == ("NBC-H37", "the folder `date=soon` in it says no date")


def test_the_users_own_files_are_neither_linked_nor_changed(tmp_path: Path) -> None:
    folder = market(tmp_path, "a folder a day", DAYS)
    before = {path: path.stat() for path in folder.rglob("*")}
    pinned = Project(tmp_path).prices("prices")
    assert {path: path.stat()[:7] for path in folder.rglob("*")} == {
        path: found[:7] for path, found in before.items()
    }
    assert all(path.stat().st_ctime_ns == found.st_ctime_ns for path, found in before.items())
    assert not any(path.stat().st_mode & 0o222 for path in pinned.path.rglob("*") if path.is_file())
