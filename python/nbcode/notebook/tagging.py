"""Tags and a ``[meta]`` cell put into a notebook's bytes. Nothing else of the file changes: not a byte of code, output or formatting.

In an ``.ipynb`` a tag goes to ``metadata.tags`` of its cell; in a percent file to its marker line, or to a marker line above a cell that has none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]  # in the module since Python 2.6, in no stub

from nbcode.notebook.editing import tagged_with
from nbcode.notebook.marker import is_marker
from nbcode.notebook.model import Cell, Notebook
from nbcode.notebook.reading import parse_notebook
from nbcode.primitives import Diagnostic, NbcodeError, Place, dataclass

_SPACE = re.compile(r"[ \t\r\n]*")
_FIRST_LINES = re.compile(r"#!|# -\*-|#.*coding[:=]")
_BOM = b"\xef\xbb\xbf"


class TaggingError(NbcodeError, ValueError):
    """The tags cannot be put in so that everything else stays (NBC-B20). Nothing was changed."""

    def __init__(self, path: str, why: str) -> None:
        """``why`` is the cause that is reported."""
        found = Diagnostic(
            code="NBC-B20",
            message="the tags cannot be written",
            cause=why,
            fixes=("tag the cells in the editor, as the table says",),
            place=Place(path=path),
        )
        super().__init__([found])


@dataclass(frozen=True, kw_only=True, slots=True)
class Additions:
    """``tags`` by the index of the cell, from 1; ``meta`` the comment lines of a new ``[meta]`` cell (empty: none is added)."""

    tags: Mapping[int, str]
    meta: Sequence[str] = ()


def tagged_bytes(data: bytes, notebook: Notebook, additions: Additions) -> bytes:
    """``data``, which was read as ``notebook``, with ``additions`` in it. The same bytes where there is nothing to add.

    Raises:
        TaggingError: what would be written does not read back as the same cells with these tags.
    """
    if not additions.tags and not additions.meta:
        return data
    mark = _BOM if data.startswith(_BOM) else b""
    text = data[len(mark) :].decode("utf-8")
    new = (
        _ipynb(text, notebook, additions)
        if notebook.format == "ipynb"
        else _percent(text, notebook, additions)
    )
    made = mark + new.encode("utf-8")
    _prove(made, notebook, additions)
    return made


def _prove(made: bytes, notebook: Notebook, additions: Additions) -> None:
    """Read what would be written: the code of every cell is what it was, and the tags are those that were asked for."""
    after = parse_notebook(made, notebook.path).notebook
    if after is None:
        raise TaggingError(notebook.path, "the tagged notebook cannot be read")
    added = [cell for cell in after.cells if cell.tag == "meta"] if additions.meta else []
    if additions.meta and "\n".join(additions.meta) != "\n".join(_code(cell) for cell in added):
        raise TaggingError(notebook.path, "[meta] would not be what was asked for")
    before = [(_code(cell), cell.kind, additions.tags.get(cell.index, cell.tag)) for cell in notebook.cells]
    now = [(_code(cell), cell.kind, cell.tag) for cell in after.cells if cell not in added]
    if [one for one in now if one[0]] != [one for one in before if one[0]]:
        raise TaggingError(notebook.path, "a cell would not be what it was")


def _code(cell: Cell) -> str:
    """The source without its marker, and without the lines for the system that stand above all cells."""
    lines = cell.source.split("\n")
    lines = [line for line in lines[:1] if not is_marker(line)] + lines[1:]
    while lines and _FIRST_LINES.match(lines[0]):
        lines = lines[1:]
    return "\n".join(lines).strip("\n")


# -- percent files -------------------------------------------------------------------------------------------


def _percent(text: str, notebook: Notebook, additions: Additions) -> str:
    lines = text.splitlines(keepends=True) if "\f" not in text else re.findall(r"[^\n]*\n|[^\n]+", text)
    end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    meta_above = next((cell.index for cell in notebook.cells if cell.kind == "code"), None)
    edits: list[tuple[int, int, str]] = []  # from line, to line (exclusive), text
    for cell in notebook.cells:
        first = (cell.first_line or 1) - 1
        begins = first
        while not _is_marked(cell) and begins < len(lines) and _FIRST_LINES.match(lines[begins]):
            begins += 1
        if additions.meta and cell.index == meta_above:
            edits.append((begins, begins, end.join(["# %% [meta]", *additions.meta, "", ""])))
        tag = additions.tags.get(cell.index)
        if tag is not None:
            edits.append(_marker(cell, tag, begins, lines, end))
        elif additions.meta and cell.index == meta_above and not _is_marked(cell):
            edits.append((begins, begins, f"# %%{end}"))
    for begin, stop, new in reversed(edits):
        lines[begin:stop] = [new]
    return "".join(lines)


def _is_marked(cell: Cell) -> bool:
    return is_marker(cell.source.split("\n", 1)[0])


def _marker(cell: Cell, tag: str, begins: int, lines: Sequence[str], end: str) -> tuple[int, int, str]:
    if not _is_marked(cell):
        return begins, begins, f"# %% [{tag}]{end}"
    line = lines[begins]
    if "%%" not in line:  # a marker of another editor, such as `# In[3]:`, which bears no tag
        return begins, begins + 1, f"# %% [{tag}]{end}"
    edit = tagged_with(cell, tag)
    return begins, begins + 1, line[: edit.column - 1] + edit.text + line[edit.column - 1 :]


# -- .ipynb --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class _CellSpan:
    """Where a cell's object stands in the text, and the value of its ``metadata`` (None: it has none)."""

    begin: int
    end: int
    metadata: tuple[int, int] | None


