"""A proposal for a notebook: its cells as a table, [meta], and what was left open."""

from __future__ import annotations

from collections.abc import Sequence

from nbcode.cli.render.tables import Column, Word, render_table
from nbcode.cli.terminal import Style, visible
from nbcode.commands.suggest import Compared, SuggestResult, open_points

_LOOKS = {"setup": ("cyan",), "features": ("blue",), "model": ("green", "bold"), "eval": ("yellow",)}
_COLUMNS = (
    Column(title="cell", right=True),
    Column(title="tag"),
    Column(title="why", least=30),
    Column(title="begins with", least=32),
)


def render_suggestion(result: SuggestResult, style: Style) -> str:
    """The whole proposal."""
    parts = [_cells(result, style), *_meta(result, style), *_open(result, style)]
    return "\n\n".join(part for part in parts if part)


def render_compared(compared: Sequence[Compared], style: Style) -> str:
    """``IC 0.0173 in the notebook, 0.0173 clean``, a line a figure."""
    return "\n".join(_compared(one, style) for one in compared)


def _compared(one: Compared, style: Style) -> str:
    mark, look = {True: ("✓", "green"), False: ("✗", "red"), None: ("·", "dim")}[one.same]
    clean = "not given by the clean run" if one.clean is None else f"{one.clean!r} clean"
    stored = "no output in the notebook" if one.stored is None else f"{one.stored} in the notebook"
    return f"{style.paint(mark, look)} {visible(one.name)}  {stored}, {clean}"


def _cells(result: SuggestResult, style: Style) -> str:
    rows: list[tuple[Word, ...]] = []
    for cell in result.suggestion.cells:
        if result.meta and not rows:
            added = "is added; cells are numbered with it"
            rows.append(
                (
                    Word(text=str(result.meta_cell), styles=("dim",)),
                    Word(text="[meta]", styles=("bold",)),
                    Word(text=added, styles=("dim",)),
                    Word(text=result.meta[0], styles=("dim",)),
                )
            )
        looks = _LOOKS.get(cell.tag or "", ("dim",))
        tag = f"[{cell.tag}]" if cell.tag else "–"
        rows.append(
            (
                Word(text=str(cell.index), styles=("dim",)),
                Word(text=tag, styles=looks),
                Word(text=cell.why, styles=() if cell.tag else ("dim",)),
                Word(text=cell.first_line.strip(), styles=() if cell.tag else ("dim",)),
            )
        )
    kept = sum(cell.tag is not None for cell in result.suggestion.cells)
    counted = f"{kept} of {len(result.suggestion.cells)} cells"
    head = f"{style.paint(visible(result.path), 'bold')}  {counted} are needed"
    return f"{head}\n{render_table(_COLUMNS, rows, style)}"


def _meta(result: SuggestResult, style: Style) -> list[str]:
    if not result.meta:
        return []
    lines = [style.paint("# %% [meta]", "bold"), *(visible(line) for line in result.meta)]
    return ["\n".join(lines)]


def _open(result: SuggestResult, style: Style) -> list[str]:
    lines = list(open_points(result))
    if result.written:
        lines.append(style.paint("written", "green") + ": tags and [meta], no line of code")
    elif result.changed:
        lines.append("nothing is written yet: --write adds the tags and [meta], --run tries them first")
    else:
        lines.append("everything is tagged already")
    return ["\n".join(f"  {line if line.startswith(chr(27)) else visible(line)}" for line in lines)]
