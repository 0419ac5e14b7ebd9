"""Percent ``.py`` files: text to cells, as Jupytext and VS Code divide them."""

from __future__ import annotations

import re
from itertools import pairwise

from nbcode.notebook.editing import replaced
from nbcode.notebook.marker import Marker, glued_tag, is_marker, read_marker
from nbcode.notebook.model import Cell, CellKind
from nbcode.notebook.quotes import open_quote
from nbcode.notebook.tags import tag_cell
from nbcode.primitives import Diagnostic, Fix, Place, Severity, dataclass

_LANGUAGE = re.compile(r"^#\s+language:\s*['\"]?(\w+)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class PercentText:
    """The cells of a percent file, the language that its header names (or None), and the findings."""

    cells: tuple[Cell, ...]
    language: str | None
    diagnostics: tuple[Diagnostic, ...]


def parse_percent(text: str, path: str) -> PercentText:
    """Divide ``text`` (lines end with LF) into cells. Lines inside a triple-quoted string never start one."""
    lines = text.split("\n")
    body, header, header_cell = _skip_header(lines)
    starts = marker_lines(lines, body)
    found: list[Diagnostic] = []
    cells: list[Cell] = []
    if header_cell:
        cells.append(Cell(index=1, kind="raw", source=header, first_line=1))
    bounds = [body, *starts, len(lines)]
    if starts and starts[0] == body:
        bounds = bounds[1:]
    for first, last in pairwise(bounds):
        chunk = lines[first:last]
        marked = first in starts
        if not marked and not any(line.strip() for line in chunk):
            continue
        cell, diagnostics = _cell(chunk, first=first, index=len(cells) + 1, marked=marked, path=path)
        cells.append(cell)
        found += diagnostics
        found += _glued(cell, path)
    language = _LANGUAGE.search(header)
    return PercentText(
        cells=tuple(cells), language=language[1] if language else None, diagnostics=tuple(found)
    )


def _cell(
    chunk: list[str], *, first: int, index: int, marked: bool, path: str
) -> tuple[Cell, tuple[Diagnostic, ...]]:
    marker = read_marker(chunk[0]) if marked else None
    kind: CellKind = "code"
    if marker is not None and marker.kind != "code":
        kind = "markdown" if marker.kind == "markdown" else "raw"
    source = "\n".join(chunk).rstrip()
    place = Place(path=path, cell=index, line=1, column=1, file_line=first + 1)
    tagging = tag_cell(kind=kind, marker=marker, tags=(), title=None, place=place)
    diagnostics = tagging.diagnostics + cut_metadata(marker, chunk[0], place)
    if not marked:
        while source.startswith("\n"):
            source, first = source[1:], first + 1
    return (
        Cell(
            index=index,
            kind=kind,
            source=source,
            tag=tagging.tag,
            carrier=tagging.carrier,
            first_line=first + 1,
        ),
        diagnostics,
    )


def cut_metadata(marker: Marker | None, line: str, place: Place) -> tuple[Diagnostic, ...]:
    """B09, where a line that tags a cell carries metadata that cannot be read."""
    if marker is None or marker.broken_column is None:
        return ()
    if marker.tag_word is None and "tags" not in line:
        return ()
    return (
        Diagnostic(
            code="NBC-B09",
            message="cell metadata cannot be read",
            cause=f"the text from column {marker.broken_column} on is neither JSON nor key=value: {line[-40:]!r}",
            fixes=("close the metadata", "remove it"),
            place=Place(
                path=place.path,
                cell=place.cell,
                tag=place.tag,
                line=place.line,
                column=marker.broken_column,
                file_line=place.file_line,
            ),
        ),
    )


def _glued(cell: Cell, path: str) -> list[Diagnostic]:
    if cell.kind != "code" or "%%[" not in cell.source:
        return []
    found = []
    for number, line in enumerate(cell.source.split("\n"), 1):
        word = glued_tag(line)
        if word is not None:
            file_line = None if cell.first_line is None else cell.first_line + number - 1
            place = Place(path=path, cell=cell.index, line=number, column=1, file_line=file_line)
            found.append(glued_marker(word, place, line))
    return found


def glued_marker(word: str, place: Place, line: str) -> Diagnostic:
    """B07 for ``line``, which holds ``# %%[word]``, at ``place``."""
    spaced = replaced(place.cell or 1, place.line or 1, line.index("%%[") + 3, "", " ")
    return Diagnostic(
        code="NBC-B07",
        message=f"marker not recognised: add a space before [{word}]",
        cause="editors read `# %%[...]` as a comment, so no cell starts here",
        fixes=(Fix(title=f"write # %% [{word}]", edits=(spaced,)),),
        severity=Severity.ERROR,
        place=place,
    )


def _skip_header(lines: list[str]) -> tuple[int, str, bool]:
    """The first line after a Jupytext header, the header's text, and whether it is a cell (front matter that is not
    Jupytext's own)."""
    start = 0
    while start < min(len(lines), 4) and (
        not lines[start].strip() or lines[start].startswith(("#!", "# -*-"))
    ):
        start += 1
    if start >= len(lines) or lines[start].rstrip() != "# ---":
        return 0, "", False
    for end in range(start + 1, min(len(lines), start + 200)):
        if lines[end].rstrip() == "# ---":
            header = "\n".join(lines[start : end + 1])
            return end + 1, header, "# jupyter:" not in header
        if not lines[end].startswith("#"):
            break
    return 0, "", False


def marker_lines(lines: list[str], body: int) -> list[int]:
    """Indices of the lines that start a cell. A string that never closes hides no marker after it."""
    starts: list[int] = []
    number, quote, opened, ignored = body, "", body, -1
    while number < len(lines):
        line = lines[number]
        if not quote and is_marker(line):
            starts.append(number)
        elif quote or "'" in line or '"' in line:
            after = open_quote(line, quote)
            if after and not quote:
                if number == ignored:
                    after = ""
                opened = number
            quote = after
        number += 1
        if number == len(lines) and quote:
            # The string opened at `opened` never closes: read on after that line as if it had.
            starts = [start for start in starts if start <= opened]
            number, quote, ignored = opened, "", opened
    return starts
