"""Edits of cells: how fixes write them, and how they are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nbcode.notebook.marker import head_line, is_marker, read_marker
from nbcode.notebook.model import Cell, OpenCell
from nbcode.primitives import Fix, MetadataEdit, TextEdit


def replaced(cell: int, line: int, column: int, old: str, new: str) -> TextEdit:
    """``new`` in the place of ``old``, which stands at ``column`` of one line."""
    return TextEdit(
        cell=cell, line=line, column=column, end_line=line, end_column=column + len(old), text=new
    )


def line_removed(cell: int, line: int) -> TextEdit:
    """A whole line taken out."""
    return TextEdit(cell=cell, line=line, column=1, end_line=line + 1, end_column=1, text="")


def line_added(cell: int, line: int, text: str) -> TextEdit:
    """``text`` as a new line above ``line``."""
    return TextEdit(cell=cell, line=line, column=1, end_line=line, end_column=1, text=f"{text}\n")


def tagged_with(cell: Cell, tag: str) -> TextEdit:
    """The edit that tags an exploratory code cell: a word in its marker line, or a marker line where it has none."""
    line, first = _head(cell)
    if not is_marker(first) or "%%" not in first:
        return line_added(cell.index, 1, f"# %% [{tag}]")
    column = first.index("%%") + len(first[first.index("%%") :]) - len(first[first.index("%%") :].lstrip("%"))
    return replaced(cell.index, line, column + 1, "", f" [{tag}]")


def without_marker_tag(cell: Cell) -> tuple[TextEdit, ...]:
    """The edits that take the tag out of a cell's marker line; none where another carrier tags it."""
    line, first = _head(cell)
    word = read_marker(first).tag_word if is_marker(first) else None
    if cell.carrier != "marker" or word is None:
        return ()
    start = first.index(f"[{word}]")
    bare = first[:start].rstrip()
    return (replaced(cell.index, line, len(bare) + 1, first[len(bare) : start + len(word) + 2], ""),)


def _head(cell: Cell) -> tuple[int, str]:
    """The line, from 1, at which the cell's marker may stand, and its text."""
    lines = cell.source.split("\n")
    return head_line(lines) + 1, lines[head_line(lines)]


def apply_fix(cells: Sequence[OpenCell], fix: Fix) -> tuple[OpenCell, ...]:
    """The cells after every edit of ``fix``.

    Raises:
        ValueError: an edit names a cell, a line or a tag that is not there: the fix belongs to another text.
    """
    edited = list(cells)
    for edit in sorted(fix.edits, key=lambda e: (e.cell, e.line, e.column), reverse=True):
        cell = _cell(edited, edit.cell)
        edited[edit.cell - 1] = replace(cell, source=_edited(cell.source, edit))
    for change in fix.metadata:
        edited[change.cell - 1] = _changed(_cell(edited, change.cell), change)
    return tuple(edited)


def _cell(cells: Sequence[OpenCell], index: int) -> OpenCell:
    if not 0 < index <= len(cells):
        raise ValueError(f"there is no cell {index}")
    return cells[index - 1]


def _edited(source: str, edit: TextEdit) -> str:
    return (
        source[: _offset(source, edit.line, edit.column)]
        + edit.text
        + source[_offset(source, edit.end_line, edit.end_column) :]
    )


def _offset(source: str, line: int, column: int) -> int:
    lines = source.split("\n")
    if line == len(lines) + 1 and column == 1:
        return len(source)
    if not 0 < line <= len(lines) or not 0 < column <= len(lines[line - 1]) + 1:
        raise ValueError(f"there is no line {line}, column {column}")
    return sum(len(text) + 1 for text in lines[: line - 1]) + column - 1


def _changed(cell: OpenCell, edit: MetadataEdit) -> OpenCell:
    if edit.key == "title":
        if cell.title != edit.old:
            raise ValueError(f"the title is not {edit.old!r}")
        return replace(cell, title=edit.new)
    if edit.old not in cell.tags:
        raise ValueError(f"there is no tag {edit.old!r}")
    new = () if edit.new is None else (edit.new,)
    at = cell.tags.index(edit.old)
    return replace(cell, tags=(*cell.tags[:at], *new, *cell.tags[at + 1 :]))
