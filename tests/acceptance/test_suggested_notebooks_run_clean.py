"""Untagged notebooks of several idioms: what `nbcode suggest` proposes runs clean and gives the figure that is stored in the notebook, and
only metadata changes. All of them with ALPHA_BENCH_LONG=1 (`make proofs`), a few otherwise."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from acceptance.project import ROOT, Ended, nbcode

NOTEBOOKS = ROOT / "tests" / "notebooks"
ALL = sorted(path.stem for path in (NOTEBOOKS / "research").glob("*.ipynb"))
FEW = ["cached_features", "reversal_signal", "three_models"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(NOTEBOOKS, tmp_path / "p")
    (tmp_path / "p" / "nbcode.toml").touch()
    return tmp_path / "p" / "research"


def suggested(folder: Path, name: str, *options: str) -> Ended:
    return nbcode(folder, "suggest", f"{name}.ipynb", "--isolation", "process", "--json", *options)


def without_tags(data: bytes) -> Any:
    """The document without the [meta] cell that was added and without the tags of the cells."""
    document = json.loads(data)
    document["cells"] = [cell for cell in document["cells"] if cell["metadata"].get("tags") != ["meta"]]
    for cell in document["cells"]:
        cell["metadata"].pop("tags", None)
    return document


@pytest.mark.parametrize("name", ALL if os.environ.get("ALPHA_BENCH_LONG") else FEW)
def test_the_slice_runs_clean_and_gives_the_stored_figure(project: Path, name: str) -> None:
    path = project / f"{name}.ipynb"
    before = path.read_bytes()
    ended = suggested(project, name, "--run", "--write")
    assert ended.code == 0, ended.err + ended.out
    compared = ended.json["compared"]
    assert compared
    assert all(one["same"] is True for one in compared)
    assert without_tags(path.read_bytes()) == without_tags(before) == json.loads(before)
    left = [cell["cell"] for cell in ended.json["cells"] if cell["tag"] is None]
    assert left
    once = path.read_bytes()
    assert suggested(project, name, "--write").json["written"] is False
    assert path.read_bytes() == once


def test_another_figure_is_told_and_nothing_is_registered(project: Path) -> None:
    path = project / "three_models.ipynb"
    text = path.read_text()
    assert text.count("0.0001381576") == 1
    path.write_text(text.replace("0.0001381576", "0.0001381577"))
    ended = suggested(project, "three_models", "--run")
    assert ended.code == 2
    assert [one["same"] for one in ended.json["compared"]] == [False]
    assert [one["code"] for one in ended.json["diagnostics"] if one["severity"] == "warning"] == ["NBC-B19"]
    assert nbcode(project, "models", "--json").json["models"] == []


def test_a_slice_without_a_needed_cell_would_be_noticed(project: Path) -> None:
    path = project / "cached_features.ipynb"
    assert suggested(project, "cached_features", "--write").code == 0
    document = json.loads(path.read_text())
    writer = next(cell for cell in document["cells"] if "to_parquet" in "".join(cell["source"]))
    del writer["metadata"]["tags"]
    path.write_text(json.dumps(document))
    assert nbcode(project, "run", path.name, "--isolation", "process").code != 0
