"""The manual page of a code."""

from __future__ import annotations

from collections.abc import Sequence

from nbcode.cli.render.tables import Column, Word, render_table
from nbcode.cli.terminal import Style
from nbcode.commands.explain import Explanation


def render_explanation(page: Explanation, style: Style) -> str:
    """Code and title, then the text as it was written."""
    head = f"{style.paint(page.code, 'cyan', 'bold')} {style.paint(page.title, 'bold')}"
    return "\n".join([head, "", *_painted(page.text.strip(), style)])


def _painted(text: str, style: Style) -> list[str]:
    """The page's own layout: a line that ends in ``::`` begins an indented example."""
    lines = []
    for line in text.splitlines():
        if line.endswith("::"):
            lines.append(style.paint(line[:-1], "bold"))
        elif line.startswith("    "):
            lines.append(style.paint(line, "cyan"))
        elif line.startswith("Fix:"):
            lines.append(style.paint("Fix:", "green", "bold") + line[4:])
        else:
            lines.append(line)
    return lines


def render_codes(pages: Sequence[Explanation], style: Style) -> str:
    """A row a code."""
    columns = (Column(title="code"), Column(title="what", least=20))
    rows = [[Word(text=page.code, styles=("cyan",)), Word(text=page.title)] for page in pages]
    return render_table(columns, rows, style)
