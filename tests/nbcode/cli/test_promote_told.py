"""What a promote shows while it runs and when it ends."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from inline_snapshot import snapshot
from rich.console import Console

from nbcode.cli.render.card import Card, card_of, render_card
from nbcode.cli.render.figures import number, seconds_text, significance, size_text
from nbcode.cli.render.live import Board
from nbcode.cli.render.progress import PlainProgress
from nbcode.cli.terminal import Style
from nbcode.commands.promote import PromoteResult, Status
from nbcode.primitives import Digest, Json

CARD = Card(
    model="xsmom_v3",
    version=1,
    exists=False,
    alias="candidate",
    metrics={
        "n_dates": 1004.0,
        "ic_mean": 0.0123,
        "rank_ic_mean": 0.0101,
        "rank_icir": 0.08,
        "hit_rate": 0.53,
        "ic_t_naive": 2.31,
        "ic_t_newey_west": 0.741,
    },
    spec_digest="sha256:" + "a" * 64,
    artifact_digest="sha256:" + "b" * 64,
    report=Path("/project/.nbcode/artifacts/bb/report.html"),
    isolation="namespaces",
    seconds=4.07,
    notebook="notebook.ipynb",
)


def test_the_card_of_a_new_candidate() -> None:
    assert "\n" + render_card(CARD, Style(width=100)) == snapshot("""\

✓ xsmom_v3 version 1 is registered as candidate · 4.1 s

  IC            0.0123   mean over 1,004 dates
  rank IC       0.0101   ICIR 0.08, positive on 53% of dates
  t naive         2.31   takes overlapping labels for independent ones
  t honest        0.74   Newey-West: not significant

  spec       sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  artifact   sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
  report     /project/.nbcode/artifacts/bb/report.html
  sandbox    namespaces

Next
  nbcode report xsmom_v3 --open  its report in the browser
  nbcode show xsmom_v3           every version, side by side
  nbcode promote notebook.ipynb  again: the same spec stays one version\
