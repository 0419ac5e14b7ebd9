"""What IPython alone reads: left out of the run where it changes no value, else D02; never a syntax error of Python's."""

from __future__ import annotations

import json

import pytest

from nbcode.cells import Analysis, ModuleContext, TaggedCell, analyse
from nbcode.notebook import parse_notebook
from nbcode.primitives import Severity

META = "# id: probe\n# kind: model\n# horizon: 5d\n# owner: someone\n# inputs:\n#   prices: p.csv"


def checked(*cells: tuple[str, str], form: str = "ipynb") -> Analysis:
    """The analysis of a notebook of (tag, source) cells."""
    if form == "ipynb":
        documents = [
            {
                "cell_type": "code",
                "metadata": {"tags": [tag]} if tag else {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for tag, source in (("meta", META), *cells)
        ]
        text = json.dumps({"cells": documents, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
        reading = parse_notebook(text.encode(), "n.ipynb")
    else:
        body = "".join(f"# %% [{tag}]\n{source}\n" for tag, source in (("meta", META), *cells))
        reading = parse_notebook(body.encode(), "n.py")
    assert reading.notebook is not None
    assert reading.diagnostics == ()
    return analyse(reading.notebook)


def only(source: str, form: str = "ipynb") -> TaggedCell:
    graph = checked(("features", source), ("model", "m = 1"), form=form).graph
    assert graph is not None
    return graph.tagged[0]


def told(source: str, *codes: str) -> list[tuple[str, str]]:
    """Code and severity of each finding in the [features] cell, of ``codes`` where some are given."""
    found = checked(("features", source), ("model", "m = y"), ("eval", "report = {'a': 1.0}")).diagnostics
    return [
        (d.code[-3:], str(d.severity))
        for d in found
        if d.place is not None and d.place.cell == 2 and (not codes or d.code[-3:] in codes)
    ]


LEFT_OUT = [
    "%matplotlib inline\ny = 1",
    "% matplotlib inline\ny = 1",
    "%matplotlib inline  # for the plots\ny = 1",
    "%config InlineBackend.figure_format = 'retina'\ny = 1",
    "%load_ext autoreload\n%autoreload 2\ny = 1",
    "%reload_ext autoreload\ny = 1",
    "%load_ext nbcode\ny = 1",
    "!pip install lightgbm\ny = 1",
    "%pip install -q lightgbm==4.6.0 'xgboost[scikit-learn]>=2'\ny = 1",
    "!{sys.executable} -m pip install lightgbm > /dev/null 2>&1\ny = 1",
    "!pip install lightgbm \\\n  xgboost\ny = 1",
    "pip install lightgbm\ny = 1",
    "conda install -c conda-forge ta-lib\ny = 1",
    "%%capture\n!uv pip install lightgbm\ny = 1",
    "y = 1\nif y:\n    !pip install lightgbm",
    "%precision 3\ny = 1",
    "%time y = 1",
    "% time y = 1",
    "%time y = (1 +\\\n 2)",
    "y = %time 1",
    "%time %time y = 1",
    "%time\ny = 1",
    "y = 1\n%timeit y + 1",
    "y = 1\n%timeit -n 3 y + \\\n 1",
    "%%time\ny = 1",
    "%%time\n\n%matplotlib inline\ny = 1",
    "%%time\n%%capture\ny = 1",
    "%%capture\ny = 1",
    "%%capture --no-stderr printed\ny = 1",
    "# a remark\n%%time\ny = 1",
    "y = 1\ny?",
    "y = 1\n?y",
    "y = 1\ny.real??",
    "    y = 1\n    z = y",
    "\n\n    %time y = 1\n    z = y",
    "for y in (1, 2):\n    %matplotlib inline\n",
    "for y in (1, 2):\n    %time z = y\n",
    "%matplotlib inline\nfrom __future__ import annotations\ny = 1",
]


@pytest.mark.parametrize("source", LEFT_OUT)
def test_a_line_that_changes_no_value_is_left_out_with_a_note_and_what_it_binds_is_kept(source: str):
    assert {severity for _, severity in told(source)} <= {"note"}
    assert {code for code, _ in told(source)} <= {"D02"}
    indented_only = not {"%", "?", "install"} & {*source, *source.split()}
    assert bool(told(source, "D02")) != indented_only
    assert "y" in only(source).defs


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("!pip install lightgbm scikit-learn", []),
        ("!pip install --upgrade pip", []),
        ("!pip install -q LightGBM==4.6.0 'scikit-learn>=1' > /dev/null 2>&1", []),
        ("!pip install -r requirements.txt --index-url https://example.org/simple ./wheel.whl", []),
        ("%pip install lightgbm nothere[extra]==1.2", ["nothere"]),
        ("%conda install -c conda-forge nothere", ["nothere"]),
        ("!pip install git+https://example.org/x.git nothere@https://example.org/x.whl", ["nothere"]),
    ],
)
def test_a_package_that_a_line_installs_and_that_is_not_here_is_a_warning_with_the_command(
    line: str, missing: list[str]
):
    source = f"# %% [meta]\n# id: x\n# kind: model\n# horizon: 1d\n# owner: me\n# %% [setup]\n{line}\ny = 1\n"
    notebook = parse_notebook(source.encode(), "n.py").notebook
    assert notebook is not None
    known = ModuleContext(locked=frozenset({"lightgbm", "sklearn"}))
    found = [d for d in analyse(notebook, known).diagnostics if d.code == "NBC-D02"]
    assert [d.severity for d in found] == ["note", *["warning" for _ in missing]]
    assert [d.message.split("`")[1] for d in found[1:]] == missing
    assert all(f"pip install {name}," in str(d.fixes[0]) for d, name in zip(found[1:], missing, strict=True))


REFUSED = [
    "!ls",
    "y = !ls",
    "y: list[str] = !pwd",
    "a, y = !ls",
    "y = 1\n!!ls",
    "%run other.ipynb\ny = 1",
    "%pip list\ny = 1",
    "!pip install lightgbm && ls\ny = 1",
    "!pip install $(cat packages)\ny = 1",
    "y = !pip install lightgbm",
    "%load_ext rpy2.ipython\ny = 1",
    "%load_ext cudf.pandas\ny = 1",
    "y = %timeit -o 1",
    "y = %who_ls",
    "%%R\ny <- 1",
    "%%cython\ncdef int y = 1",
    "%%bash\nls",
    "%%some_language\nlet y = 1;",
    "%%prun\ny = 1",
    "%%time y = 2\ny = 1",
    "y = 1\n%%time\nz = 2",
    "%time y = (1,\n 2)",
    "pip uninstall lightgbm\ny = 1",
    "matplotlib inline\ny = 1",
    "cd ..\ny = 1",
]


@pytest.mark.parametrize("source", REFUSED)
def test_what_computes_or_reaches_the_machine_is_refused_as_what_it_is(source: str):
    assert ("D02", "error") in told(source)
    if source != "%time y = (1,\n 2)":  # Jupyter too stops reading there
        assert told(source, "D01") == []


def test_pylab_is_a_warning_and_keeps_the_modules_that_it_brings():
    assert told("%pylab inline\ny = np.ones(3)\nplt.show()") == [("D02", "warning")]
    assert told("%pylab inline\ny = ones(3)", "D05") == [("D05", "error")]


def test_what_a_timed_cell_assigns_is_as_little_there_as_in_the_kernel():
    assert told("%%timeit\ny = 1\n") == [("D02", "note")]
    assert only("%%timeit\ny = 1").defs == frozenset()


def test_each_kind_is_told_once_with_the_other_cells():
    cells = [("features", f"%%time\nx{n} = 1") for n in range(3)]
    notes = [d for d in checked(*cells, ("model", "m = x0")).diagnostics if d.code == "NBC-D02"]
    assert [(d.message, d.place.cell if d.place else 0) for d in notes] == [
        ("`%%time` is left out of the run, also in cells 3, 4", 2)
    ]


def test_signs_inside_texts_and_brackets_are_python():
    source = '%matplotlib inline\ntext = """\n%time a = 1\n!ls\nwhy?\n"""\ny = (7\n% 4)\n'
    cell = only(source)
    assert cell.python == "# " + source.rstrip()
    assert cell.defs == {"text", "y"}


PAIRS = [
    ("%matplotlib inline\ny = 1", "y = 1"),
    ("%time y = f(1)", "y = f(1)"),
    ("%%time\n\ny = 1", "y = 1"),
    ("%%capture\ny = 1", "y = 1"),
    ("y = %time f(1)", "y = f(1)"),
    ("    y = 1\n    if y:\n        z = 2", "y = 1\nif y:\n    z = 2"),
    ("y = 1\ny?", "y = 1"),
    ("%load_ext autoreload\n%autoreload 2\ny = 1", "y = 1"),
]


@pytest.mark.parametrize(("with_lines", "without"), PAIRS)
def test_the_digest_is_that_of_the_cell_without_them(with_lines: str, without: str):
    assert only(with_lines).code_digest == only(without).code_digest
    assert only(with_lines).code_digest != only(without + "\nw = 3").code_digest


@pytest.mark.parametrize(
    ("magic", "comment"),
    [(a, a.replace("%", "# %")) for a in ("%matplotlib inline\ny = 1", "%config x\ny = 1")],
)
def test_a_percent_copy_by_jupytext_has_the_same_digest(magic: str, comment: str):
    assert only(magic).code_digest == only(comment, form="percent").code_digest


@pytest.mark.parametrize("source", LEFT_OUT)
def test_what_runs_is_python_line_for_line(source: str):
    cell = only(source)
    compile(cell.python, "cell", "exec")
    assert cell.python.count("\n") == source.rstrip().count("\n")


def test_a_finding_stands_where_the_code_was_written():
    found = checked(("features", "%time y = unknown_name"), ("model", "m = y")).diagnostics
    (missing,) = [d for d in found if d.code == "NBC-D05"]
    assert missing.place is not None
    assert (missing.place.line, missing.place.column) == (1, 11)
    found = checked(("features", "    é = 1\n    y = unknown_name"), ("model", "m = y")).diagnostics
    (missing,) = [d for d in found if d.code == "NBC-D05"]
    assert missing.place is not None
    assert (missing.place.line, missing.place.column) == (2, 9)


def test_what_capture_kept_is_told_where_it_is_read():
    found = checked(("features", "%%capture printed\ny = 1"), ("model", "m = y\nprinted.show()")).diagnostics
    (missing,) = [d for d in found if d.code == "NBC-D05"]
    assert "%%capture" in missing.cause


def test_a_bare_command_is_told_as_a_command():
    found = checked(("features", "y = 1\nls"), ("model", "m = y")).diagnostics
    assert any(d.code == "NBC-D05" and "command" in d.cause for d in found)


def test_future_annotations_of_a_cell_hold_for_the_cells_below():
    later = "class Prep:\n    def fit(self) -> Prep:\n        return self\ny = Prep()"
    future = "from __future__ import annotations"

    def codes(*cells: tuple[str, str]) -> list[str]:
        return [
            d.code
            for d in checked(*cells, ("model", "m = y"), ("eval", "report = {'a': 1.0}")).diagnostics
            if d.severity is Severity.ERROR
        ]

    assert codes(("setup", later)) == ["NBC-D22"]
    assert codes(("setup", future), ("setup", later)) == []
    assert codes(("setup", later), ("setup", future)) == ["NBC-D22"]
    assert codes(("", future), ("setup", later)) == ["NBC-D22"]  # the run does not have that cell
