"""B17: a notebook that reads differently as its own percent form, or the reverse, is told; held against Jupytext itself."""

from __future__ import annotations

import json

import jupytext
import nbformat
import pytest

from nbcode.cells import analyse
from nbcode.notebook import Notebook, parse_notebook
from nbcode.notebook.carriers import other_forms

META = "# id: probe\n# kind: model\n# horizon: 5d\n# owner: someone"


def notebook(features: str, **metadata: object) -> nbformat.NotebookNode:
    made = nbformat.v4.new_notebook()
    made.cells = [
        nbformat.v4.new_code_cell(META, metadata={"tags": ["meta"]}),
        nbformat.v4.new_code_cell(features, metadata=metadata or {"tags": ["features"]}),
        nbformat.v4.new_code_cell("m = Ridge().fit(X=[x], y=fwd_ret_5d)", metadata={"tags": ["model"]}),
    ]
    return made


def read(text: str, name: str) -> Notebook:
    reading = parse_notebook(text.encode(), name)
    assert reading.notebook is not None
    return reading.notebook


def digests(one: Notebook) -> list[tuple[str, str]]:
    graph = analyse(one).graph
    assert graph is not None
    return [(cell.tag, str(cell.code_digest)) for cell in graph.tagged]


def differs(one: Notebook) -> bool:
    return any(d.code == "NBC-B17" for d in analyse(one).diagnostics)


SAME = [
    "x = features.ret(20)",
    "%matplotlib inline\nx = features.ret(20)",
    "%%time\nx = features.ret(20)",
    "x = features.ret(20)\nx?",
    "x = features.ret(20)\n# a remark: 100 % sure\n# cats and ls",
    'x = features.ret(20)\ntext = """\n# %% inside a text\n%time\n"""',
    "x = features.ret(20)\ncat = 3",
    "    x = features.ret(20)\n    y = 1",
]
DIFFERENT = [
    "x = features.ret(20)\n# %% cleaned\nx = cs.zscore(x)",
    "x = features.ret(20)\n# %%\nx = cs.zscore(x)",
    "x = features.ret(20)\n#   %% note\nx = cs.zscore(x)",
    "x = features.ret(20)\n# In[3]:\nx = cs.zscore(x)",
    "def f(y):\n    # %% inner\n    return y\nx = f(features.ret(20))",
    "x = features.ret(20)\ncat = 1\ncat",
    "# %% [features]\nx = features.ret(20)",  # tagged by its metadata too
]


@pytest.mark.parametrize("source", [*SAME, *DIFFERENT])
def test_the_finding_is_there_exactly_where_jupytexts_own_percent_form_has_other_digests(source: str):
    made = notebook(source)
    original = read(nbformat.writes(made), "n.ipynb")
    percent = read(jupytext.writes(made, "py:percent"), "n.py")
    assert differs(original) == (digests(original) != digests(percent)) == (source in DIFFERENT)


@pytest.mark.parametrize("source", [*SAME, *DIFFERENT[:-1]])
def test_the_same_holds_of_cells_that_their_first_line_tags(source: str):
    made = notebook(f"# %% [features]\n{source}", colour="none")
    original = read(nbformat.writes(made), "n.ipynb")
    assert len(digests(original)) == 2
    percent = read(jupytext.writes(made, "py:percent"), "n.py")
    assert differs(original) == (digests(original) != digests(percent)) == (source in DIFFERENT)


@pytest.mark.parametrize("source", ["x = features.ret(20)", *DIFFERENT[:-1]])
def test_a_plain_cell_is_left_out_and_no_other(source: str):
    cells = [
        nbformat.v4.new_code_cell("# %% [features]\n" + source),
        nbformat.v4.new_markdown_cell("A word on it"),
        nbformat.v4.new_markdown_cell("%% [model]\nm = 1"),
        nbformat.v4.new_code_cell("# %% [model]\nm = Ridge()", metadata={"tags": ["model"]}),
    ]
    made = nbformat.v4.new_notebook(cells=cells)
    told = [form.cell.index for form in other_forms(read(nbformat.writes(made), "n.ipynb"))]
    assert told == ([1] if source in DIFFERENT else []) + [3, 4]


