"""Both formats and all three carriers say the same. Jupytext, nbformat and nbstripout are the oracles."""

from __future__ import annotations

import json
from pathlib import Path

import black
import jupytext
import nbformat
import pytest
from nbstripout import strip_output

from fakes.bad_inputs import EVAL, FEATURES, META, MODEL, code_cell, ipynb, percent
from fakes.clean_notebooks import CLEAN
from nbcode.cells import analyse
from nbcode.notebook import Notebook, parse_notebook

ROOT = Path(__file__).parents[3]


def notebook_of(data: bytes, name: str = "n.py") -> Notebook:
    reading = parse_notebook(data, name)
    assert reading.notebook is not None, reading.diagnostics
    return reading.notebook


def meaning(data: bytes, name: str = "n.py") -> tuple[object, ...]:
    """All that identity is made of: meta, and each tagged cell's tag, digest, defs and refs."""
    graph = analyse(notebook_of(data, name)).graph
    assert graph is not None
    return graph.meta, tuple((c.tag, c.code_digest, c.defs, c.refs) for c in graph.tagged), graph.imports


def to_ipynb(data: bytes) -> bytes:
    return str(jupytext.writes(jupytext.reads(data.decode(), fmt="py:percent"), fmt="ipynb")).encode()


def to_percent(data: bytes) -> bytes:
    return str(jupytext.writes(jupytext.reads(data.decode(), fmt="ipynb"), fmt="py:percent")).encode()


@pytest.mark.parametrize("name", CLEAN)
def test_a_trip_through_jupytext_and_back_keeps_the_meaning(name: str):
    data = CLEAN[name].encode()
    there = to_ipynb(data)
    assert meaning(there, "n.ipynb") == meaning(data)
    assert meaning(to_percent(there)) == meaning(data)
    again = to_ipynb(to_percent(there))
    assert meaning(again, "n.ipynb") == meaning(data)


@pytest.mark.parametrize("name", CLEAN)
def test_jupytexts_notebook_of_a_clean_file_has_no_finding_either(name: str):
    reading = parse_notebook(to_ipynb(CLEAN[name].encode()), "n.ipynb")
    assert reading.notebook is not None
    assert [str(d) for d in (*reading.diagnostics, *analyse(reading.notebook).diagnostics)] == []


@pytest.mark.parametrize("name", CLEAN)
def test_a_percent_file_is_divided_as_jupytext_divides_it(name: str):
    mine = [c for c in notebook_of(CLEAN[name].encode()).cells if c.source]
    theirs = jupytext.reads(CLEAN[name], fmt="py:percent").cells
    assert [c.kind for c in mine] == [c.cell_type for c in theirs]
    assert [c.source.split("\n")[-1].lstrip("# ") for c in mine] == [
        c.source.split("\n")[-1].lstrip("# ") if c.source else c.metadata.get("title", "") for c in theirs
    ]


def carried_by_tags() -> bytes:
    return ipynb()


def carried_by_title() -> bytes:
    pairs = ((META, "meta"), (FEATURES, "features"), (MODEL, "model"), (EVAL, "eval"))
    return ipynb([code_cell(source, metadata={"title": f"[{tag}]"}) for source, tag in pairs])


def carried_by_marker() -> bytes:
    pairs = ((META, "meta"), (FEATURES, "features"), (MODEL, "model"), (EVAL, "eval"))
    return ipynb([code_cell([f"# %% [{tag}]\n", source]) for source, tag in pairs])


def with_everything_around() -> bytes:
    document = json.loads(carried_by_tags())
    for number, cell in enumerate(document["cells"]):
        cell["metadata"] |= {
            "scrolled": True,
            "tags": [*cell["metadata"]["tags"], "hide-input", "parameters"],
            "vscode": {"languageId": "python"},
        }
        cell["execution_count"] = number
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["x\n"] * 5}]
    junk = {
        "cell_type": "markdown",
        "id": "junk",
        "metadata": {},
        "source": ["# Title\n", "```\n", "# %% [model]\n", "```"],
    }
    document["cells"] = [junk, *document["cells"], code_cell("scratch = undefined_name")]
    document["metadata"]["papermill"] = {"x": 1}
    return json.dumps(document).encode()


