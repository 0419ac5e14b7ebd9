"""What long work reports while it runs, and one event in a few words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from nbcode.cli.terminal import visible


class Event(Protocol):
    """What the rooms report: ``run.RunEvent`` and anything of its form."""

    @property
    def kind(self) -> str:
        """``step``, ``cell``, ``log``, or ``note``, which stays on the screen; the step goes on until the next one begins."""

    @property
    def name(self) -> str:
        """The step's name, or ``start`` or ``end`` of a cell."""

    @property
    def cell(self) -> int | None:
        """The cell's number in the document."""

    @property
    def elapsed_s(self) -> float:
        """Seconds since the work began."""

    @property
    def text(self) -> str:
        """A line of log, the cell's tag, or a word beside the step."""


OnEvent = Callable[[Event], None]
Clock = Callable[[], float]


def label(event: Event) -> str:
    """``run  namespaces``, or ``cell 3 [model]``; a cell's event bears its tag as text."""
    if event.kind == "cell":
        return visible(f"cell {event.cell} [{event.text}]" if event.text else f"cell {event.cell}")
    return visible(f"{event.name}  {event.text}" if event.text else event.name)
