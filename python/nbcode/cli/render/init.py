"""What init made, and the three commands that come next."""

from __future__ import annotations

import os
from collections.abc import Sequence

from nbcode.cli.terminal import Style, visible
from nbcode.commands.declaring import WrittenDataset
from nbcode.commands.gallery import Example
from nbcode.commands.init import Initialised, Item, State

_MARKS = {State.WRITTEN: ("✓", "green"), State.EXISTS: ("·", "dim"), State.NOT_WANTED: ("·", "dim")}


def render_initialised(made: Initialised, style: Style) -> str:
    """A line a thing, then what to type."""
    lines = [line for item in made.items for line in _item(item, style)]
    if made.dataset is not None:
        lines += ["", *_dataset(made.dataset, style)]
    lines += ["", style.paint("Next", "bold")]
    width = max(len(command) for command, _ in made.next_commands)
    for command, why in made.next_commands:
        beside = width + len(why) + 4 <= style.width
        lines.append(
            "  " + style.paint(command, "cyan") + (" " * (width - len(command) + 2) if beside else "")
        )
        lines[-1] += style.paint(why, "dim") if beside else ""
    return "\n".join(lines)


def render_gallery(examples: Sequence[Example], style: Style) -> str:
    """A line an example."""
    width = max(len(one.name) for one in examples)
    lines = [f"  {style.paint(one.name.ljust(width), 'cyan')}  {one.about}" for one in examples]
    return "\n".join([*lines, "", f"{style.paint('nbcode init --example NAME', 'cyan')} writes one."])


def _dataset(dataset: WrittenDataset, style: Style) -> list[str]:
    where = visible(os.path.relpath(dataset.path))
    told = "is written there" if dataset.written else "is there already, and left as it is"
    lines = [style.paint(f"[data.{dataset.name}]", "bold") + f" of {where} {told}"]
    lines += [f"  {visible(line)}" for line in dataset.section.splitlines()]
    lines += [style.paint(f"  · {visible(note)}", "dim") for note in dataset.notes]
    return [*lines, "", visible(dataset.panel), *map(visible, dataset.validation.splitlines())]


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
