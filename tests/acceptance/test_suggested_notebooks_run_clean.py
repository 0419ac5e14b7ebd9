"""Untagged notebooks of several idioms: what `nbcode suggest` proposes runs clean and gives the figure that is stored in the notebook, and
only metadata changes. All of them with ALPHA_BENCH_LONG=1 (`make proofs`), a few otherwise."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from acceptance.project import nbcode
from notebooks.promoting import write_project
from notebooks.suggesting import (
    BEGIN,
    DATA,
    MARKET,
    NOT_SEEN,
    PAGE,
    RESEARCH,
    SP500,
    Untagged,
    kept_cells,
    of_the_market,
    of_the_tutorial,
    suggested,
    write_research,
)

pytestmark = pytest.mark.long

FEW = {
    "market": ["xgb_ranker"],
    "research": ["cached_features", "kalman_function", "reversal_signal", "three_models"],
    "tutorial": ["idea_to_verdict"],
}
ALL = {"market": MARKET, "research": RESEARCH, "tutorial": FEW["tutorial"]}
CHOSEN = ALL if os.environ.get("ALPHA_BENCH_LONG") else FEW


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_research(tmp_path / "p")


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("market") / "p")


def without_tags(data: bytes) -> Any:
    """The document without the [meta] cell that was added and without the tags of the cells."""
    document = json.loads(data)
    document["cells"] = [cell for cell in document["cells"] if cell["metadata"].get("tags") != ["meta"]]
    for cell in document["cells"]:
        cell["metadata"].pop("tags", None)
    return document


def runs_clean(notebook: Untagged) -> None:
    """With what is proposed, and nothing else of the file changed, the clean run gives what the outputs store."""
    before = notebook.path.read_bytes()
    told = suggested(notebook.path, "--run", "--write")
    assert told["compared"], told["diagnostics"]
    assert [one["same"] for one in told["compared"]] == [notebook.is_seeded] * len(told["compared"])
    assert without_tags(notebook.path.read_bytes()) == without_tags(before) == json.loads(before)
    row = f"| {notebook.name} | {kept_cells(told)} |"  # what is stored of a draw without a seed is another figure each time
    stored = f" {told['compared'][0]['stored']} |" if notebook.is_seeded else ""
    assert row + stored in PAGE.read_text("utf-8")
    once = notebook.path.read_bytes()
    assert suggested(notebook.path, "--write")["written"] is False
    assert notebook.path.read_bytes() == once


@pytest.mark.parametrize("name", CHOSEN["research"])
def test_a_slice_runs_clean_and_gives_the_stored_figure(project: Path, name: str) -> None:
    runs_clean(Untagged(name=name, path=project / f"{name}.ipynb"))


@pytest.mark.parametrize("name", CHOSEN["market"])
def test_a_notebook_that_was_just_run_gives_its_figure(market: Path, name: str) -> None:
    runs_clean(of_the_market(market, name))


@pytest.mark.skipif(not (DATA / SP500[0]).exists(), reason="the S&P panel is not beside the checkout")
def test_the_tutorial_gives_its_figures_whatever_the_shell_has_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALPHA_BENCH_DATA", str(tmp_path / "elsewhere"))
    runs_clean(of_the_tutorial(tmp_path / "p"))


def test_the_table_says_what_is_proposed_now(project: Path) -> None:
    text = PAGE.read_text("utf-8")
    for name in RESEARCH:
        told = suggested(project / f"{name}.ipynb")
        stored = told["figures"][0]["stored"]  # a report as a whole has its numbers in parts
        assert f"| {name} | {kept_cells(told)} |" + (f" {stored} |" if stored else "") in text
    assert text.partition(BEGIN)[2].count("\n| ") + 1 == len(ALL["market"]) + len(RESEARCH) + 2
    assert "class_pipeline |" not in text
    assert NOT_SEEN == ("class_pipeline",)


def test_another_figure_is_told_and_nothing_is_registered(project: Path) -> None:
    path = project / "three_models.ipynb"
    text = path.read_text()
    assert text.count("0.0001381576") == 1
    path.write_text(text.replace("0.0001381576", "0.0001381577"))
    told = suggested(path, "--run")
    assert told["status"] == "failed"
    assert [one["same"] for one in told["compared"]] == [False]
    assert [one["code"] for one in told["diagnostics"] if one["severity"] == "warning"] == ["NBC-B19"]
    assert nbcode(project, "models", "--json").json["models"] == []


def test_a_slice_without_a_needed_cell_would_be_noticed(project: Path) -> None:
    path = project / "cached_features.ipynb"
    assert suggested(path, "--write")["status"] == "done"
    document = json.loads(path.read_text())
    writer = next(cell for cell in document["cells"] if "to_parquet" in "".join(cell["source"]))
    del writer["metadata"]["tags"]
    path.write_text(json.dumps(document))
    assert nbcode(project, "run", path.name, "--isolation", "process").code != 0
