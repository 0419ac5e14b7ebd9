"""Notebooks that were there before [meta] could name models, figures and paths keep every digest; what says more has another."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from nbcode.cells import CellGraph, analyse
from nbcode.definition import Definition, describe_cells
from nbcode.notebook import parse_notebook, read_notebook
from nbcode.results import PYTHON_DEFINITION, PYTHON_DIGEST

ROOT = Path(__file__).parents[3]
BEFORE: dict[str, dict[str, Any]] = json.loads(
    (ROOT / "tests" / "golden" / "digests-before-adapter.json").read_text()
)
PLAIN = """# %% [meta]
# id: plain
# kind: model
# horizon: 5d
# owner: me
# inputs:
#   prices: data/prices.csv
# %% [features]
df = inputs["prices"]
# %% [model]
m = models = {"a": 1}
# %% [eval]
report = {"ic": 1.0}
"""
OPENS = PLAIN.replace('inputs["prices"]', '__import__("pandas") and open("data/prices.csv")')


def graph_of(text: str) -> CellGraph:
    notebook = parse_notebook(text.encode(), "n.py").notebook
    assert notebook is not None
    graph = analyse(notebook).graph
    assert graph is not None
    return graph


def definition(text: str) -> Definition:
    found = describe_cells(graph_of(text), python=Path(sys.executable)).definition
    assert found is not None
    return found


@pytest.mark.parametrize("name", BEFORE)
def test_every_notebook_of_before_keeps_its_digests(name: str) -> None:
    path = ROOT / ".." / name if name.startswith("shared/") else ROOT / name
    if not path.exists():
        pytest.skip("the shared notebooks are not here")
    notebook = read_notebook(path).notebook
    assert notebook is not None
    graph = analyse(notebook).graph
    assert graph is not None
    # Cells with lines that only IPython reads had no digest then.
    cells = [
        str(cell.code_digest)
        for cell in graph.tagged
        if "%matplotlib" not in cell.cell.source and "%%time" not in cell.cell.source
    ]
    assert cells == BEFORE[name]["cells"]
    if graph.meta is not None:
        described = describe_cells(graph, python=Path(sys.executable), cpu_s=120.0).definition
        assert (str(described.digest) if described else None) == BEFORE[name]["definition"]


def test_what_meta_does_not_say_is_not_in_the_definition() -> None:
    assert definition(PLAIN).plain == PYTHON_DEFINITION
    assert definition(PLAIN).digest == PYTHON_DIGEST


def test_every_new_key_and_every_path_is_in_the_definition() -> None:
    def meta(lines: str, text: str = PLAIN) -> str:
        return text.replace("# %% [features]", f"{lines}\n# %% [features]")

    variants = [
        PLAIN,
        meta('# model: models["a"]'),
        meta('# model: models["b"]'),
        meta("# report: models"),
        meta("# report:\n#   ic: report['ic']"),
        meta("# report:\n#   rank: report['ic']"),
        meta("# signal: df").replace("kind: model", "kind: signal"),
        OPENS,
        OPENS.replace("data/prices.csv", "data/other.csv"),
    ]
    digests = [definition(text).digest for text in variants]
    assert len(set(digests)) == len(variants)


def test_how_an_expression_is_written_is_no_part_of_it() -> None:
    def named(expression: str) -> str:
        return PLAIN.replace("# %% [features]", f"# model: {expression}\n# %% [features]")

    first = definition(named('models["a"]')).digest
    assert definition(named("models['a']   # the ridge")).digest == first
    assert definition(named("models [ 'a' ]")).digest == first