@pytest.mark.parametrize("title", ["[features] a=b {x}", "[features] y = f(x)", "[features] {a} and {b}"])
def test_a_title_with_signs_of_metadata_is_a_title_in_both_forms(title: str):
    made = notebook("x = features.ret(20)", title=title)
    original = read(nbformat.writes(made), "n.ipynb")
    reading = parse_notebook(jupytext.writes(made, "py:percent").encode(), "n.py")
    assert reading.diagnostics == ()
    assert reading.notebook is not None
    assert digests(original) == digests(reading.notebook)
    assert not differs(original)


def test_metadata_that_was_cut_off_is_still_refused():
    for line in ('# %% [features] {"a":', '# %% tags=["features', "# %% [features] tags=[features"):
        reading = parse_notebook(f"{line}\nx = 1\n".encode(), "n.py")
        assert [d.code for d in reading.diagnostics] == ["NBC-B09"], line


def test_a_text_that_is_left_open_and_closed_further_down_swallows_the_cells_between():
    made = notebook("x = features.ret(20)")
    made.cells.insert(1, nbformat.v4.new_code_cell('open = """never closed'))
    made.cells.append(nbformat.v4.new_code_cell('"""'))
    original = read(nbformat.writes(made), "n.ipynb")
    percent = read(jupytext.writes(made, "py:percent"), "n.py")
    assert digests(original) != digests(percent)
    assert differs(original)


def test_a_markdown_line_that_would_become_a_tagged_cell_is_told():
    made = notebook("x = features.ret(20)")
    made.cells.insert(1, nbformat.v4.new_markdown_cell("mermaid\n\n%% [setup]\ntext"))
    assert differs(read(nbformat.writes(made), "n.ipynb"))
    made.cells[1] = nbformat.v4.new_markdown_cell("mermaid\n\n%% a remark\ntext")
    assert not differs(read(nbformat.writes(made), "n.ipynb"))


PERCENT = "# %% [meta]\n# id: probe\n# kind: model\n# horizon: 5d\n# owner: someone\n# %% [features]\nx = features.ret(20)\n"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("# just a remark", None),
        ("# why?", None),
        ("# %time y = x", "NBC-D02"),
        ("# y = !ls", "NBC-D02"),
        ("# !ls", "NBC-D02"),
        ("# ls", "NBC-B17"),
        ("# %matplotlib inline", "NBC-D02"),
    ],
)
def test_a_comment_of_a_percent_file_that_runs_in_its_notebook_is_told(line: str, code: str | None):
    one = read(f"{PERCENT}{line}\n# %% [model]\nm = Ridge().fit(X=[x], y=fwd_ret_5d)\n", "n.py")
    found = [d for d in analyse(one).diagnostics if d.code in {"NBC-B17", "NBC-D02"}]
    assert [d.code for d in found] == ([] if code is None else [code])
    harmless = line == "# %matplotlib inline"
    assert all(str(d.severity) == ("note" if harmless else "warning") for d in found)


def test_the_case_of_the_notebook_format_with_a_key_twice_in_an_output_is_a_note():
    cell = (
        '{"cell_type": "code", "metadata": {"tags": ["features"]}, "source": "x = features.ret(20)", "execution_count": null,'
        ' "outputs": [{"output_type": "stream", "name": "stdout", "name": "stdout", "text": ""}]}'
    )
    text = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
    reading = parse_notebook(text.replace("[]", f"[{cell}]").encode(), "n.ipynb")
    assert [(d.code, str(d.severity)) for d in reading.diagnostics] == [("NBC-A09", "note")]
    worse = cell.replace('"execution_count": null,', '"source": "x = 1",')
    reading = parse_notebook(text.replace("[]", f"[{worse}]").encode(), "n.ipynb")
    assert ("NBC-A09", "error") in [(d.code, str(d.severity)) for d in reading.diagnostics]
