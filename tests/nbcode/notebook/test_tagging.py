"""Tags and [meta] go into a notebook's bytes, and nothing else of it changes."""

from __future__ import annotations

import json
from difflib import ndiff

import pytest

from nbcode.notebook import (
    Additions,
    Notebook,
    TaggingError,
    meta_lines_of,
    parse_notebook,
    read_meta,
    tagged_bytes,
)

META = ("# id: a_model", "# kind: model", "# horizon: 5d", "# owner: someone")
TAGS = {1: "setup", 2: "model"}


def read(data: bytes, path: str) -> Notebook:
    notebook = parse_notebook(data, path).notebook
    assert notebook is not None
    return notebook


def tagged(data: bytes, path: str, tags: dict[int, str] = TAGS, meta: tuple[str, ...] = META) -> bytes:
    return tagged_bytes(data, read(data, path), Additions(tags=tags, meta=meta))


def changed(before: bytes, after: bytes) -> tuple[list[str], list[str]]:
    """Lines taken away and lines added."""
    lines = list(ndiff(before.decode().splitlines(keepends=True), after.decode().splitlines(keepends=True)))
    return [line[2:] for line in lines if line[0] == "-"], [line[2:] for line in lines if line[0] == "+"]


PERCENT = {
    "plain": ("# %%\nx = 1\n# %%\ny = 2\n", {1: "setup", 2: "model"}),
    "titles": ("# %% Load\nx = 1\n\n# %% Fit it\ny = 2\n", {1: "setup", 2: "model"}),
    "crlf": ("# %%\r\nx = 1\r\n# %%\r\ny = 2\r\n", {1: "setup", 2: "model"}),
    "no marker above": ("x = 1\n# %%\ny = 2\n", {1: "setup", 2: "model"}),
    "no marker above, which stays behind": ("x = 1\n# %%\ny = 2\n", {2: "model"}),
    "no marker at all": ("x = 1\ny = 2\n", {1: "model"}),
    "interpreter and encoding": ("#!/usr/bin/env python\n# -*- coding: utf-8 -*-\nx = 1\n# %%\ny = 2\n", {1: "setup", 2: "model"}),
    "markers of another editor": ("# In[1]:\nx = 1\n# In[2]:\ny = 2\n", {1: "setup", 2: "model"}),
    "markdown first": ("# %% [markdown]\n# Title\n# %%\nx = 1\n# %%\ny = 2\n", {2: "setup", 3: "model"}),
    "header": ("# ---\n# jupyter:\n#   jupytext:\n#     x: 1\n# ---\n\n# %%\nx = 1\n# %%\ny = 2\n", {1: "setup", 2: "model"}),
    "a marker in a string": ("# %%\nx = '''\n# %%\n'''\n# %%\ny = 2\n", {1: "setup", 2: "model"}),
    "no line end at the end": ("# %%\nx = 1\n# %%\ny = 2", {1: "setup", 2: "model"}),
    "other metadata": ('# %% Load tags=["a"]\nx = 1\n# %%\ny = 2\n', {1: "setup", 2: "model"}),
}  # fmt: skip


@pytest.mark.parametrize("case", PERCENT)
def test_of_a_percent_file_only_marker_lines_change(case: str) -> None:
    text, tags = PERCENT[case]
    data = text.encode()
    new = tagged(data, "n.py", tags)
    gone, added = changed(data, new)
    assert all(line.lstrip().startswith(("# %%", "# In[")) for line in gone)
    assert all(
        line.lstrip().startswith(("# %%", "# id", "# kind", "# horizon", "# owner")) or not line.strip()
        for line in added
    )
    after = read(new, "n.py")
    assert [cell.tag for cell in after.cells if cell.tag] == ["meta", *tags.values()]
    assert b"\r\n" not in data or b"\n" not in new.replace(b"\r\n", b"")


