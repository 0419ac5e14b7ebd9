"""Every real edit: a notebook of the corpus, an edit that changes what it says, and the bytes that it leaves."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice

import nbformat
from nbformat import NotebookNode

from digest_laws.corpus import notebook, original, tag_of, tagged, written
from digest_laws.files import File
from digest_laws.mutations import MUTATIONS, Kind, places

MOST = 2
"""Edits of one kind in one notebook, as far apart as the places allow."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One edit; ``trees``, before and after, where it is one of a syntax tree."""

    group: str
    kind: str
    notebook: str
    file: File
    trees: tuple[ast.Module, ast.Module] | None = None


def kinds() -> dict[tuple[str, str], Callable[[Sequence[str]], Iterator[Case]]]:
    """Every kind by group and name: what gives its edits of the notebooks that are named, where they have something of the kind."""
    edits = {"[meta]": {kind: _of_meta(change) for kind, change in META.items()}, "cells": CELLS}
    trees = {("code", kind): partial(_of_trees, kind, edit) for kind, edit in MUTATIONS.items()}
    documents = {
        (group, kind): partial(_of_documents, group, kind, edit)
        for group, of_group in edits.items()
        for kind, edit in of_group.items()
    }
    return trees | documents


# -- edits of syntax trees -----------------------------------------------------------------------------------------


@cache
def cells(name: str) -> tuple[tuple[int, ast.Module], ...]:
    """Position and tree of every tagged cell that is plain Python."""
    found = []
    for number, cell in enumerate(notebook(name).cells):
        if tag_of(cell) in (None, "meta"):
            continue
        try:
            found.append((number, ast.parse(cell.source)))
        except SyntaxError:
            continue  # magics
    return tuple(found)


