"""The edits of fixes that several rules offer, from places and nodes of a cell."""

from __future__ import annotations

import ast

from nbcode.cells.facts import CellFacts
from nbcode.notebook.editing import line_removed, replaced
from nbcode.primitives import Fix, Place, TextEdit


def rewritten(title: str, place: Place, new: str) -> Fix:
    """The fix that writes ``new`` for what stands at ``place``, which must lie on one line with a known end."""
    if place.cell is None or place.line is None or place.column is None or place.end_column is None:
        return Fix(title=title)
    edit = TextEdit(
        cell=place.cell,
        line=place.line,
        column=place.column,
        end_line=place.line,
        end_column=place.end_column,
        text=new,
    )
    return Fix(title=title, edits=(edit,))


def deleted_line(title: str, cell: int, line: int) -> Fix:
    """The fix that deletes a whole line."""
    return Fix(title=title, edits=(line_removed(cell, line),))


def deleted_character(title: str, place: Place, character: str) -> Fix:
    """The fix that deletes one character."""
    return Fix(
        title=title, edits=(replaced(place.cell or 1, place.line or 1, place.column or 1, character, ""),)
    )


def added_argument(title: str, facts: CellFacts, call: ast.Call, argument: str) -> Fix:
    """The fix that gives a call one more keyword argument, after those that it has."""
    given = [*call.args, *(k.value for k in call.keywords)]
    if any(isinstance(node, ast.GeneratorExp) for node in given):
        return Fix(title=title)
    last = max(given, key=lambda node: (node.end_lineno or 0, node.end_col_offset or 0), default=None)
    if last is None:
        line, offset, text = call.end_lineno or 1, (call.end_col_offset or 1) - 1, argument
    else:
        line, offset, text = last.end_lineno or 1, last.end_col_offset or 0, f", {argument}"
        rest = facts.python_lines[line - 1].encode()[offset:].decode(errors="replace").lstrip()
        if not rest.startswith((",", ")")):
            return Fix(
                title=title
            )  # brackets around the last argument, or a line that ends: a thought is needed
    column = facts.place(line, offset).column or 1
    return Fix(title=title, edits=(replaced(facts.cell.index, line, column, "", text),))
