"""The line of the file that a line of a cell stands on, whatever wrote the file."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcode.notebook import FileLines, parse_notebook, read_with_lines
from nbcode.primitives import Place, PlainJson

WORD = st.text(st.characters(categories=("L", "N"), include_characters=' "\\\t{}[],:\u2028'), max_size=9)


def cell(source: PlainJson, **more: PlainJson) -> dict[str, PlainJson]:
    # Outputs stand before the source here: editors sort the keys, nobody has to.
    return {
        "cell_type": "code",
        "outputs": [{"source": ["no source"]}],
        "metadata": {},
        "source": source,
    } | more


def written(cells: list[dict[str, PlainJson]], indent: int | None) -> str:
    document = {"nbformat": 4, "nbformat_minor": 4, "metadata": {"cells": [1]}, "cells": cells}
    return json.dumps(document, indent=indent, ensure_ascii=False)


def lines_of(text: str, name: str = "n.ipynb") -> FileLines:
    data = text.encode()
    return FileLines(data, parse_notebook(data, name).notebook)


def cut(text: str, places: list[int]) -> list[PlainJson]:
    ends = sorted({min(one, len(text)) for one in places} | {0, len(text)})
    return [text[a:b] for a, b in itertools.pairwise(ends)]


@given(
    sources=st.lists(st.lists(WORD, min_size=1, max_size=6), min_size=1, max_size=4),
    as_list=st.booleans(),
    places=st.lists(st.integers(0, 60), max_size=5),
    indent=st.sampled_from([None, 0, 1, 4]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_the_line_is_the_one_where_the_text_is_found(sources, as_list, places, indent, end):
    tokens = [[f"tok{c}_{n}~" for n in range(len(lines))] for c, lines in enumerate(sources)]
    texts = ["\n".join(map("".join, zip(t, s, strict=True))) for t, s in zip(tokens, sources, strict=True)]
    cells = [cell(cut(text, places) if as_list else text) for text in texts]
    file = "\ufeff" + written(cells, indent).replace("\n", end)
    found = lines_of(file)
    in_file = file.split(end)
    for c, names in enumerate(tokens, 1):
        for n, name in enumerate(names, 1):
            line = found.line_of(Place(cell=c, line=n))
            assert line is not None
            # A token may be cut in two: what stands in the line is its beginning.
            assert any(name[:k] in in_file[line - 1] for k in (len(name), 1))
            if not as_list or not places:
                assert name in in_file[line - 1]


def test_each_layout_that_editors_write():
    jupyter = written([cell(["a = 1\n", "b = 2\n", "\n", "c = 3"])], 1)
    found = lines_of(jupyter)
    assert [
        jupyter.split("\n")[(found.line_of(Place(cell=1, line=n)) or 0) - 1].strip() for n in (1, 2, 4)
    ] == [
        '"a = 1\\n",',
        '"b = 2\\n",',
        '"c = 3"',
    ]
    assert jupyter.split("\n")[(found.line_of(Place(cell=1)) or 0) - 1].strip() == "{"
    one_text = written([cell("a = 1\nb = 2")], 1)
    lines = {lines_of(one_text).line_of(Place(cell=1, line=n)) for n in (1, 2)}
    assert [one_text.split("\n")[(n or 0) - 1].strip() for n in lines] == ['"source": "a = 1\\nb = 2"']
    one_line = lines_of(written([cell("a = 1\nb = 2")], None))
    assert one_line.line_of(Place(cell=1, line=2)) == 1


def test_of_two_sources_the_one_that_is_read_counts():
    text = written([cell(["a\n", "b"])], 1).replace('"source": [', '"source": [],\n   "source": [', 1)
    twice = text.replace('"metadata": {},', '"source": ["x\\n", "y"],\n "metadata": {},')
    line = lines_of(twice).line_of(Place(cell=1, line=2))
    assert twice.split("\n")[(line or 0) - 1].strip() == '"b"'


def test_in_a_percent_file_lines_are_its_own(tmp_path: Path):
    text = "# a notebook\n\n# %% [setup]\nimport math\n\n# %% [model]\nm = 1\n"
    (tmp_path / "n.py").write_text(text)
    reading, found = read_with_lines(tmp_path / "n.py")
    assert reading.notebook is not None
    for one in reading.notebook.cells:
        for number, line in enumerate(one.source.split("\n"), 1):
            at = found.line_of(Place(cell=one.index, line=number))
            assert text.split("\n")[(at or 0) - 1] == line
            assert one.first_line is None or at == one.first_line + number - 1


@pytest.mark.parametrize(
    "text", ["", "{", '{"cells": [', '{"cells": [{"source": "a', "[" * 100_000, '{"cells": 1}', "[1]", '"x"']
)
def test_a_file_that_is_no_notebook_has_no_lines_of_cells(text: str):
    assert lines_of(text).line_of(Place(cell=1, line=1)) is None


def test_a_place_that_is_of_no_cell_keeps_its_line():
    found = lines_of(written([cell("a")], 1))
    assert found.line_of(Place(line=7)) == 7
    assert found.line_of(Place()) is None
    assert found.line_of(Place(cell=1, line=3)) is None
    assert found.line_of(Place(cell=9, line=1)) is None
    assert found.line_of(Place(cell=1, line=1, file_line=99)) == 99
