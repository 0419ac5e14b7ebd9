"""A cell reads a path that nothing declares: what it was meant to be, and fixes that work when they are typed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nbcode.commands.check import check
from nbcode.inputs import FilesBeside
from nbcode.primitives import Diagnostic

META = "# %% [meta]\n# id: probe\n# kind: model\n# horizon: 5d\n# owner: me\n"
CELLS = "# %% [features]\nimport pandas as pd\ndf = pd.read_csv({!r})\n# %% [model]\nm = object()\n# %% [eval]\nreport = {{}}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "nbcode.toml").write_text("")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "prices.csv").write_text("date,symbol,close\n2024-01-02,A,1\n")
    return tmp_path


def found(project: Path, read: str, *inputs: str, folder: str = ".") -> list[Diagnostic]:
    declared = "".join(f"#   {line}\n" for line in inputs)
    path = project / folder / "n.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(META + (f"# inputs:\n{declared}" if inputs else "") + CELLS.format(read))
    return [d for d in check(path).diagnostics if d.code in {"NBC-D12", "NBC-E01", "NBC-E04", "NBC-E06"}]


def test_a_declared_file_that_the_cell_misspells_is_offered_and_the_fix_works(project: Path):
    (told,) = found(project, "data/price.csv", "prices: data/prices.csv")
    assert told.message == "reads `data/price.csv`, which is not there: did you mean `data/prices.csv`?"
    ((edit,),) = [fix.edits for fix in told.fixes]
    assert (edit.text, edit.line, edit.column, edit.end_column) == ('"data/prices.csv"', 3, 18, 34)
    assert found(project, "data/prices.csv", "prices: data/prices.csv") == []


def test_it_is_told_from_a_folder_below_the_root(project: Path):
    (told,) = found(project, "../data/price.csv", "prices: data/prices.csv", folder="nb")
    assert told.fix_titles == ("write '../data/prices.csv' in the cell",)
    assert found(project, "../data/prices.csv", "prices: data/prices.csv", folder="nb") == []


def test_a_declaration_that_misspells_the_file_is_told_from_both_sides(project: Path):
    read, missing = found(project, "data/prices.csv", "prices: data/price.csv")
    assert read.fix_titles == ("write the path as it is in the cell: prices: data/prices.csv",)
    assert (
        missing.message == "input `prices` at 'data/price.csv' is not there: did you mean 'data/prices.csv'?"
    )
    assert missing.fix_titles[0] == "write prices: data/prices.csv in [meta]"
    assert found(project, "data/prices.csv", "prices: data/prices.csv") == []


def test_both_may_be_wrong(project: Path):
    read, missing = found(project, "data/price.csv", "prices: data/prics.csv")
    assert read.fix_titles == ("write 'data/prices.csv' in the cell, and prices: data/prices.csv in [meta]",)
    assert "did you mean 'data/prices.csv'" in missing.message


def test_a_file_that_is_there_is_declared_and_the_line_can_be_typed(project: Path):
    (project / "data" / "price.csv").write_text("x\n1\n")
    (told,) = found(project, "data/price.csv", "prices: data/prices.csv")
    assert told.message == "reads `data/price.csv`, which is not declared"
    line = re.findall(r"`#   (.*?)`", told.fix_titles[0])[0]
    assert line == "price: data/price.csv"
    assert found(project, "data/price.csv", "prices: data/prices.csv", line) == []


def test_the_name_that_is_offered_is_a_new_one(project: Path):
    (project / "old").mkdir()
    for name in ("prices.csv", "2024 Prices.csv"):
        (project / "old" / name).write_text("x\n1\n")
    (project / "data" / "prices.csv").unlink()
    (told,) = found(project, "old/2024 Prices.csv")
    assert "`#   data_2024_prices: old/2024 Prices.csv`" in told.fix_titles[0]
    (project / "data" / "x.parquet").touch()
    (told,) = found(project, "old/prices.csv", "prices: data/x.parquet")[:1]
    assert "`#   prices_2: old/prices.csv`" in told.fix_titles[0]


def test_what_is_nowhere_is_told_as_that(project: Path):
    (told,) = found(project, "data/volumes.csv")
    assert told.message == "reads `data/volumes.csv`, which is not declared, nor there"
    assert told.fix_titles[0] == "correct the path in the cell"
    assert (
        "put the file there, and add `# inputs:` and below it `#   volumes: data/volumes.csv`"
        in told.fix_titles[1]
    )
    (project / "data" / "volumes.csv").write_text("x\n1\n")
    assert found(project, "data/volumes.csv", "volumes: data/volumes.csv") == []


@pytest.mark.parametrize(
    ("read", "kept"),
    [
        ("https://example.com/api/volumes.csv?day=1", "data/volumes.csv"),
        ("s3://bucket/volumes.parquet", "data/volumes.parquet"),
        ("https://example.com/", "data/data.csv"),
        ("/home/me/volumes.csv", "data/volumes.csv"),
    ],
)
def test_an_address_or_a_path_of_one_machine_becomes_a_file_of_the_project(
    project: Path, read: str, kept: str
):
    (told,) = found(project, read)
    assert f"write {kept!r} in the cell, and `# inputs:` and below it `#   " in told.fix_titles[0]
    line = re.findall(r"`#   (.*?)`", told.fix_titles[0])[0]
    (project / kept).write_text("x\n1\n")
    assert found(project, kept, line) == []


def test_an_address_whose_file_is_declared_is_that_input(project: Path):
    (told,) = found(project, "https://example.com/prices.csv", "prices: data/prices.csv")
    assert told.fix_titles == ("write 'data/prices.csv' in the cell, the file of the input `prices`",)


def test_what_lies_outside_of_the_project_is_not_looked_at(project: Path):
    inside = project / "inner"
    inside.mkdir()
    beside = FilesBeside(inside, inside)
    assert beside.there("../data/prices.csv") is None
    assert beside.like("../data/price.csv") is None
    assert FilesBeside(project, inside).there("../data/prices.csv") is True
    assert FilesBeside(project, inside).there("../data/price.csv") is False
    assert FilesBeside(project, inside).like("../data/price.csv") == "../data/prices.csv"
    assert beside.there("a\0b") is None
    (inside / "link").symlink_to(project / "data")
    assert beside.like("link/price.csv") is None


def test_where_no_input_is_declared_both_lines_are_told_and_can_be_typed(project: Path):
    (told,) = found(project, "data/prices.csv")
    first, second = re.findall(r"`(#.*?)`", told.fix_titles[0])
    assert (first, second) == ("# inputs:", "#   prices: data/prices.csv")
    assert found(project, "data/prices.csv", second.removeprefix("#   ")) == []


def test_within_braces_the_entry_alone_is_told(project: Path):
    path = project / "n.py"
    (project / "data" / "other.csv").write_text("x\n1\n")
    path.write_text(f"{META}# inputs: {{prices: data/prices.csv}}\n{CELLS.format('data/other.csv')}")
    (told,) = [d for d in check(path).diagnostics if d.code == "NBC-D12"]
    assert told.fix_titles[0].startswith("add `other: data/other.csv` within the braces of `# inputs:`")
    path.write_text(path.read_text().replace("prices.csv}", "prices.csv, other: data/other.csv}"))
    assert [d for d in check(path).diagnostics if d.code == "NBC-D12"] == []


def test_an_input_of_that_name_whose_path_leads_nowhere_is_the_one_that_was_meant(project: Path):
    read, missing = found(project, "data/prices.csv", "prices: data/ohlc.csv")
    assert read.fix_titles == ("write the path as it is in the cell: prices: data/prices.csv",)
    assert missing.code == "NBC-E01"
    assert found(project, "data/prices.csv", "prices: data/prices.csv") == []
    (project / "data" / "ohlc.csv").write_text("x\n1\n")  # the control: it leads somewhere
    (told,) = found(project, "data/prices.csv", "prices: data/ohlc.csv")
    assert "prices_2: data/prices.csv" in told.fix_titles[0]