def _of_trees(kind: str, edits: Kind, names: Sequence[str]) -> Iterator[Case]:
    for name in names:
        spots = [
            (cell, at) for cell, (_, tree) in enumerate(cells(name)) for at in range(len(places(tree, edits)))
        ]
        chosen = (_of_tree(name, kind, edits, *spot) for spot in spots[:: max(1, len(spots) // (MOST + 1))])
        yield from islice((case for case in chosen if case is not None), MOST)


def _of_tree(name: str, kind: str, edits: Kind, cell: int, at: int) -> Case | None:
    number, before = cells(name)[cell]
    after = copy.deepcopy(before)
    places(after, edits)[at]()
    try:
        source = ast.unparse(ast.fix_missing_locations(after))
        read = ast.parse(source)
        compile(source, "cell", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None  # no Python any more
    if ast.dump(read) == ast.dump(before):
        return None
    document = notebook(name)
    document.cells[number]["source"] = source
    return Case(
        group="code", kind=kind, notebook=name, file=("n.ipynb", written(document)), trees=(before, read)
    )


# -- edits of the document -----------------------------------------------------------------------------------------


def _of_documents(
    group: str, kind: str, edit: Callable[[NotebookNode], bool], names: Sequence[str]
) -> Iterator[Case]:
    for name in names:
        document = notebook(name)
        if edit(document) and written(document) != original(name):
            yield Case(group=group, kind=kind, notebook=name, file=("n.ipynb", written(document)))


def _of_meta(change: Callable[[str], str | None]) -> Callable[[NotebookNode], bool]:
    def edit(document: NotebookNode) -> bool:
        (meta,) = [cell for cell in document.cells if tag_of(cell) == "meta"]
        after = change(meta.source)
        meta["source"] = after or meta.source
        return after is not None

    return edit


def _line(start: str, change: Callable[[str], str]) -> Callable[[str], str | None]:
    """The first line that begins with ``start``, and those below a key (``key:`` then ``start`` two further in), changed."""

    def edit(source: str) -> str | None:
        key, _, inner = start.partition("/")
        lines = source.split("\n")
        begun = False
        for number, line in enumerate(lines):
            begun = line.startswith(f"# {key}:") if not line.startswith("#   ") else begun
            if begun and line.startswith("#   " if inner else f"# {key}: "):
                lines[number] = change(line)
                return "\n".join(line for line in lines if line)
        return None

    return edit


def _input_less(source: str) -> str | None:
    """The first input taken out, and the key where it was the only one."""
    lines = source.split("\n")
    if "# inputs:" not in lines:
        return None
    at = lines.index("# inputs:")
    only = not lines[at + 2 :][:1] or not lines[at + 2].startswith("#   ")
    return "\n".join([*lines[: at if only else at + 1], *lines[at + 2 :]])


META: dict[str, Callable[[str], str | None]] = {
    "id": _line("id", lambda line: f"{line}x"),
    "horizon": _line("horizon", lambda line: line.replace("horizon: ", "horizon: 1")),
    "owner": _line("owner", lambda line: f"{line} and another"),
    "a description": lambda source: (
        f"{source}\n# description: another" if "description" not in source else None
    ),
    "another description": _line("description", lambda line: f"{line} too"),
    "another dataset": _line("data", lambda line: f"{line}2"),
    "a dataset": lambda source: f"{source}\n# data: us" if "\n# data:" not in source else None,
    "the name of an input": _line("inputs/x", lambda line: line.replace(":", "_2:", 1)),
    "the path of an input": _line("inputs/x", lambda line: f"{line}.old"),
    "an input less": _input_less,
    "the model": _line("model", lambda line: f"{line}.best"),
    "the signal": _line("signal", lambda line: f"{line} + 0"),
    "the name of a figure": _line("report/x", lambda line: line.replace(":", "_2:", 1)),
    "a figure": _line("report/x", lambda line: line.replace(": ", ": -", 1)),
    "the path of an output": _line("outputs/x", lambda line: f"{line}.old"),
    "the value of a gate": lambda source: source.replace("0.01", "0.02") if "0.01" in source else None,
    "the condition of a gate": lambda source: source.replace(">=", "<=") if ">=" in source else None,
    "a gate": lambda source: f'{source}\n# gates: {{ic: "> 3"}}' if "gates" not in source else None,
    "a gate less": lambda source: source.replace(', hit_rate: "> 0.5"', "") if "hit_rate" in source else None,
}


def _order(document: NotebookNode) -> bool:
    numbers = [n for n, cell in enumerate(document.cells) if tag_of(cell) not in (None, "meta")]
    one, other = numbers[:2]
    cells = document.cells
    cells[one], cells[other] = cells[other], cells[one]
    return True


def _last_tag_removed(document: NotebookNode) -> bool:
    tagged(document)[-1].metadata.pop("tags")
    return True


def _another_tag(document: NotebookNode) -> bool:
    cell = tagged(document)[0]
    cell.metadata["tags"] = ["features" if tag_of(cell) != "features" else "setup"]
    return True


def _exploratory_tagged(document: NotebookNode) -> bool:
    cell = nbformat.v4.new_code_cell("scratch = 1", metadata={"tags": ["features"]})
    document.cells.insert(1, cell)
    return True


def _cell_removed(document: NotebookNode) -> bool:
    document.cells.remove(tagged(document)[0])
    return True


def _cell_twice(document: NotebookNode) -> bool:
    document.cells.append(copy.deepcopy(tagged(document)[-1]))
    document.cells[-1]["id"] = "again"
    return True


def _cell_split(document: NotebookNode) -> bool:
    for number, cell in enumerate(document.cells):
        lines = cell.source.split("\n")
        if (
            tag_of(cell) not in (None, "meta")
            and len(lines) > 1
            and lines[1][:1].isalpha()
            and lines[0][:1].isalpha()
        ):
            rest = copy.deepcopy(cell)
            cell["source"], rest["source"], rest["id"] = lines[0], "\n".join(lines[1:]), "rest"
            document.cells.insert(number + 1, rest)
            return True
    return False


def _cells_joined(document: NotebookNode) -> bool:
    one, other = tagged(document)[:2]
    one["source"] = f"{one.source}\n{other.source}"
    document.cells.remove(other)
    return True


def _commented_out(document: NotebookNode) -> bool:
    cell = tagged(document)[-1]
    cell["source"] = "\n".join(f"# {line}" for line in cell.source.split("\n"))
    return True


def _docstring_read(document: NotebookNode) -> bool:
    """A docstring laid out otherwise where a cell reads it: another text."""
    tagged(document)[0]["source"] += "\nabout = print.__doc__\n\n\ndef f():\n    '''a\n    b'''"
    return True


def _docstring_read_otherwise(document: NotebookNode) -> bool:
    tagged(document)[0]["source"] += "\nabout = print.__doc__\n\n\ndef f():\n    '''a\n      b'''"
    return True


CELLS: dict[str, Callable[[NotebookNode], bool]] = {
    "two cells in another order": _order,
    "a tag less": _last_tag_removed,
    "another tag": _another_tag,
    "a tagged cell more": _exploratory_tagged,
    "a tagged cell less": _cell_removed,
    "a cell twice": _cell_twice,
    "a cell in two": _cell_split,
    "two cells as one": _cells_joined,
    "a cell commented out": _commented_out,
    "a docstring that a cell reads": _docstring_read,
    "the same docstring, laid out otherwise": _docstring_read_otherwise,
}
