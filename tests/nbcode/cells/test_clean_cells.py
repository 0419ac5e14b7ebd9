"""Working notebooks are left in peace."""

from __future__ import annotations

import pytest

from fakes.clean_notebooks import CLEAN
from nbcode.cells import ModuleContext, TaggedCell, analyse
from nbcode.notebook import parse_notebook
from nbcode.primitives import Diagnostic

LOCKED = frozenset({"numpy", "pandas", "scipy", "sklearn", "matplotlib", "polars"})


def findings(source: str) -> tuple[Diagnostic, ...]:
    reading = parse_notebook(source.encode(), "notebook.py")
    assert reading.notebook is not None
    return reading.diagnostics + analyse(reading.notebook, ModuleContext(locked=LOCKED)).diagnostics


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_notebook_has_no_finding(name: str):
    assert [str(d) for d in findings(CLEAN[name])] == []


@pytest.mark.parametrize("name", CLEAN)
def test_control_the_same_notebook_with_its_first_promoted_cell_untagged_has_one(name: str):
    first = "# %% [setup]" if "# %% [setup]" in CLEAN[name] else "# %% [features]"
    assert findings(CLEAN[name].replace(first, "# %%", 1))


def cell_marks(source: str) -> list[tuple[int, str]]:
    """The tagged cells that hold code, with their 1-based index."""
    reading = parse_notebook(source.encode(), "notebook.py")
    assert reading.notebook is not None
    return [(c.index, c.tag) for c in reading.notebook.cells if c.tag not in {None, "meta"}]


def untagged(source: str, index: int, tag: str) -> str:
    """The notebook with the tag of one cell taken away."""
    reading = parse_notebook(source.encode(), "notebook.py")
    assert reading.notebook is not None
    line = reading.notebook.cells[index - 1].first_line
    assert line is not None
    lines = source.split("\n")
    lines[line - 1] = lines[line - 1].replace(f"[{tag}]", "").rstrip()
    return "\n".join(lines)


def is_read_first(name: str, cells: list[TaggedCell]) -> bool:
    """Whether the first of the cells that knows ``name`` takes it from outside."""
    return next((name in cell.refs for cell in cells if name in cell.refs | cell.defs), False)


@pytest.mark.parametrize("name", CLEAN)
def test_whichever_cell_loses_its_tag_the_names_it_gave_are_reported_with_that_cell(name: str):
    source = CLEAN[name]
    graph = analyse(parse_notebook(source.encode(), "n.py").notebook).graph
    by_index = {cell.cell.index: cell for cell in graph.tagged}
    for index, tag in cell_marks(source):
        later = [cell for cell in graph.tagged if cell.cell.index > index]
        earlier = {n for cell in graph.tagged if cell.cell.index < index for n in cell.defs}
        given = {n for n in by_index[index].defs - earlier if is_read_first(n, later)}
        provided = {"Ridge"}  # a platform's name that an import had replaced
        found = [d for d in findings(untagged(source, index, tag)) if d.code == "NBC-D04"]
        assert {d.message.split("`")[1] for d in found} == given - provided, (index, tag)
        assert all(f"cell {index}," in d.cause for d in found)
