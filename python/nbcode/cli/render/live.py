"""The steps of a run on a terminal: a tick and a time for each that is done, a spinner at the one that works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from nbcode.cli.render.events import Clock, Event, OnEvent, label
from nbcode.cli.terminal import visible
from nbcode.primitives import dataclass

_LOG_LINES = 3
_NAME_COLUMNS = 12


@dataclass(kw_only=True, slots=True)
class Step:
    """A line of the board; ``took_s`` is None while it works."""

    name: str
    began_s: float
    took_s: float | None = None
    words: str = ""
    cell: str = ""


@dataclass(kw_only=True, slots=True)
class Board:
    """What is on the screen. rich asks for it ten times a second, so that times move while nothing happens."""

    title: str
    clock: Clock
    began_s: float
    stopped_s: float | None = None
    steps: list[Step] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    spinner: Spinner = field(default_factory=lambda: Spinner("dots", style="cyan"))

    def on_event(self, event: Event) -> None:
        now = self.clock()
        if event.kind == "step":
            self.finish(now)
            self.log = []
            self.steps.append(Step(name=visible(event.name), began_s=now, words=visible(event.text)))
        elif event.kind == "cell" and self.steps:
            self.steps[-1].cell = "" if event.name == "end" else label(event)
        elif event.kind == "log":
            self.log = [*self.log, *visible(event.text.rstrip()).splitlines()][-_LOG_LINES:]

    def finish(self, now: float) -> None:
        if self.steps and self.steps[-1].took_s is None:
            self.steps[-1].took_s = now - self.steps[-1].began_s

    def __rich__(self) -> RenderableType:
        now = self.clock() if self.stopped_s is None else self.stopped_s
        head = Text.assemble((self.title, "bold"), (f"  {now - self.began_s:.1f} s", "dim"))
        head.no_wrap, head.overflow = True, "ellipsis"
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=3, justify="right")
        grid.add_column(width=_NAME_COLUMNS, no_wrap=True, overflow="ellipsis")
        grid.add_column(width=8, justify="right", style="dim", no_wrap=True)
        grid.add_column(no_wrap=True, overflow="ellipsis", style="dim")
        for step in self.steps:
            working = step.took_s is None
            took = now - step.began_s if step.took_s is None else step.took_s
            mark: RenderableType = self.spinner if working else Text("✓", style="green")
            if working and self.stopped_s is not None:
                mark = Text("✗", style="red")
            name = Text(step.name, style="bold" if working else "")
            words = "  ".join(part for part in (step.words, step.cell if working else "") if part)
            grid.add_row(mark, name, f"{took:.1f} s", Text(words, style="cyan" if working else "dim"))
        lines = [Text(f"      │ {line}", style="dim", no_wrap=True, overflow="ellipsis") for line in self.log]
        return Group(head, grid, *lines)


@contextmanager
def live_progress(title: str, clock: Clock) -> Iterator[OnEvent]:
    """Show a board on standard error until the block ends. After an exception the board stays, with a cross at the step
    that did not finish."""
    board = Board(title=title, clock=clock, began_s=clock())
    console = Console(stderr=True, highlight=False)
    with Live(board, console=console, refresh_per_second=10, redirect_stdout=False, redirect_stderr=False):

        def on_event(event: Event) -> None:
            if event.kind == "note":
                console.print(Text(visible(event.text.rstrip())))  # above the board, and it stays
            else:
                board.on_event(event)

        try:
            yield on_event
        except BaseException:
            board.stopped_s = clock()
            raise
        board.finish(clock())
        board.log = []
