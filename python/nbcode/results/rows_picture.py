"""Who was fitted on which dates, and tested on which: the recorded calls of a run as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alpha_bench.describe import BLUE, ORANGE, Html, element, svg

_WIDE, _LEFT, _RIGHT, _LINE, _TOP = 920, 260, 14, 20, 8
_GREY = "#7b8794"
_COLOURS = {"trained": BLUE, "tested": ORANGE}
_LONGEST = 30


def rows_picture(rows: Sequence[Mapping[str, Any]]) -> Html | None:
    """A line a call, sessions to the right; what is not filled was used by no part of it. None where no call has dates that were recorded."""
    drawn = [row for row in rows if row.get("spans")]
    if not drawn:
        return None
    last = max(int(row["to"]) for row in drawn)
    unit = (_WIDE - _LEFT - _RIGHT) / (last + 1)
    shapes = [part for number, row in enumerate(drawn) for part in _line(number, row, unit)]
    high = _TOP + _LINE * len(drawn) + 20
    shapes += _axis(drawn, high, unit, last)
    return svg(_WIDE, high, "On which sessions each call was trained and tested", *shapes)


def _line(number: int, row: Mapping[str, Any], unit: float) -> list[Html]:
    y = _TOP + _LINE * number
    name = f"{row['call']} · {row['use']}"
    shown = name if len(name) <= _LONGEST else f"…{name[1 - _LONGEST :]}"
    label = element("text", shown, x=_LEFT - 10, y=y + 13, text_anchor="end", font_size=12, fill="#1d2733")
    bars = [
        element(
            "rect",
            x=f"{_LEFT + unit * int(first):.2f}",
            y=y + 3,
            width=f"{max(unit * (int(end) - int(first) + 1), 0.8):.2f}",
            height=_LINE - 7,
            fill=_COLOURS.get(str(row["use"]), _GREY),
        )
        for first, end in row["spans"]
    ]
    return [label, *bars]


def _axis(drawn: Sequence[Mapping[str, Any]], high: int, unit: float, last: int) -> list[Html]:
    """The dates at which something begins or ends, as far apart as their texts need."""
    dates = {int(row["from"]): str(row["first"]) for row in drawn} | {
        int(row["to"]): str(row["last"]) for row in drawn
    }
    shown: list[int] = []
    for at in sorted(dates):
        if not shown or unit * (at - shown[-1]) > 84:
            shown.append(at)
    return [
        element(
            "text",
            dates[at],
            x=f"{_LEFT + unit * at:.1f}",
            y=high - 5,
            font_size=11,
            fill="#52606d",
            text_anchor="end" if at > 0.9 * last else "start",
        )
        for at in shown
    ]
