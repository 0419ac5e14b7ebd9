"""An undefined bare name: whether it is a word of the platform, or a cell defines it that has not run."""

from __future__ import annotations

from alpha_bench.describe import PLATFORM_NAMES, written_here
from nbcode.cells import effect_of
from nbcode.notebook import Notebook
from nbcode.primitives import Diagnostic


def undefined_name(name: str, notebook: Notebook | None, running: str) -> Diagnostic | None:
    """NBC-R11 for a name that the platform has, or that a cell of the saved ``notebook`` makes; None where neither is so.

    ``running`` is the cell that asked for it.
    """
    written = written_here(name)
    if name in PLATFORM_NAMES:
        return _finding(
            name, "the platform's name was taken away in this kernel", "%reload_ext nbcode gives it back"
        )
    for cell in notebook.cells if notebook is not None else ():
        effect = (
            effect_of(cell.source) if cell.kind == "code" and cell.source.strip() != running.strip() else None
        )
        if effect is not None and name in effect.leaves:
            tag = f" [{cell.tag}]" if cell.tag else ""
            return _finding(
                name, f"cell {cell.index}{tag} makes it, and did not run here", f"run cell {cell.index}"
            )
    return None if written is None else _finding(name, "", f"write {written}")


def _finding(name: str, cause: str, fix: str) -> Diagnostic:
    return Diagnostic(code="NBC-R11", message=f"`{name}` is not defined", cause=cause, fixes=(fix,))
