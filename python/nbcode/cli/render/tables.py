"""Columns that fit: the last flexible ones give way on a narrow terminal, then columns are left out."""

from __future__ import annotations

from collections.abc import Sequence

from nbcode.cli.terminal import Style, visible
from nbcode.primitives import dataclass

_GAP = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A heading; ``right`` aligns numbers; ``least`` columns are kept when the text is cut, 0 never cuts it; one that
    is ``spare`` is left out where there is no room."""

    title: str
    right: bool = False
    least: int = 0
    spare: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """A cell's text and its looks."""

    text: str
    styles: tuple[str, ...] = ()


def render_table(columns: Sequence[Column], rows: Sequence[Sequence[Word]], style: Style) -> str:
    """The table, its heading dim, no rules."""
    shown = [[Word(text=visible(word.text), styles=word.styles) for word in row] for row in rows]
    natural = [
        max(len(column.title), *(len(row[n].text) for row in shown), 0) for n, column in enumerate(columns)
    ]
    kept = _kept(columns, natural, style.width)
    widths = _fitted(columns, natural, kept, style.width)
    head = [_cell(Word(text=columns[n].title, styles=("dim",)), widths[n], columns[n], style) for n in kept]
    body = [[_cell(row[n], widths[n], columns[n], style) for n in kept] for row in shown]
    return "\n".join(_line(cells) for cells in (head, *body))


def _kept(columns: Sequence[Column], natural: Sequence[int], width: int) -> list[int]:
    """Spare columns go from the right until the others fit at their least."""
    kept = list(range(len(columns)))

    def needed() -> int:
        return sum((columns[n].least or natural[n]) + _GAP for n in kept) - _GAP

    for n in reversed(range(len(columns))):
        if needed() > width and columns[n].spare:
            kept.remove(n)
    return kept


def _fitted(
    columns: Sequence[Column], natural: Sequence[int], kept: Sequence[int], width: int
) -> dict[int, int]:
    widths = {n: natural[n] for n in kept}
    for n in reversed(kept):
        excess = sum(widths.values()) + _GAP * (len(kept) - 1) - width
        if excess > 0 and columns[n].least:
            widths[n] = max(min(columns[n].least, natural[n]), widths[n] - excess)
    return widths


def _cell(word: Word, width: int, column: Column, style: Style) -> str:
    text = word.text if len(word.text) <= width else word.text[: max(width - 1, 0)] + "…"
    padding = " " * (width - len(text))
    painted = style.paint(text, *word.styles)
    return padding + painted if column.right else painted + padding


def _line(cells: Sequence[str]) -> str:
    return (" " * _GAP).join(cells).rstrip()
