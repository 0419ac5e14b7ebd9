"""Check reads the headers of a notebook's inputs: files that are not there, columns that are missing, fields that do not exist."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nbcode.commands.check import check
from nbcode.configuration import UserState, open_workspace
from nbcode.primitives import Severity

HEAD = "# %% [meta]\n# id: probe\n# kind: model\n# horizon: 10d\n# owner: me\n"
PANEL = (
    HEAD
    + "# %% [features]\nx = FIELD\n# %% [model]\nm = Ridge().fit(X=[x], y=fwd_ret_10d)\n# %% [eval]\nreport = walk_forward(m)\n"
)
CSV = "date,symbol,close,volume\n2024-01-02,A,1,2\n"


def codes(folder: Path, field: str, config: str | None = None) -> list[str]:
    if config is not None:
        (folder / "nbcode.toml").write_text(config)
    path = folder / "n.py"
    path.write_text(PANEL.replace("FIELD", field))
    return [d.code for d in check(path).diagnostics]


CONFIG = '[data.mine]\nprices = "px.csv"\n[defaults]\ndata = "mine"\n'


def test_fields_are_those_of_the_csv_header(tmp_path: Path):
    (tmp_path / "px.csv").write_text(CSV)
    assert codes(tmp_path, "data.close", CONFIG) == []
    assert codes(tmp_path, "data.Close", CONFIG) == ["NBC-D36"]
    assert codes(tmp_path, "features.turnover(20)", CONFIG) == ["NBC-D36"]
    derived = CONFIG.replace('px.csv"', 'px.csv"\nderive = { shares_outstanding = "volume / 2" }')
    assert codes(tmp_path, "features.turnover(20)", derived) == []


def test_fields_are_those_of_the_parquet_schema(tmp_path: Path):
    table = pa.table({"date": [1], "symbol": ["A"], "close": [1.0]})
    pq.write_table(table, tmp_path / "px.parquet")
    config = CONFIG.replace("px.csv", "px.parquet")
    assert codes(tmp_path, "data.close", config) == []
    assert codes(tmp_path, "data.open", config) == ["NBC-D36"]


def test_the_sample_has_its_own(tmp_path: Path):
    assert codes(tmp_path, "data.close") == []
    assert codes(tmp_path, "data.Close") == ["NBC-D36"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "NBC-E01"),
        ("date,A,B\n2024-01-02,1,2\n", "NBC-E15"),
        ("date;symbol;close\n2024-01-02;A;1\n", "NBC-E15"),
        ("day,symbol,close\n", "NBC-E15"),
    ],
)
def test_a_file_that_cannot_be_the_panel_is_told_before_the_run(tmp_path: Path, text: str | None, code: str):
    if text is not None:
        (tmp_path / "px.csv").write_text(text)
    assert codes(tmp_path, "data.close", CONFIG) == [code]


@pytest.mark.parametrize("cells", [PANEL, HEAD + "# %% [model]\nm = inputs\n# %% [eval]\nreport = {}\n"])
def test_a_dataset_that_nothing_declares_is_told_before_the_run(tmp_path: Path, cells: str):
    (tmp_path / "nbcode.toml").write_text(CONFIG)
    (tmp_path / "px.csv").write_text(CSV)
    path = tmp_path / "n.py"
    text = cells.replace("FIELD", "data.close")
    for name, told in (("mine", []), ("mines", ["NBC-E01"]), ("sp500", ["NBC-E01"]), ("sample", [])):
        path.write_text(text.replace("# owner: me\n", f"# owner: me\n# data: {name}\n"))
        assert [d.code for d in check(path).diagnostics] == told, name
    path.write_text(text.replace("# owner: me\n", "# owner: me\n# data: mines\n"))
    (found,) = check(path).diagnostics
    assert found.message == "no dataset is named `mines`: did you mean `mine`?"
    assert found.fix_titles[0] == "write `data: mine`"


def test_the_fix_for_an_undeclared_dataset_works_when_typed(tmp_path: Path):
    named = PANEL.replace("# owner: me\n", "# owner: me\n# data: sp500\n").replace("FIELD", "data.close")
    (tmp_path / "n.py").write_text(named)
    (found,) = check(tmp_path / "n.py").diagnostics
    assert found.fix_titles == ("declare it as [data.sp500] in nbcode.toml", "write `data: sample`")
    (tmp_path / "px.csv").write_text(CSV)
    (tmp_path / "nbcode.toml").write_text(CONFIG.replace("mine", "sp500"))
    assert check(tmp_path / "n.py").diagnostics == ()
    (tmp_path / "n.py").write_text(named.replace("data: sp500", "data: sample"))
    assert check(tmp_path / "n.py").diagnostics == ()


def test_data_outside_the_project_is_a_note_until_it_is_trusted(tmp_path: Path):
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "px.csv").write_text(CSV)
    config = CONFIG.replace('"px.csv"', '"../px.csv"')
    assert codes(project, "data.close", config) == ["NBC-T04"]
    result = check(project / "n.py")
    assert result.ok
    assert result.count(Severity.NOTE) == 1
    assert "nbcode trust" in result.diagnostics[0].fix_titles[0]
    workspace = open_workspace(project)
    UserState().trust(workspace.root, workspace.untrusted, "2026-01-01T00:00:00Z")
    assert codes(project, "data.close") == []


def test_a_notebook_that_reads_no_panel_is_not_told_of_its_files(tmp_path: Path):
    (tmp_path / "nbcode.toml").write_text(CONFIG)
    (tmp_path / "p.csv").write_text(CSV)
    path = tmp_path / "n.py"
    path.write_text(
        HEAD
        + "# inputs:\n#   prices: p.csv\n# %% [model]\nm = inputs['prices']\n# %% [eval]\nreport = {'a': 1.0}\n"
    )
    assert [d.code for d in check(path).diagnostics] == []
    (tmp_path / "p.csv").unlink()
    assert [d.code for d in check(path).diagnostics] == ["NBC-E01"]


def test_no_heavy_library_is_imported_for_it(tmp_path: Path):
    (tmp_path / "px.csv").write_text(CSV)
    codes(tmp_path, "data.close", CONFIG.replace('px.csv"', 'px.csv"\nderive = { twice = "close * 2" }'))
    program = (
        "import sys; from pathlib import Path; from nbcode.commands.check import check; assert check(Path(sys.argv[1])).ok;"
        "print(sorted({'pandas', 'mlflow', 'papermill', 'pyarrow', 'numpy'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "n.py")], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"


CHAIN = """[data.mine]
prices = "px.csv"
reference = "ref.csv"
derive = { mcap = "close * shares", shares = "cap / close", wide = "(volume - close) / 2" }
[defaults]
data = "mine"
"""


def test_a_formula_may_read_another_and_its_own_column(tmp_path: Path):
    (tmp_path / "px.csv").write_text(CSV)
    (tmp_path / "ref.csv").write_text("symbol,cap\nA,5\n")
    assert codes(tmp_path, "data.mcap", CHAIN) == []
    assert codes(tmp_path, "data.close", CHAIN.replace("wide =", "close =")) == []


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        ('"close * shars"', "'shars' is no column; did you mean 'shares'?"),
        ('"close * symbol"', "'symbol' is no column"),
        ('"mcap + 1"', "it reads 'mcap', and that reads it again"),
        ('"close ** 2"', "is not allowed"),
        ('"close *"', "it is not an arithmetic formula"),
    ],
)
def test_a_formula_that_a_run_would_refuse_is_told_before_it(tmp_path: Path, formula: str, told: str):
    (tmp_path / "px.csv").write_text(CSV)
    (tmp_path / "ref.csv").write_text("symbol,cap\nA,5\n")
    assert codes(tmp_path, "data.mcap", CHAIN.replace('"close * shares"', formula)) == ["NBC-R10"]
    (found,) = check(tmp_path / "n.py").diagnostics
    assert told in found.message
    assert found.place is not None
    assert (found.place.path, found.place.line) == (str(tmp_path / "nbcode.toml"), 4)


@pytest.mark.parametrize("gone", ["px.csv", "ref.csv"])
def test_a_file_that_is_not_there_is_told_with_its_path_and_its_line(tmp_path: Path, gone: str):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "px.csv").write_text(CSV)
    (tmp_path / "data" / "ref.csv").write_text("symbol,cap\nA,5\n")
    (tmp_path / "data" / gone).unlink()
    config = CHAIN.replace('"px.csv"', '"data/px.csv"').replace('"ref.csv"', '"data/ref.csv"')
    assert codes(tmp_path, "data.close", config) == ["NBC-E01"]
    (found,) = check(tmp_path / "n.py").diagnostics
    assert f"'data/{gone}'" in found.message
    assert found.place is not None
    assert found.place.line == (2 if gone == "px.csv" else 3)


def test_the_index_of_a_frame_is_no_field(tmp_path: Path):
    table = pa.table({"date": [1], "symbol": ["A"], "open": [1.0], "__index_level_0__": [1]})
    pq.write_table(table, tmp_path / "px.parquet")
    assert codes(tmp_path, "data.close", CONFIG.replace("px.csv", "px.parquet")) == ["NBC-D36"]
    (found,) = check(tmp_path / "n.py").diagnostics
    assert 'derive = { close = "FORMULA" }' in found.fix_titles[0]
    assert "__index" not in (found.cause or "")
