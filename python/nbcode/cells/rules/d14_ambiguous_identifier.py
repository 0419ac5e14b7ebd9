"""A name in a tagged cell is written in characters that Python takes for others, or that look like others.

Why: Python normalises names (NFKC), so ``ﬁt`` and ``fit`` are one variable that looks like two; a Cyrillic ``а`` and a
Latin ``a`` are two variables that look like one. Either way the reviewer reads another program than the one that runs.

Bad::

    ﬁt = 1

Good::

    fit = 1
"""

from __future__ import annotations

import io
import tokenize
import unicodedata
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.cells.facts import CellFacts
from nbcode.notebook.editing import replaced
from nbcode.primitives import Diagnostic, Fix

CODE = "D14"
TITLE = "ambiguous identifier"


def check(context: Context) -> Iterator[Diagnostic]:
    """Each such name, at its first place in each cell."""
    for facts in context.tagged:
        if facts.cell.source.isascii() or facts.tree is None:
            continue
        reported: set[str] = set()
        for name, line, offset in _names(facts.parsed.python):
            problem = None if name in reported else _problem(name)
            if problem is not None:
                reported.add(name)
                offset_bytes = len(facts.python_lines[line - 1][:offset].encode())
                yield finding(
                    CODE,
                    f"name `{name}` {problem}",
                    facts.place(line, offset_bytes, offset_bytes + len(name.encode())),
                    cause="a reader takes it for another name than Python does",
                    fixes=(_plain(facts, name),),
                )


def _plain(facts: CellFacts, name: str) -> Fix:
    """The fix that writes the name as Python reads it, wherever it stands; what is mixed on purpose takes a thought."""
    title, normal = "write it in plain letters", unicodedata.normalize("NFKC", name)
    if normal == name:
        return Fix(title=title)
    return Fix(
        title=title,
        edits=tuple(
            replaced(facts.cell.index, line, offset + 1 + facts.parsed.shifts.get(line, 0), name, normal)
            for found, line, offset in _names(facts.parsed.python)
            if found == name
        ),
    )


def _names(source: str) -> Iterator[tuple[str, int, int]]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.NAME and not token.string.isascii():
                yield token.string, *token.start
    except (tokenize.TokenError, SyntaxError):
        return


def _problem(name: str) -> str | None:
    normal = unicodedata.normalize("NFKC", name)
    if normal != name:
        return f"is `{normal}` to Python"
    scripts = {unicodedata.name(c, "?").split()[0] for c in name if c.isalpha()}
    mixed = scripts & {"LATIN"} and scripts & {"CYRILLIC", "GREEK"}
    # A Greek letter beside Latin ones (σ_20) is the field's own notation.
    if mixed and "CYRILLIC" in scripts:
        return "mixes Cyrillic and Latin letters"
    return None
