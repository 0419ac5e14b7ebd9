"""A tagged cell holds an invisible character that turns the direction of text.

Why: with it, code can be shown to a reviewer in another order than it runs in ("Trojan Source"). Refused for safety, in
code, strings and comments.

Bad::

    # an invisible U+202E before the word: what is shown is not what runs
    limit = "..."

Good::

    limit = "100"
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.cells.rules.edits import deleted_character
from nbcode.notebook import Cell
from nbcode.primitives import Diagnostic, Place

CODE = "D13"
TITLE = "bidirectional control character"

_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def check(context: Context) -> Iterator[Diagnostic]:
    """The first such character of each line of each tagged cell, [meta] too."""
    for cell in (*context.meta_cells, *(facts.cell for facts in context.tagged)):
        if cell.source.isascii():
            continue
        for number, line in enumerate(cell.source.split("\n"), 1):
            found = _BIDI.search(line)
            if found is not None:
                place = _place(context, cell, number, found.start() + 1)
                yield finding(
                    CODE,
                    f"invisible control character U+{ord(found[0]):04X}",
                    place,
                    cause="it can show code in another order than it runs in",
                    fixes=(
                        deleted_character("delete the character", place, found[0]),
                        "write it as an escape",
                    ),
                )


def _place(context: Context, cell: Cell, line: int, column: int) -> Place:
    return Place(
        path=context.notebook.path,
        cell=cell.index,
        tag=cell.tag,
        line=line,
        column=column,
        file_line=None if cell.first_line is None else cell.first_line + line - 1,
    )
