"""On which line of its file a line of a cell stands. In an ``.ipynb`` that is a line of its JSON, where each source line is a text of a
list, several are one text, or the whole document is one line: reviewers and CI see the file, and no cells."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property

from nbcode.notebook.model import Cell, Notebook
from nbcode.primitives import Place, PlainJson, dataclass

_SPACE = re.compile(r"[ \t\n]*")
_LINE_END = re.compile(r"\r\n|\r|\n")
_NO_INTEGER = json.JSONDecoder(parse_int=lambda _literal: 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class _CellLines:
    """The lines of a file, from 1: where the cell begins, and where each line of its source does."""

    begin: int
    source: tuple[int, ...]


class FileLines:
    """The lines of one file. ``data`` are the bytes that ``notebook`` was read from; None where it could not be."""

    def __init__(self, data: bytes, notebook: Notebook | None) -> None:
        """Looks at nothing yet: most files have no finding."""
        self._data, self._notebook = data, notebook

    def line_of(self, place: Place) -> int | None:
        """The line of the file, from 1: of a cell without a line the one where it begins. None where the place names no line of the file."""
        if place.file_line is not None or place.cell is None:
            return place.line if place.file_line is None else place.file_line
        lines = self._cells.get(place.cell)
        if lines is None:
            return None
        if place.line is None:
            return lines.begin
        return lines.source[place.line - 1] if 0 < place.line <= len(lines.source) else None

    @cached_property
    def _cells(self) -> dict[int, _CellLines]:
        if self._notebook is not None and self._notebook.format != "ipynb":
            return {cell.index: _percent_lines(cell) for cell in self._notebook.cells}
        text = self._data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
        try:
            return dict(enumerate(_ipynb_lines(text), 1))
        except (ValueError, RecursionError):  # no JSON: said by a finding of its own
            return {}


def _percent_lines(cell: Cell) -> _CellLines:
    first = cell.first_line or 1
    return _CellLines(begin=first, source=tuple(range(first, first + cell.source.count("\n") + 1)))


def _ipynb_lines(text: str) -> Iterator[_CellLines]:
    """Of each member of ``cells``. Raises ``ValueError`` for what is no JSON."""
    ends = [match.start() for match in re.finditer("\n", text)]

    def line(offset: int) -> int:
        return bisect_right(ends, offset - 1) + 1

    cells = dict(_members(text, _skip(text, 0), "{")).get("cells")
    for _, cell in _members(text, cells, "[") if cells is not None else ():
        source = dict(_members(text, cell, "{")).get("source")
        texts = [] if source is None else _texts(text, source)
        yield _CellLines(begin=line(cell), source=tuple(line(offset) for offset in _line_starts(texts)))


def _texts(text: str, at: int) -> list[tuple[int, str]]:
    """The texts that a source is joined of, each with the offset at which it is written."""
    offsets = [at] if text[at] == '"' else [offset for _, offset in _members(text, at, "[")]
    return [(offset, str(_value(text, offset)[0])) for offset in offsets]


def _line_starts(texts: list[tuple[int, str]]) -> list[int]:
    """For each line of the joined source, the offset of the text that it begins in."""
    written = [(offset, part) for offset, part in texts if part]
    joined = "".join(part for _, part in written)
    begins, total = [], 0
    for _, part in written:
        begins.append(total)
        total += len(part)
    starts = [0, *(match.end() for match in _LINE_END.finditer(joined))]
    return [written[bisect_right(begins, start) - 1][0] for start in starts] if written else []


def _members(text: str, at: int, opening: str) -> Iterator[tuple[PlainJson, int]]:
    """Of the object or list at ``at``: each key (None in a list) and the offset of its value; nothing where something else stands there."""
    if text[at : at + 1] != opening:
        return
    closing = "}" if opening == "{" else "]"
    at = _skip(text, at + 1)
    while text[at : at + 1] != closing:
        key: PlainJson = None
        if opening == "{":
            key, at = _value(text, at)
            at = _skip(text, _skip(text, at) + 1)  # past the colon
        yield key, at
        at = _skip(text, _value(text, at)[1])
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)


def _value(text: str, at: int) -> tuple[PlainJson, int]:
    return _NO_INTEGER.raw_decode(text, at)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()
