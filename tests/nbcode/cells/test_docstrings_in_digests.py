"""What a docstring says counts; how formatters lay it out does not, unless a promoted cell reads docstrings."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import black
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alpha_bench.runtime.syntax_tree import laid_out
from nbcode.cells import analyse, code_digest
from nbcode.notebook import parse_notebook

SETTINGS = """import pandas as pd


def settings():
    '''share
    0.6
{indent}0.9
    '''


SHARE = 0.9 if "\\n      0.9" in settings.__doc__ else 0.6

# %% [features]
t = inputs["prices"].sort_values("date")
cut = t["date"].quantile(SHARE)
"""
FUNCTION = 'def settings():\n    """share\n    0.6\n{indent}0.9\n    """\n'
HEAD = "# %% [meta]\n# id: case\n# kind: model\n# horizon: 5d\n# owner: team\n# %% [setup]\n"

WORDS = st.text("ab0.:-é'{}", min_size=1, max_size=8)
STEPS = st.lists(st.tuples(st.integers(0, 3), WORDS | st.just("")), max_size=5)


@st.composite
def functions(draw: st.DrawFn, tabs: bool) -> str:
    """A function, method or class whose docstring is laid out as nobody would; with spaces, or with ``tabs``.

    Lines that mix both are left out: there black and ruff themselves keep other relative indentations.
    """
    depth = draw(st.sampled_from([1, 2]))
    step = "\t" if tabs else draw(st.sampled_from(["    ", "  "]))
    deeper = "\t" if tabs else draw(st.sampled_from([" ", "  ", "    "]))
    pad = step * depth
    first = draw(st.sampled_from(["", "  "])) + draw(WORDS | st.just(""))
    rest = [f"{pad}{deeper * n}{word}{draw(st.sampled_from(['', '  ']))}" for n, word in draw(STEPS)]
    text = "\n".join([first, *rest, draw(st.sampled_from([pad, ""]))])
    head = (
        f"class C:\n{step}def f(self):\n"
        if depth == 2
        else draw(st.sampled_from(["def f():\n", "class C:\n"]))
    )
    return f'{head}{pad}"""{text}"""\n{pad}x = 1\n'


def digest(source: str, *, exact: bool = False) -> str:
    return code_digest(source, ast.parse(source), exact_docstrings=exact)


def spec_cells(cells: str) -> list[str]:
    notebook = parse_notebook((HEAD + cells).encode(), "n.py").notebook
    assert notebook is not None
    graph = analyse(notebook).graph
    assert graph is not None
    return [str(cell.code_digest) for cell in graph.tagged]


def ruff(sources: list[str], folder: Path) -> list[str]:
    """The sources as ruff lays them out, all in one run of the program."""
    files = [folder / f"cell_{number}.py" for number in range(len(sources))]
    for file, source in zip(files, sources, strict=True):
        file.write_text(source, encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "--quiet", str(folder)],
        check=True,
    )
    return [file.read_text(encoding="utf-8") for file in files]


def test_a_line_of_a_docstring_that_is_indented_otherwise_changes_the_digest():
    assert digest(FUNCTION.format(indent="      ")) != digest(FUNCTION.format(indent="    "))


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e"])
def test_a_separator_that_python_does_not_break_lines_at_is_a_character_of_the_docstring(separator: str):
    plain = f"def f():\n    'a{separator.encode('unicode_escape').decode()}b'\n"
    assert digest(plain) != digest("def f():\n    'a\\nb'\n") != digest("def f():\n    'ab'\n")


@settings(max_examples=300, deadline=None)
@given(functions(tabs=False))
@example('def f():\n    """\n        a\n    b\n    """\n')
@example('def f():\n    """   a\n      b"""\n')
def test_black_keeps_the_digest_of_any_docstring(source: str):
    assert digest(black.format_str(source, mode=black.Mode())) == digest(source)


@settings(max_examples=5, deadline=None)
@given(st.lists(functions(tabs=False) | functions(tabs=True), min_size=30, max_size=30))
def test_ruff_keeps_the_digest_of_any_docstring(tmp_path_factory: pytest.TempPathFactory, sources: list[str]):
    formatted = ruff(sources, tmp_path_factory.mktemp("ruff"))
    changed = [(a, b) for a, b in zip(sources, formatted, strict=True) if digest(a) != digest(b)]
    assert changed == []


@given(st.lists(st.tuples(st.integers(0, 6), WORDS), min_size=2, max_size=5), st.data())
def test_a_change_of_relative_indentation_is_always_counted(
    lines: list[tuple[int, str]], data: st.DataObject
):
    which = data.draw(st.integers(0, len(lines) - 1))
    moved = [(n + 1 if i == which else n, word) for i, (n, word) in enumerate(lines)]
    before, after = ("\n".join(["first", *(" " * n + word for n, word in given)]) for given in (lines, moved))
    assert laid_out(before) != laid_out(after)


@given(st.lists(st.tuples(st.integers(0, 6), WORDS), min_size=1, max_size=5), st.integers(1, 12))
def test_a_docstring_that_is_moved_as_a_whole_is_the_same(lines: list[tuple[int, str]], by: int):
    before, after = (
        "\n".join(["first", *(" " * (n + more) + word for n, word in lines)]) for more in (0, by)
    )
    assert laid_out(before) == laid_out(after)


def test_two_notebooks_that_take_settings_from_a_docstring_are_two_builds():
    wide, plain = spec_cells(SETTINGS.format(indent="      ")), spec_cells(SETTINGS.format(indent="    "))
    assert wide[0] != plain[0]
    assert wide[1] == plain[1]


READERS = {
    "attribute": "print(settings.__doc__)",
    "by name": 'print(getattr(settings, "__doc__"))',
    "in a text": 'print(f"{settings.__doc__}")',
    "inspect": "import inspect\nprint(inspect.getdoc(settings))",
    "imported": "from inspect import getdoc as g",
    "docopt": "from docopt import docopt",
    "compiled": "print(settings.__code__.co_consts)",
}


@pytest.mark.parametrize("reader", READERS)
def test_where_a_tagged_cell_reads_docstrings_their_layout_counts_exactly(reader: str):
    narrow, wide = 'def settings():\n  """a\n  b"""\n', 'def settings():\n    """a\n    b"""\n'
    tail = f"# %% [model]\n{READERS[reader]}\n"
    assert spec_cells(narrow + tail) != spec_cells(wide + tail)


NOT_READERS = {
    "nothing": "x = 1",
    "comment": "x = 1  # settings.__doc__",
    "docstring": 'def g():\n    """See __doc__."""',
    "longer name": "my__doc__ = getdocs = 1",
    "exploratory": "x = 1\n# %%\nprint(settings.__doc__)",
}


@pytest.mark.parametrize("other", NOT_READERS)
def test_where_none_does_their_layout_does_not_count(other: str):
    narrow, wide = 'def settings():\n  """a\n  b"""\n', 'def settings():\n    """a\n    b"""\n'
    tail = f"# %% [model]\n{NOT_READERS[other]}\n"
    assert spec_cells(narrow + tail) == spec_cells(wide + tail)


def test_a_comment_that_mentions_docstrings_changes_no_digest():
    cell = 'def f():\n  """a\n  b"""\n# %% [model]\nx = 1\n'
    assert spec_cells(cell) == spec_cells(cell.replace("x = 1", "x = 1  # f.__doc__"))