""")


def test_the_card_of_a_spec_that_is_a_version_already_says_that_nothing_ran() -> None:
    head = render_card(replace(CARD, exists=True), Style(width=100)).splitlines()[0]
    assert head == "✓ xsmom_v3 this spec is already candidate version 1: nothing ran"


def test_the_card_of_an_old_version_does_not_call_it_the_candidate() -> None:
    head = render_card(replace(CARD, exists=True, alias=None), Style(width=120)).splitlines()[0]
    assert head.endswith(
        "this spec is already registered as version 1: nothing ran, and another version is the candidate"
    )


def test_figures_that_are_not_there_are_left_out() -> None:
    text = render_card(replace(CARD, metrics={"ic_mean": 0.02}), Style(width=100))
    assert "  IC " in text
    assert "t naive" not in text
    assert "IC" not in render_card(replace(CARD, metrics={}), Style(width=100))


def test_of_figures_that_the_notebook_only_states_nothing_is_concluded() -> None:
    metrics = {"ic_mean": 0.99, "ic_t_newey_west": 50.0}
    judged = render_card(replace(CARD, metrics=metrics), Style(width=100))
    assert "t honest       50.00   Newey-West: significant" in judged
    stated = render_card(replace(CARD, metrics=metrics, judged="stated by the notebook"), Style(width=100))
    assert "  ic_t_newey_west" in stated
    assert "significant" not in stated
    assert "t honest" not in stated


def test_the_figures_of_a_frame_are_told_by_column_and_row() -> None:
    figures: tuple[tuple[str, Json], ...] = (
        ("ic", {"0": 0.25}),
        ("by_year", {"2020": {"sharpe": 1.5}}),
        ("n", 3),
        ("note", None),
    )
    result = PromoteResult(
        status=Status.DONE,
        model="boot",
        version=1,
        alias="candidate",
        spec_digest=Digest(CARD.spec_digest),
        definition_digest=Digest(CARD.spec_digest),
        artifact_digest=Digest(CARD.artifact_digest),
        artifact=None,
        report=None,
        isolation=None,
        seconds=(("total", 1.0),),
        metrics=figures,
        folds=(),
    )
    assert dict(card_of(result, "n.ipynb").metrics) == {"ic.0": 0.25, "by_year.2020.sharpe": 1.5, "n": 3.0}
    assert "ic.0" in render_card(card_of(result, "n.ipynb"), Style(width=100))


def test_the_card_fits_a_narrow_terminal_but_for_the_path_that_is_copied() -> None:
    for width in range(40, 100, 7):
        lines = render_card(CARD, Style(width=width)).splitlines()
        assert [line for line in lines if len(line) > width and "report.html" not in line] == []


@pytest.mark.parametrize(
    ("t", "words"),
    [
        (0.74, "not significant"),
        (-1.9, "not significant"),
        (2.3, "significant at 5 %, if this was the only idea tried"),
        (-2.3, "significant at 5 %, with the wrong sign, if this was the only idea tried"),
        (4.1, "significant, also after many tries (|t| > 3)"),
        (float("nan"), "too few dates to tell"),
        (None, "too few dates to tell"),
    ],
)
def test_a_t_statistic_in_plain_words(t: float | None, words: str) -> None:
    assert significance(t) == words


def test_numbers_with_their_units() -> None:
    assert [number(0.01234), number(None), number(float("inf")), number(2.345, 1)] == [
        "0.0123",
        "–",
        "–",
        "2.3",
    ]
    assert [size_text(9), size_text(1_234_567), size_text(5 * 10**12)] == ["9 B", "1.2 MB", "5.0 TB"]
    assert [seconds_text(4.07), seconds_text(125.9)] == ["4.1 s", "2 min 5 s"]


@dataclass(frozen=True, kw_only=True)
class Event:
    kind: str
    name: str
    cell: int | None = None
    elapsed_s: float = 0.0
    text: str = ""


EVENTS = (
    Event(kind="step", name="build"),
    Event(kind="step", name="run", text="namespaces"),
    Event(kind="cell", name="start", cell=3, text="model"),
    Event(kind="log", name="output", text="hello \x1b[31m\n"),
    Event(kind="cell", name="end", cell=3, text="model"),
    Event(kind="step", name="register"),
)


def ticking(step_s: float) -> Iterator[float]:
    now = 0.0
    while True:
        yield now
        now += step_s


def test_without_a_terminal_every_step_and_cell_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    clock = ticking(0.5)
    shown = PlainProgress(lambda: next(clock))
    for event in EVENTS:
        shown.on_event(event)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "[   0.5 s] build",
        "[   1.0 s] run  namespaces",
        "[   1.5 s] cell 3 [model]",
        "          | hello \\x1b[31m",
        "[   2.0 s] register",
    ]


def drawn(board: Board, width: int) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=False).print(board)
    return [re.sub("[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]", "*", line).rstrip() for line in out.getvalue().splitlines()]


def board_after(count: int) -> Board:
    now = [0.0]
    board = Board(title="promote n.ipynb", clock=lambda: now[0], began_s=0.0)
    for event in EVENTS[:count]:
        board.on_event(event)
        now[0] += 1.25
    return board


def test_on_a_terminal_the_step_that_works_names_its_cell_and_its_last_words() -> None:
    assert drawn(board_after(4), 60) == [
        "promote n.ipynb  5.0 s",
        "  ✓ build           1.2 s",
        "  * run             3.8 s namespaces  cell 3 [model]",
        "      │ hello \\x1b[31m",
    ]


def test_a_step_that_is_done_keeps_its_time_and_loses_its_log() -> None:
    assert drawn(board_after(6), 60) == [
        "promote n.ipynb  7.5 s",
        "  ✓ build           1.2 s",
        "  ✓ run             5.0 s namespaces",
        "  * register        1.2 s",
    ]


def test_a_step_that_was_stopped_bears_a_cross() -> None:
    board = board_after(4)
    board.stopped_s = 4.0
    assert drawn(board, 60)[2].startswith("  ✗ run             2.8 s")


def test_the_board_fits_a_narrow_terminal() -> None:
    assert max(map(len, drawn(board_after(4), 40))) <= 40