SAME = {
    "tags": (carried_by_tags, "n.ipynb"),
    "title": (carried_by_title, "n.ipynb"),
    "marker": (carried_by_marker, "n.ipynb"),
    "percent": (percent, "n.py"),
    "percent with tags": (
        lambda: percent().replace(b"# %% [model]", b'# %% the model tags=["model"]'),
        "n.py",
    ),
    "percent with JSON": (lambda: percent().replace(b"# %% [model]", b'# %% {"tags": ["model"]}'), "n.py"),
    "percent with both": (lambda: percent().replace(b"# %% [model]", b'# %% [model] tags=["model"]'), "n.py"),
    "marker without space": (lambda: percent().replace(b"# %% [model]", b"#%% [model]"), "n.py"),
    "title after the tag": (lambda: percent().replace(b"# %% [model]", b"# %% [model] ridge"), "n.py"),
    "windows lines": (lambda: percent().replace(b"\n", b"\r\n"), "n.py"),
    "everything around": (with_everything_around, "n.ipynb"),
    "stripped": (
        lambda: nbformat.writes(
            strip_output(
                nbformat.reads(with_everything_around().decode(), 4),
                keep_output=False,
                keep_count=False,
                keep_id=False,
            )
        ).encode(),
        "n.ipynb",
    ),
    "nbformat's save": (
        lambda: nbformat.writes(nbformat.reads(carried_by_tags().decode(), 4)).encode(),
        "n.ipynb",
    ),
    "jupytext header": (
        lambda: (
            b"# ---\n# jupyter:\n#   jupytext:\n#     text_representation:\n#       extension: .py\n#   kernelspec:\n#     language: python\n# ---\n\n"
            + percent()
        ),
        "n.py",
    ),
    "black": (lambda: black.format_str(percent().decode(), mode=black.Mode()).encode(), "n.py"),
    "exploratory cells": (
        lambda: percent(before="x = 1\n# %%\n%matplotlib inline\n# %% [markdown]\n# text\n"),
        "n.py",
    ),
    "comments": (lambda: percent(features=f"# why\n\n{FEATURES}  # twenty\n"), "n.py"),
    "meta in braces and comments": (lambda: percent(meta=f"#\n# # about\n{META}  # the team"), "n.py"),
}


@pytest.mark.parametrize("name", SAME)
def test_the_carrier_the_format_and_all_noise_keep_the_meaning(name: str):
    make, file = SAME[name]
    assert meaning(make(), file) == meaning(percent())


def test_control_another_constant_is_another_meaning():
    assert meaning(percent(features=FEATURES.replace("20)", "21)"))) != meaning(percent())


def test_line_numbers_agree_between_the_formats():
    broken = FEATURES + "\n\nx = undefined_name"
    in_percent = analyse(notebook_of(percent(features=broken))).diagnostics
    cells = [
        code_cell(f"# %% [{tag}]\n{source}")
        for tag, source in (("meta", META), ("features", broken), ("model", MODEL), ("eval", EVAL))
    ]
    in_ipynb = analyse(notebook_of(ipynb(cells), "n.ipynb")).diagnostics
    assert [(d.place.cell, d.place.line, d.place.column) for d in in_percent] == [(2, 4, 5)]
    assert [(d.place.cell, d.place.line, d.place.column) for d in in_ipynb] == [(2, 4, 5)]
    assert in_percent[0].place.file_line == 9


MARKERS = '''# %% [setup]
text = """
# %% [model]
still text, don't
"""
other = \'\'\'
# %%
\'\'\'; x = "it's" + 'a "b"'  # don't """
y = r"\\" + "\\""
# %% [features]
z = 1
'''


