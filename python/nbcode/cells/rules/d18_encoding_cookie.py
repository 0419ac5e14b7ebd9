"""A cell or file declares another encoding than UTF-8.

Why: under ``coding: utf-7`` text that looks like a comment can be code. Notebooks are UTF-8; a declaration that says
otherwise is wrong or hostile.

Bad::

    # -*- coding: utf-7 -*-

Good::

    # -*- coding: utf-8 -*-
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.cells.rules.edits import deleted_line
from nbcode.primitives import Diagnostic, Place

CODE = "D18"
TITLE = "encoding declaration"

_COOKIE = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_UTF8 = frozenset({"utf-8", "utf8", "utf-8-sig", "utf_8", "u8", "ascii", "us-ascii"})


def check(context: Context) -> Iterator[Diagnostic]:
    """The first two lines of each tagged cell, and of a percent file."""
    for cell in context.notebook.cells:
        is_top = context.notebook.format == "percent" and cell.index == 1
        if cell.kind == "markdown" or not (cell.tag or is_top):
            continue
        for number, line in enumerate(cell.source.split("\n")[:3], 1):
            found = _COOKIE.match(line)
            if found is not None and found[1].lower() not in _UTF8:
                yield finding(
                    CODE,
                    f"declares the encoding {found[1][:20]}",
                    Place(
                        path=context.notebook.path,
                        cell=cell.index,
                        tag=cell.tag,
                        line=number,
                        column=found.start(1) + 1,
                        file_line=None if cell.first_line is None else cell.first_line + number - 1,
                    ),
                    cause="under another encoding a comment can be code",
                    fixes=(deleted_line("delete the line", cell.index, number),),
                )
