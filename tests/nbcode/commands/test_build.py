"""From a notebook to its spec, with the real rooms."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from nbcode.commands.build import BuildResult, build
from nbcode.configuration import open_workspace
from nbcode.primitives import NbcodeError
from nbcode.spec import decode, json_schema, spec_digest

NOTEBOOK = """\
# %% [meta]
# id: xsmom_v3
# kind: model
# horizon: 10d
# owner: team
# gates:
#   rank_ic_mean: ">= 0.01"

# %%
explored = 1

# %% [features]
ret_20 = features.ret(window=20)

# %% [model]
m = Ridge().fit(X=[ret_20], y=fwd_ret_10d)

# %% [eval]
report = walk_forward(m, folds=12, embargo="5d")
"""
CONFIGURATION = '[data.p]\nprices = "prices.csv"\n'
PRICES = "date,symbol,close\n2020-01-02,A,1.0\n"


class Project:
    """A notebook, a dataset and a configuration; each build reads them anew."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.notebook = root / "notebook.py"
        self.notebook.write_text(NOTEBOOK)
        (root / "nbcode.toml").write_text(CONFIGURATION)
        (root / "prices.csv").write_text(PRICES)

    def built(self) -> BuildResult:
        return build(self.notebook, workspace=open_workspace(self.notebook))

    def edit(self, old: str, new: str) -> None:
        text = self.notebook.read_text()
        assert old in text
        self.notebook.write_text(text.replace(old, new))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    return Project(tmp_path_factory.mktemp("base")).built()


def test_the_printed_spec_is_the_spec_with_its_digests(base: BuildResult) -> None:
    told = json.loads(json.dumps(base.to_json()))
    assert told.pop("spec_digest") == base.spec_digest == spec_digest(base.spec)
    assert told.pop("definition_digest") == base.definition_digest == base.spec.definition.digest
    told.pop("diagnostics")
    jsonschema.Draft202012Validator(json_schema()).validate(told)
    assert decode(base.spec_bytes) == base.spec == decode(json.dumps(told).encode())


def test_the_spec_says_what_the_notebook_says(base: BuildResult) -> None:
    assert [(c.tag, c.defs) for c in base.spec.cells] == [
        ("features", ("ret_20",)),
        ("model", ("m",)),
        ("eval", ("report",)),
    ]
    assert [(g.metric, g.op, g.value) for g in base.spec.meta.gates] == [("rank_ic_mean", ">=", "0.01")]
    assert base.spec.definition.kind == "declarative"
    assert [i.name for i in base.spec.inputs] == ["p"]
    assert base.spec.snapshot is None
    assert base.data == NOTEBOOK.encode()


def move_exploration(p: Project) -> None:
    cell = "# %%\nexplored = 1\n"
    p.notebook.write_text(NOTEBOOK.replace(cell, "") + "\n" + cell)


def move_dataset(p: Project) -> None:
    (p.root / "prices.csv").rename(p.root / "moved.csv")
    (p.root / "nbcode.toml").write_text(CONFIGURATION.replace("prices.csv", "moved.csv"))


def derive_a_field(p: Project) -> None:
    (p.root / "nbcode.toml").write_text(CONFIGURATION + 'derive = { a = "close" }\n')


def rename_a_name(p: Project) -> None:
    p.notebook.write_text(NOTEBOOK.replace("ret_20", "momentum"))


def change_the_data(p: Project) -> None:
    (p.root / "prices.csv").write_text(PRICES.replace("1.0", "1.1"))


WRAPPED = "walk_forward(\n    m, folds=12,\n    embargo='5d',\n)"
SAME: dict[str, Callable[[Project], None]] = {
    "another directory": lambda _: None,
    "a comment": lambda p: p.edit("ret_20 =", "# momentum\nret_20 ="),
    "layout and quotes": lambda p: p.edit('walk_forward(m, folds=12, embargo="5d")', WRAPPED),
    "exploration edited": lambda p: p.edit("explored = 1", "import os; os.getcwd()"),
    "exploration moved": move_exploration,
    "the dataset moved": move_dataset,
}


@pytest.mark.parametrize("change", SAME.values(), ids=list(SAME))
def test_the_same_build_has_the_same_digest(
    project: Project, base: BuildResult, change: Callable[[Project], None]
) -> None:
    change(project)
    assert project.built().spec_digest == base.spec_digest


OTHER: dict[str, Callable[[Project], None]] = {
    "a parameter": lambda p: p.edit("window=20", "window=21"),
    "a name": rename_a_name,
    "the owner": lambda p: p.edit("owner: team", "owner: other"),
    "a gate": lambda p: p.edit("0.01", "0.02"),
    "a cell more": lambda p: p.edit("# %% [model]", "# %% [features]\nspare = 1\n\n# %% [model]"),
    "the data": change_the_data,
    "a derived field": derive_a_field,
    "an import": lambda p: p.edit("ret_20 =", "import statsmodels\nret_20 ="),
}


@pytest.mark.parametrize("change", OTHER.values(), ids=list(OTHER))
def test_another_build_has_another_digest(
    project: Project, base: BuildResult, change: Callable[[Project], None]
) -> None:
    change(project)
    assert project.built().spec_digest != base.spec_digest


def test_findings_of_all_rooms_come_at_once(project: Project) -> None:
    project.edit("X=[ret_20]", "X=[ret_20, vol_adj]")
    project.edit("# owner: team", "# owner: team\n# inputs:\n#   left: /etc/passwd\n#   right: missing.csv")
    (project.root / "prices.csv").unlink()
    with pytest.raises(NbcodeError, match="vol_adj") as refused:
        project.built()
    codes = {d.code for d in refused.value.diagnostics}
    assert {"NBC-D05", "NBC-E01", "NBC-E04"} <= codes


def test_a_file_that_is_no_notebook_is_refused_by_its_code(project: Project) -> None:
    project.notebook.unlink()
    project.notebook.symlink_to("prices.csv")
    with pytest.raises(NbcodeError, match="NBC-A22"):
        project.built()


def test_no_number_crunching_is_loaded_before_a_file_is_looked_at() -> None:
    heavy = ("numpy", "pandas", "pyarrow", "mlflow", "papermill", "sqlalchemy")
    code = f"import sys, nbcode.commands.build; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


PLAIN = """\
# %% [meta]
# id: tiny
# kind: model
# horizon: 1d
# owner: team
# inputs:
#   d: d.csv

# %% [features]
f = inputs["d"][["x"]]

# %% [model]
from sklearn.linear_model import LinearRegression
m = LinearRegression().fit(f, inputs["d"]["y"])

# %% [eval]
report = {"n": 1.0}
"""


def test_a_dataset_that_a_notebook_does_not_read_is_no_input_of_it(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.notebook.write_text(PLAIN)
    (tmp_path / "d.csv").write_text("x,y\n1,2\n2,4\n")
    (tmp_path / "nbcode.toml").write_text("")
    alone = project.built()
    assert [one.name for one in alone.inputs] == ["d"]
    assert not (tmp_path / ".nbcode" / "data" / "sample").exists()
    (tmp_path / "nbcode.toml").write_text(CONFIGURATION)
    assert project.built().spec_digest == alone.spec_digest
    project.edit("# owner: team\n", "# owner: team\n# data: p\n")
    assert [one.role for one in project.built().inputs] == ["prices", "input"], "one that is named is pinned"
