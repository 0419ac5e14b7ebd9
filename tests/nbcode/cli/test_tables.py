"""Tables that fit."""

from __future__ import annotations

from nbcode.cli.render.tables import Column, Word, render_table
from nbcode.cli.terminal import Style

COLUMNS = (
    Column(title="model", least=6),
    Column(title="n", right=True),
    Column(title="notebook", least=8, spare=True),
    Column(title="by", spare=True),
)
ROWS = [
    [
        Word(text="xsmom_v3", styles=("bold",)),
        Word(text="3"),
        Word(text="research/momentum.ipynb"),
        Word(text="ann"),
    ],
    [Word(text="m"), Word(text="12"), Word(text="a.py"), Word(text="bo")],
]


def test_a_table_takes_the_room_it_needs() -> None:
    assert render_table(COLUMNS, ROWS, Style(width=80)).splitlines() == [
        "model      n  notebook                 by",
        "xsmom_v3   3  research/momentum.ipynb  ann",
        "m         12  a.py                     bo",
    ]


def test_flexible_columns_are_cut_from_the_right_and_spare_ones_are_left_out_last() -> None:
    assert render_table(COLUMNS, ROWS, Style(width=32)).splitlines() == [
        "model      n  notebook       by",
        "xsmom_v3   3  research/mom…  ann",
        "m         12  a.py           bo",
    ]
    assert render_table(COLUMNS, ROWS, Style(width=16)).splitlines() == [
        "model      n",
        "xsmom_v3   3",
        "m         12",
    ]


def test_no_row_is_wider_than_the_terminal() -> None:
    for width in range(12, 60):
        text = render_table(COLUMNS, ROWS, Style(width=width))
        assert max(map(len, text.splitlines())) <= width


def test_looks_do_not_count_as_width() -> None:
    plain = render_table(COLUMNS, ROWS, Style(width=80))
    painted = render_table(COLUMNS, ROWS, Style(width=80, colour=True))
    assert "\x1b[1mxsmom_v3\x1b[0m   3" in painted
    assert len(painted) > len(plain)