def ipynb(*, minor: int = 5, indent: int | None = 1, metadata: dict[str, object] | None = None) -> bytes:
    cells = [
        {"cell_type": "code", "execution_count": n, **({"id": f"c{n}"} if minor >= 5 else {}), "metadata": dict(metadata or {}),
         "outputs": [{"output_type": "stream", "name": "stdout", "text": ["0.10000000000000001 é\n"]}], "source": [f"x{n} = 1e-5\n", "y = '\\u00e9'"]}
        for n in (1, 2)
    ]  # fmt: skip
    document = {
        "cells": cells,
        "metadata": {"kernelspec": {"language": "python", "name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": minor,
    }
    return json.dumps(document, indent=indent, ensure_ascii=True).encode() + b"\n"


@pytest.mark.parametrize("indent", [1, 2, 4, None])
@pytest.mark.parametrize("minor", [4, 5])
@pytest.mark.parametrize("metadata", [{}, {"tags": ["hide"], "collapsed": False}])
def test_of_an_ipynb_only_the_cells_metadata_changes(
    indent: int | None, minor: int, metadata: dict[str, object]
) -> None:
    data = ipynb(minor=minor, indent=indent, metadata=metadata)
    new = tagged(data, "n.ipynb")
    before, after = json.loads(data), json.loads(new)
    meta, *cells = after.pop("cells")
    assert "".join(meta["source"]) == "\n".join(META)
    assert ("id" in meta) == (minor >= 5)
    for cell, tag, old in zip(cells, TAGS.values(), before.pop("cells"), strict=True):
        assert cell.pop("metadata") == {**old.pop("metadata"), "tags": [*metadata.get("tags", []), tag]}  # type: ignore[misc]
        assert cell == old
    assert after == before
    # What was written in a way of its own is still written so.
    assert new.count(b"0.10000000000000001 \\u00e9") == data.count(b"0.10000000000000001 \\u00e9")


def test_a_line_of_an_indented_notebook_that_is_no_metadata_stays() -> None:
    data = ipynb()
    gone, added = changed(data, tagged(data, "n.ipynb", meta=()))
    assert {line.strip() for line in gone} == {'"metadata": {},'}
    assert "".join(line.strip() for line in added) == "".join(
        f'"metadata": {{"tags": ["{tag}"]}},' for tag in TAGS.values()
    )


def test_nothing_to_add_is_the_same_bytes() -> None:
    for data, path in ((ipynb(), "n.ipynb"), (b"# %%\nx = 1\n", "n.py")):
        assert tagged(data, path, {}, ()) == data


def test_a_byte_order_mark_stays() -> None:
    assert tagged(b"\xef\xbb\xbf# %%\nx = 1\n# %%\ny = 2\n", "n.py").startswith(b"\xef\xbb\xbf# %% [meta]")


def test_what_would_not_read_back_is_not_given() -> None:
    with pytest.raises(TaggingError, match=r"\[meta\] would not be"):
        tagged(b"# %%\nx = 1\n# %%\ny = 2\n", "n.py", meta=("# id: a", "# %%", "import os"))
    with pytest.raises(TaggingError, match="would not be what it was"):
        tagged(b"# %%\nx = 1\n# %%\ny = 2\n", "n.py", tags={1: "unknown"})


VALUES = [
    "plain",
    "models[5]['xgb']",
    'ics["a: b"].mean()',
    "a # b",
    "{1: 2}[1]",
    "- x",
    "*x",
    "yes",
    "10",
    "null",
    "x if y else 'é'",
    "'q'",
    "@f",
    "a, b",
    "~x",
    "%d",
]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_of_meta_is_read_back_as_it_was_written(value: str) -> None:
    lines = meta_lines_of(
        {"id": "ab", "kind": "model", "horizon": "5d", "owner": value, "inputs": [("p", value)]}
    )
    cell = read(("# %% [meta]\n" + "\n".join(lines) + "\n").encode(), "n.py").cells[0]
    meta = read_meta(cell, "n.py").meta
    assert meta is not None
    assert (meta.owner, meta.inputs) == (value, (("p", value),))
