"""A cell that is no Python has one finding, from `check` as from `build`; what only follows from it has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbcode.commands.build import build
from nbcode.commands.check import check
from nbcode.configuration import open_workspace
from nbcode.primitives import NbcodeError

TEXT = """# %% [meta]
# id: probe
# kind: model
# horizon: 1d
# owner: me
# inputs:
#   d: d.csv
# model: reg
# report:
#   ic: ic
# %% [setup]
import pandas as pd
from sklearn.linear_model import Lasso
if True:
    split = "2016-01-01"
# %% [features]
d = pd.read_csv("d.csv")
y = d.y
# %% [model]
reg = Lasso().fit(d[["x"]], y)
# %% [eval]
ic = reg.predict(d[d.date > split][["x"]]).mean()
"""
DEEP = "x = " + "(" * 300 + "1" + ")" * 300


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    (tmp_path / "nbcode.toml").touch()
    (tmp_path / "d.csv").write_text("date,x,y\n2015-01-01,1,2\n2017-01-01,2,3\n")
    return tmp_path / "n.py"


def codes(path: Path) -> tuple[list[str], list[str]]:
    """The findings of `check`, and those with which `build` refuses; notes left out."""
    said = [d.code for d in check(path).diagnostics if d.severity != "note"]
    with pytest.raises(NbcodeError, match="NBC-") as raised:
        build(path, workspace=open_workspace(path.parent))
    return said, [d.code for d in raised.value.diagnostics if d.severity != "note"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('d = pd.read_csv("d.csv")', 'd = pd.read_csv("d.csv"', "NBC-D01"),
        ('if True:\n    split = "2016-01-01"', 'if True\n    split = "2016-01-01"', "NBC-D01"),
        ('reg = Lasso().fit(d[["x"]], y)', 'reg = Lasso().fit(d[["x"]], y', "NBC-D01"),
        ("y = d.y", f"y = d.y\n{DEEP}", "NBC-D19"),
    ],
)
def test_a_cell_that_cannot_be_read_is_one_finding(notebook: Path, old: str, new: str, code: str) -> None:
    assert old in TEXT
    notebook.write_text(TEXT.replace(old, new))
    said, refused = codes(notebook)
    assert (said, refused) == ([code], [code])


def test_a_name_that_no_cell_defines_is_told_where_all_can_be_read(notebook: Path) -> None:
    notebook.write_text(TEXT.replace("# model: reg", "# model: rge"))
    said, refused = codes(notebook)
    assert (said, refused) == (["NBC-C22"], ["NBC-C22"])


FUTURE = "from __future__ import annotations\n"


@pytest.mark.parametrize(
    "above",
    ["", '"""Text."""\n', "# text\n", "import os\n", "import os; ", "%matplotlib inline\nimport os\n"],
)
def test_a_future_import_is_read_wherever_a_kernel_reads_it(notebook: Path, above: str) -> None:
    notebook.write_text(
        TEXT.replace("import pandas", f"{above}{FUTURE}def f(x: Nowhere): pass\nimport pandas")
    )
    assert [d.code for d in check(notebook).diagnostics if d.severity == "error"] == []


@pytest.mark.parametrize(
    "refused",
    [f"if True:\n    {FUTURE}", f"try:\n    {FUTURE}finally: pass\n", "from __future__ import no_such\n"],
)
def test_a_future_import_that_a_kernel_refuses_is_refused(notebook: Path, refused: str) -> None:
    notebook.write_text(TEXT.replace("import pandas", f"{refused}import pandas"))
    assert [d.code for d in check(notebook).diagnostics if d.severity == "error"] == ["NBC-D01"]
