"""Every no-op edit: a notebook of the corpus, an edit that changes no meaning, and the bytes that it leaves."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import black
from nbformat import NotebookNode

from digest_laws.corpus import notebook, original, tag_of, tagged, written
from digest_laws.files import CARRIERS, FILES, File, FileEdit
from digest_laws.layout import LAYOUTS, OF_DOCSTRINGS, OF_IPYTHON, Edit, same_tree
from digest_laws.left_behind import LEFT_BEHIND

BLACK = {
    "black": black.Mode(),
    "black, 60 columns": black.Mode(line_length=60),
    "black, 120 columns, quotes kept": black.Mode(line_length=120, string_normalization=False),
    "black, no magic trailing comma": black.Mode(magic_trailing_comma=False),
    "black, preview": black.Mode(preview=True, unstable=True, line_length=72),
}
RUFF = {
    "ruff format": "",
    "ruff format, 60 columns": "line-length = 60",
    "ruff format, single quotes": 'format.quote-style = "single"',
    "ruff format, indented by tabs": 'format.indent-style = "tab"',
    "ruff format, indented by two": "indent-width = 2",
    "ruff format, preview": 'format.preview = true\nformat.skip-magic-trailing-comma = true\ntarget-version = "py311"',
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One edit. ``same_tree``: an edit of layout that Python's parser was seen to read alike, None where it was not asked."""

    group: str
    kind: str
    notebook: str
    file: File
    same_tree: bool | None = None


def kinds() -> dict[tuple[str, str], Callable[[Sequence[str]], Iterator[Case]]]:
    """Every kind by group and name: what gives its edits of the notebooks that are named, where they have something of the kind."""
    edits: dict[str, dict[str, FileEdit]] = {
        "the file": FILES,
        "the carrier": CARRIERS,
        "what is left behind": LEFT_BEHIND,
        "[meta]": {kind: _of_meta(change) for kind, change in META.items()},
        "docstrings, magics": {
            kind: _of_cells(layout) for kind, layout in (OF_DOCSTRINGS | OF_IPYTHON).items()
        },
        "layout": {kind: _of_cells(layout) for kind, layout in LAYOUTS.items()},
        "a formatter": {kind: _of_cells(_black(mode)) for kind, mode in BLACK.items()},
    }
    found: dict[tuple[str, str], Callable[[Sequence[str]], Iterator[Case]]] = {
        (group, kind): partial(_of_kind, group, kind, edit)
        for group, of_group in edits.items()
        for kind, edit in of_group.items()
    }
    return found | {
        ("a formatter", kind): partial(_by_ruff, kind, settings) for kind, settings in RUFF.items()
    }


def _of_kind(group: str, kind: str, edit: FileEdit, names: Sequence[str]) -> Iterator[Case]:
    for name in names:
        document = notebook(name)
        file = edit(document)
        if file is not None and file[1] != original(name):
            same = _trees(notebook(name), document) if group == "layout" else None
            yield Case(group=group, kind=kind, notebook=name, file=file, same_tree=same)


def _trees(before: NotebookNode, after: NotebookNode) -> bool:
    pairs = zip(tagged(before), tagged(after), strict=True)
    return all(same_tree(a.source, b.source) for a, b in pairs if a.source != b.source)


# -- edits of cells ------------------------------------------------------------------------------------------------


def _of_cells(layout: Edit) -> FileEdit:
    """An edit of every tagged cell that is plain Python and has something of the kind."""

    def edit(document: NotebookNode) -> File:
        for cell in tagged(document):
            try:
                compile(cell.source, "cell", "exec", dont_inherit=True)
            except SyntaxError:
                continue  # magics: what edits tokens cannot read them
            after = layout(cell.source)
            if after is not None:
                cell["source"] = after
        return "n.ipynb", written(document)

    return edit


def _black(mode: black.Mode) -> Edit:
    return lambda source: black.format_str(source, mode=mode).rstrip("\n")


def _by_ruff(kind: str, settings: str, names: Sequence[str]) -> Iterator[Case]:
    """Every notebook laid out in one run of the program, as it is."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "ruff.toml").write_text(settings)
        for name in names:
            (folder / f"{name}.ipynb").write_bytes(original(name))
        command = [
            sys.executable,
            "-m",
            "ruff",
            "format",
            "--no-cache",
            "--quiet",
            "--config",
            "ruff.toml",
            ".",
        ]
        subprocess.run(command, cwd=folder, check=True)
        for name in names:
            after = (folder / f"{name}.ipynb").read_bytes()
            if after != original(name):
                yield Case(group="a formatter", kind=kind, notebook=name, file=("n.ipynb", after))


# -- edits of [meta] -----------------------------------------------------------------------------------------------


def _of_meta(change: Callable[[list[str]], list[str]]) -> FileEdit:
    def edit(document: NotebookNode) -> File:
        (meta,) = [cell for cell in document.cells if tag_of(cell) == "meta"]
        meta["source"] = "\n".join(change(meta.source.split("\n")))
        return "n.ipynb", written(document)

    return edit


def _entries(lines: list[str]) -> list[list[str]]:
    """The lines by top-level key."""
    found: list[list[str]] = []
    for line in lines:
        if line.startswith("#  "):
            found[-1].append(line)
        else:
            found.append([line])
    return found


def _turned(lines: list[str]) -> list[str]:
    return [line for entry in reversed(_entries(lines)) for line in entry]


def _quoted(lines: list[str]) -> list[str]:
    return [f'# owner: "{line[9:]}"' if line.startswith("# owner: ") else line for line in lines]


META = {
    "keys in another order": _turned,
    "blank lines between keys": lambda lines: [line for one in _entries(lines) for line in (*one, "", "#")],
    "a remark above": lambda lines: ["# # who this is: the model of the desk", *lines],
    "spaces after the colon": lambda lines: [line.replace(": ", ":    ", 1) for line in lines],
    "spaces at the ends of lines": lambda lines: [f"{line}  " for line in lines],
    "a value in quotes": _quoted,
    "maps further in": lambda lines: [line.replace("#   ", "#      ", 1) for line in lines],
}