def test_a_marker_inside_a_string_is_never_a_cell():
    cells = notebook_of(MARKERS.encode()).cells
    assert [(c.tag, c.first_line, c.source.count("\n")) for c in cells] == [
        ("setup", 1, 8),
        ("features", 10, 1),
    ]


def test_a_string_that_never_closes_hides_no_cell():
    cells = notebook_of(
        b'# %% [setup]\nx = """ open\n# %% [features]\ny = """ closed """\n# %% [model]\nm = 1\n'
    ).cells
    assert [c.tag for c in cells] == ["setup", "features", "model"]


@pytest.mark.parametrize(
    ("line", "kind", "tag"),
    [
        ("# %%", "code", None),
        ("#%%", "code", None),
        ("# %% a title", "code", None),
        ("# %% [markdown]", "markdown", None),
        ("# %% about [md]", "markdown", None),
        ("# %% [raw]", "raw", None),
        ("# %% alpha=0.5 tuning", "code", None),
        ("# %% f(x) = {x", "code", None),
        ('# %% x tags=["hide-input"]', "code", None),
        ('# %% tags=["features", "hide-input"]', "code", "features"),
        ("# %%%% [eval]", "code", "eval"),
        ("# In[3]:", "code", None),
        ("# <codecell>", "code", None),
    ],
)
def test_markers(line: str, kind: str, tag: str | None):
    reading = parse_notebook(f"{line}\nx\n".encode(), "n.py")
    assert reading.notebook is not None
    assert reading.diagnostics == ()
    assert [(c.kind, c.tag) for c in reading.notebook.cells] == [(kind, tag)]


@pytest.mark.parametrize(
    "line", ["# %%time", "#%%bash", "x = 1  # %% [model]", "'# %% [model]'", "# %", "## %% [model]"]
)
def test_what_only_looks_like_a_marker_starts_no_cell(line: str):
    assert len(notebook_of(f"a = 1\n{line}\nb = 2\n".encode()).cells) == 1


def test_a_word_in_brackets_that_is_no_tag_is_told_but_does_not_stop():
    reading = parse_notebook(b"# %% [scratch]\nx = 1\n", "n.py")
    assert [(d.code, str(d.severity)) for d in reading.diagnostics] == [("NBC-B04", "warning")]


@pytest.mark.parametrize(
    "tag", ["hide-input", "parameters", "remove-cell", "raises-exception", "test", "data", "step", "export"]
)
def test_other_tools_tags_are_left_alone(tag: str):
    reading = parse_notebook(ipynb([code_cell("x = 1", tag)]), "n.ipynb")
    assert reading.diagnostics == ()


@pytest.mark.parametrize(
    ("word", "tag"),
    [
        ("imports", "setup"),
        ("functions", "setup"),
        ("skip", None),
        ("step:load_data", "features"),
        ("step:train", "model"),
        ("step:evaluation", "eval"),
        ("block:fit", "model"),
        ("prev:train", None),
    ],
)
def test_kales_tags_are_understood(word: str, tag: str | None):
    reading = parse_notebook(ipynb([code_cell("x = 1", word)]), "n.ipynb")
    assert reading.notebook is not None
    assert reading.notebook.cells[0].tag == tag
    assert [d.code for d in reading.diagnostics] == (["NBC-B16"] if tag else [])


def test_cells_are_those_that_nbformat_reads():
    mine = notebook_of(with_everything_around(), "n.ipynb").cells
    theirs = nbformat.reads(with_everything_around().decode(), 4).cells
    assert [(c.kind, c.source, c.id) for c in mine] == [
        (c.cell_type, c.source.rstrip(), c.id) for c in theirs
    ]


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("examples/*/notebook.*")), ids=lambda p: "/".join(p.parts[-2:])
)
def test_the_projects_examples_have_no_finding(path: Path):
    reading = parse_notebook(path.read_bytes(), path.name)
    assert reading.notebook is not None
    assert [str(d) for d in (*reading.diagnostics, *analyse(reading.notebook).diagnostics)] == []