def _ipynb(text: str, notebook: Notebook, additions: Additions) -> str:
    spans = list(_cell_spans(text))
    edits: list[tuple[int, int, str]] = []
    for index, tag in additions.tags.items():
        edits.append(_tag_edit(text, spans[index - 1], tag))
    if additions.meta:
        above = next((cell.index for cell in notebook.cells if cell.kind == "code"), 1)
        edits.append(_meta_edit(text, spans[above - 1], additions.meta))
    for begin, end, new in sorted(edits, reverse=True):
        text = text[:begin] + new + text[end:]
    return text


def _tag_edit(text: str, span: _CellSpan, tag: str) -> tuple[int, int, str]:
    if span.metadata is None:
        inside = span.begin + 1
        return inside, inside, f'"metadata": {{"tags": ["{tag}"]}}, '
    begin, end = span.metadata
    metadata = json.loads(text[begin:end])
    tags = [*metadata.get("tags", []), tag]
    return begin, end, _dumped(text, begin, {**metadata, "tags": tags})


def _meta_edit(text: str, span: _CellSpan, meta: Sequence[str]) -> tuple[int, int, str]:
    source = [f"{line}\n" for line in meta[:-1]] + [meta[-1]]
    cell: dict[str, object] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {"tags": ["meta"]},
        "outputs": [],
        "source": source,
    }
    document = json.loads(text)
    if (document.get("nbformat"), document.get("nbformat_minor", 0)) >= (4, 5):
        taken = {one.get("id") for one in document["cells"]}
        identity = next(
            name
            for n in range(len(taken) + 1)
            if (name := "nbcode-meta" + (f"-{n}" if n else "")) not in taken
        )
        cell = {
            "cell_type": "code",
            "execution_count": None,
            "id": identity,
            **{k: cell[k] for k in ("metadata", "outputs", "source")},
        }
    new = _dumped(text, span.begin, cell)
    before = text[: span.begin]
    gap = before[len(before.rstrip(" \t\r\n")) :]
    return span.begin, span.begin, f"{new},{gap}"


def _dumped(text: str, at: int, value: object) -> str:
    """``value`` as JSON, indented as the document around it is."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    if "\n" not in text.strip():
        return json.dumps(value, ensure_ascii=False)
    unit = _unit(text)
    margin = line[: len(line) - len(line.lstrip())]
    return json.dumps(value, ensure_ascii=False, indent=unit).replace("\n", f"\n{margin}")


def _unit(text: str) -> str:
    """The indentation of the document's first key."""
    found = re.search(r"\{\r?\n([ \t]+)\"", text)
    return found[1] if found else " "


def _cell_spans(text: str) -> Iterator[_CellSpan]:
    """The spans of the cells of a document that was read before, so that its form is known to be right."""
    for key, begin, _ in _members(text, _skip(text, 0)):
        if key != "cells":
            continue
        for start, stop in _elements(text, begin):
            inside = {name: (first, last) for name, first, last in _members(text, start)}
            yield _CellSpan(begin=start, end=stop, metadata=inside.get("metadata"))


def _members(text: str, at: int) -> Iterator[tuple[str, int, int]]:
    """Key, begin and end of the value, of each member of the object at ``at``."""
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, at = scanstring(text, at + 1, False)
        begin = _skip(text, _skip(text, at) + 1)
        end = _value_end(text, begin)
        yield key, begin, end
        at = _next(text, end)


def _elements(text: str, at: int) -> Iterator[tuple[int, int]]:
    at = _skip(text, at + 1)
    while text[at] != "]":
        end = _value_end(text, at)
        yield at, end
        at = _next(text, end)


def _value_end(text: str, at: int) -> int:
    return json.JSONDecoder(strict=False).raw_decode(text, at)[1]


def _next(text: str, at: int) -> int:
    at = _skip(text, at)
    return _skip(text, at + 1) if text[at] == "," else at


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
