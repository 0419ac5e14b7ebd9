"""The manual page of a code."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from nbcode.cli.render.tables import Column, Word, render_table
from nbcode.cli.terminal import Style
from nbcode.commands.explain import Explanation


def render_explanation(page: Explanation, style: Style) -> str:
    """Code and title, then the text as it was written, within the width."""
    head = f"{style.paint(page.code, 'cyan', 'bold')} {style.paint(page.title, 'bold')}"
    lines = [part for line in page.text.strip().splitlines() for part in _within(line, style.width)]
    return "\n".join([head, "", *_painted(lines, style)])


def _within(line: str, width: int) -> list[str]:
    """A line of a sentence in as many as it takes; an example is typed as it stands."""
    if len(line) <= width or line.startswith("    "):
        return [line]
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(
        line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _painted(written: Sequence[str], style: Style) -> list[str]:
    """The page's own layout: a line that ends in ``::`` begins an indented example."""
    lines = []
    for line in written:
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
