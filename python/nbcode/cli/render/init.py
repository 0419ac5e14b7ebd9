"""What init made, and the three commands that come next."""

from __future__ import annotations

import os

from nbcode.cli.terminal import Style, visible
from nbcode.commands.init import Initialised, Item, State

_MARKS = {State.WRITTEN: ("✓", "green"), State.EXISTS: ("·", "dim"), State.NOT_WANTED: ("·", "dim")}


def render_initialised(made: Initialised, style: Style) -> str:
    """A line a thing, then what to type."""
    lines = [line for item in made.items for line in _item(item, style)]
    lines += ["", style.paint("Next", "bold")]
    width = max(len(command) for command, _ in made.next_commands)
    for command, why in made.next_commands:
        beside = width + len(why) + 4 <= style.width
        lines.append(
            "  " + style.paint(command, "cyan") + (" " * (width - len(command) + 2) if beside else "")
        )
        lines[-1] += style.paint(why, "dim") if beside else ""
    return "\n".join(lines)


def _item(item: Item, style: Style) -> list[str]:
    mark, look = _MARKS[item.state]
    path = visible(os.path.relpath(item.path)) if item.path is not None else item.what
    if path.startswith("../.."):
        path = visible(str(item.path))
    words = item.what if item.state is State.WRITTEN else str(item.state)
    if item.path is None:
        words = item.note
    elif item.note:
        words += f", {item.note}"
    return [f"{style.paint(mark, look)} {path}  {style.paint(words, 'dim')}"]
