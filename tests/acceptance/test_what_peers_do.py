"""The evidence behind the README's comparison: each claim about a peer is run here, on the peer, beside us."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from acceptance.project import SEED, nbcode

pytestmark = pytest.mark.long

EXITS = SEED.read_text().replace("# %% [eval]\n", "# %% [eval]\nraise SystemExit(0)\n")


def papermill(
    directory: Path, *cells: str, parameters: dict[str, int] | None = None
) -> subprocess.CompletedProcess[str]:
    notebook = new_notebook(cells=[new_code_cell(source) for source in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(notebook, directory / "in.ipynb")
    named = [part for name, value in (parameters or {}).items() for part in ("-p", name, str(value))]
    return subprocess.run(
        [str(Path(sys.executable).parent / "papermill"), "in.ipynb", "out.ipynb", *named],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )


def test_papermill_counts_a_cell_that_exits_as_success(tmp_path: Path) -> None:
    done = papermill(tmp_path, "x = 1", "raise SystemExit(0)", "open('after', 'w')")
    assert done.returncode == 0
    assert not (tmp_path / "after").exists()


def test_nbcode_refuses_a_cell_that_exits(tmp_path: Path) -> None:
    (tmp_path / "n.py").write_text(EXITS)
    ended = nbcode(tmp_path, "promote", "n.py", "--json")
    assert ended.code == 2
    assert ended.json["status"] == "failed"
    assert "NBC-D06" in {d["code"] for d in ended.json["diagnostics"]}


def test_papermill_only_logs_an_unknown_parameter(tmp_path: Path) -> None:
    done = papermill(tmp_path, "alpha = 1", "print(alpha)", parameters={"alhpa": 2})
    assert done.returncode == 0


def test_nbcode_refuses_an_unknown_key_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "n.py").write_text(SEED.read_text().replace("# owner:", "# onwer:"))
    ended = nbcode(tmp_path, "check", "n.py", "--json")
    assert ended.code == 2
    found = [d for d in ended.json["diagnostics"] if d["code"] == "NBC-C12"]
    assert "owner" in json.dumps(found)


def test_mlflow_makes_a_second_version_of_the_same_thing(tmp_path: Path) -> None:
    code = """
import mlflow, sys
from mlflow.tracking import MlflowClient
client = MlflowClient(tracking_uri="sqlite:///m.db", registry_uri="sqlite:///m.db")
client.create_registered_model("m")
for _ in range(2):
    version = client.create_model_version("m", "file:///nowhere/at/all")
print(version.version)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "2"


@pytest.mark.parametrize("hidden", ["vol_adj", "ret_120"])
def test_nbcode_names_the_cell_that_a_hidden_name_came_from(hidden: str, tmp_path: Path) -> None:
    source = (
        SEED.read_text()
        .replace("# %% [model]\n", f"# %%\n{hidden} = features.ret(window=5)\n# %% [model]\n")
        .replace("ret_60, turn]", f"ret_60, {hidden}]")
    )
    (tmp_path / "n.py").write_text(source)
    ended = nbcode(tmp_path, "check", "n.py", "--json")
    assert ended.code == 2
    (found,) = [d for d in ended.json["diagnostics"] if d["code"] == "NBC-D04"]
    assert (found["cell"], found["line"]) == (4, 2)
    assert "cell 3" in found["cause"]
