"""The tutorial on the real S&P panel runs from top to bottom in a fresh kernel, and says what its figures say."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

from fakes.patience import ENOUGH_S

FOLDER = Path(__file__).parents[2] / "examples" / "tutorial"
DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(
    not (DATA / "sp500_daily_2013_2018.parquet").exists(), reason="the S&P panel is not beside the checkout"
)


@cache
def executed() -> nbformat.NotebookNode:
    notebook = nbformat.read(FOLDER / "idea_to_verdict.ipynb", as_version=4)
    client = NotebookClient(notebook, timeout=int(ENOUGH_S), resources={"metadata": {"path": str(FOLDER)}})
    client.execute(env={**os.environ, "ALPHA_BENCH_DATA": str(DATA)})
    return notebook


def printed(notebook: nbformat.NotebookNode) -> str:
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", ())]
    return "\n".join(o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in outputs)


def test_the_notebook_is_the_script() -> None:
    script = jupytext.read(FOLDER / "idea_to_verdict.py")
    notebook = nbformat.read(FOLDER / "idea_to_verdict.ipynb", as_version=4)
    assert [(c.cell_type, c.source) for c in notebook.cells] == [
        (c.cell_type, c.source) for c in script.cells
    ]
    assert all(not c.get("outputs") for c in notebook.cells)


@needs_data
def test_it_runs_and_its_last_words_are_true() -> None:
    text = printed(executed())
    for refused in ("R02 x.lag: d is -1", "R31 cs.rank", "R58 the universe"):
        assert refused in text
    assert "no signal" in text  # what the closing words take for granted
    assert "deflated for 4 trials" in text


@needs_data
def test_it_shows_pictures_and_not_walls_of_numbers() -> None:
    shown = [o for c in executed().cells for o in c.get("outputs", ()) if "text/html" in o.get("data", {})]
    assert len(shown) >= 8
    assert sum("<svg" in o["data"]["text/html"] for o in shown) >= 6
    assert len(json.dumps(executed())) < 3_000_000
