"""A notebook is checked where it is: in memory, at every change, for the price of the cell that changed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.clean_notebooks import CLEAN
from nbcode.cells import ModuleContext, SourceCache
from nbcode.commands.check import CheckResult, check, check_notebook
from nbcode.notebook import OpenCell, parse_notebook, read_cells
from nbcode.primitives import Diagnostic

SOURCES = st.sampled_from(
    [
        "# %% [meta]\n# id: a_model\n# kind: model\n# horizon: 10d\n# owner: team",
        "# %% [features]\nret_20 = features.ret(window=20)\nx = unknown_thing",
        "# %%[features]\nx = 1",
        "# %% [feature]\nx = 1",
        "# %% [model]\nm = Ridge().fit(X=[ret_20], y=fwd_ret_10d)",
        "# %% [eval]\nreport = walk_forward(m)",
        "ret_20 = 3\nx = (",
        "%pip install x",
        "a = '\ud800'",
        "x = 1\n# %% [eval]\ny = 2",
        "",
    ]
)
CELLS = st.builds(
    OpenCell,
    kind=st.sampled_from(["code", "code", "code", "markdown", "raw"]),
    source=SOURCES,
    tags=st.sampled_from([(), (), ("features",), ("modle",), ("hide-input",)]),
    title=st.sampled_from([None, None, "[eval]", "a title"]),
    id=st.none(),
)


def saved(cells: list[OpenCell]) -> bytes:
    raw = [
        {
            "cell_type": c.kind,
            "source": c.source,
            "metadata": {"tags": list(c.tags)} | ({"title": c.title} if c.title is not None else {}),
        }
        for c in cells
    ]
    return json.dumps({"cells": raw, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}).encode()


def two_hundred(changed: str = "") -> list[OpenCell]:
    meta = "# %% [meta]\n# id: a_model\n# kind: model\n# horizon: 10d\n# owner: team"
    sources = [meta, *(f"# %% [features]\nf_{n} = features.ret(window={n + 2})" for n in range(199))]
    sources[100] += changed
    return [OpenCell(kind="code", source=s) for s in sources]


def in_memory(cells: list[OpenCell], known: SourceCache | None = None) -> CheckResult:
    reading = read_cells(cells, "/not/there.ipynb")
    assert reading.notebook is not None
    return check_notebook(reading.notebook, ModuleContext(), read=reading.diagnostics, known=known)


@settings(deadline=None)
@given(st.lists(CELLS, max_size=6))
def test_what_an_editor_holds_is_read_as_its_file_would_be(cells: list[OpenCell]):
    of_file = parse_notebook(saved(cells), "/not/there.ipynb")
    of_editor = read_cells(cells, "/not/there.ipynb")
    assert of_file.notebook is not None
    assert of_editor.notebook is not None
    assert of_editor.notebook.cells == of_file.notebook.cells
    assert of_editor.diagnostics == of_file.diagnostics


def test_a_file_and_the_same_notebook_in_memory_have_the_same_findings_but_for_lines_of_the_file(
    tmp_path: Path,
):
    cells = [
        OpenCell(kind="code", source="# %% [features]\nx = nowhere"),
        OpenCell(kind="code", source="y = x"),
    ]
    path = tmp_path / "n.ipynb"
    path.write_bytes(saved(cells))
    reading = parse_notebook(path.read_bytes(), str(path))
    assert reading.notebook is not None
    of_file = check(path)
    in_cells = [d.place for d in of_file.diagnostics if d.place is not None and d.place.cell is not None]
    assert in_cells
    assert all(place.file_line is not None for place in in_cells)
    assert check_notebook(reading.notebook, read=reading.diagnostics) == replace(
        of_file, diagnostics=tuple(without_file_line(d) for d in of_file.diagnostics)
    )


def without_file_line(found: Diagnostic) -> Diagnostic:
    assert found.place is not None
    assert not found.related
    return replace(found, place=replace(found.place, file_line=None))


def test_one_changed_cell_of_two_hundred_costs_one_analysis():
    known = SourceCache()
    in_memory(two_hundred(), known)
    assert known.analysed == 199
    in_memory(two_hundred(), known)
    assert known.analysed == 199
    changed = in_memory(two_hundred("\nx = nowhere"), known)
    assert known.analysed == 200
    assert changed == in_memory(two_hundred("\nx = nowhere"))
    assert [d.code for d in changed.diagnostics if "nowhere" in d.message] == ["NBC-D05"]


def test_a_cell_that_is_tagged_is_analysed_anew_because_more_is_asked_of_it():
    known = SourceCache()
    in_memory([OpenCell(kind="code", source="x = 1")], known)
    in_memory([OpenCell(kind="code", source="x = 1", tags=("features",))], known)
    assert known.analysed == 2


@settings(deadline=None)
@given(st.lists(st.lists(CELLS, max_size=6), min_size=1, max_size=4))
def test_what_is_known_from_before_changes_no_finding(documents: list[list[OpenCell]]):
    known = SourceCache(most_characters=200)
    for cells in documents:
        assert in_memory(cells, known) == in_memory(cells)


def test_sources_that_were_not_asked_for_lately_are_forgotten():
    known = SourceCache(most_characters=10)
    for source in ("aaaaaa", "bbbbbb", "bbbbbb", "aaaaaa"):
        known.facts(source, thorough=False)
    assert known.analysed == 3


def test_clean_notebooks_stay_clean_in_memory():
    for name, text in CLEAN.items():
        reading = parse_notebook(text.encode(), f"{name}.py")
        assert reading.notebook is not None
        assert check_notebook(reading.notebook).exit_code == 0, name
