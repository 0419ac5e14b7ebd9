"""A tagged cell holds a magic, a shell command or a help request.

Why: ``%magic``, ``!command`` and ``name?`` are instructions to the interactive kernel, not Python. What they do depends
on the machine, so they are no part of a build spec. In a ``.py`` file Jupytext keeps them as comments; there nothing
would run, so it is only a warning.

Bad::

    # %% [setup]
    %pip install lightgbm
    files = !ls data

Good::

    # an untagged cell
    %pip install lightgbm
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.notebook.editing import line_removed
from nbcode.primitives import Diagnostic, Fix, Place, Severity

CODE = "D02"
TITLE = "magic or shell command"

_COMMENTED = re.compile(r"#\s?(%{1,2}[a-z]\w*(\s|$)|![a-z./~])")
_SHELL = frozenset({"os.system", "os.popen", "os.spawnv", "os.posix_spawn", "pty.spawn"})
_FIXES = ("move it out of the tagged cell",)
_OF_THE_SCREEN = re.compile(
    r"%(?:matplotlib|config|load_ext|reload_ext|autoreload|precision|xmode|pdb|colors|pylab)\b"
)
"""Magics that change what the live kernel shows or reloads, and nothing that a clean run computes."""


def check(context: Context) -> Iterator[Diagnostic]:
    """Each magic line, each ``get_ipython``, each program started, and each magic that Jupytext commented out."""
    for facts in context.tagged:
        for magic in facts.parsed.magics:
            base = facts.place(magic.line)
            yield finding(
                CODE,
                f"`{magic.text[:40]}` is no Python",
                Place(
                    path=base.path,
                    cell=base.cell,
                    tag=base.tag,
                    line=magic.line,
                    column=magic.column,
                    file_line=base.file_line,
                ),
                cause="shell and magic are not part of a spec",
                fixes=(_moved_out(facts.cell.index, magic.line, magic.text, magic.column),),
            )
        for node in facts.all_of(ast.Name) if "get_ipython" in facts.cell.source else ():
            if node.id == "get_ipython" and isinstance(node.ctx, ast.Load):
                yield finding(
                    CODE,
                    "`get_ipython()` talks to the interactive kernel",
                    facts.place_of(node),
                    cause="shell and magic are not part of a spec",
                    fixes=_FIXES,
                )
        for call, dotted in context.calls_of(facts):
            if dotted in _SHELL or dotted.startswith("subprocess."):
                yield finding(
                    CODE,
                    f"`{dotted}` starts another program",
                    facts.place_of(call),
                    cause="shell and magic are not part of a spec",
                    fixes=_FIXES,
                )
        if context.notebook.format == "percent":
            yield from _commented(facts.lines, facts.place)


def _moved_out(cell: int, line: int, text: str, column: int) -> Fix:
    """Mechanical where the clean run loses nothing by it, and the line is no body of a statement."""
    edits = (line_removed(cell, line),) if column == 1 and _OF_THE_SCREEN.match(text) else ()
    return Fix(title=_FIXES[0], edits=edits)


def _commented(lines: list[str], place: object) -> Iterator[Diagnostic]:
    for number, line in enumerate(lines, 1):
        found = _COMMENTED.match(line)
        if found is not None and callable(place):
            yield finding(
                CODE,
                f"`{line[:40]}` becomes a magic in a notebook",
                place(number),
                cause="Jupytext writes magics to .py files as comments; it does nothing here",
                fixes=_FIXES,
                severity=Severity.WARNING,
            )
