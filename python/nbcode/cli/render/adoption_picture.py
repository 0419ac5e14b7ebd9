"""The pictures of the adoption report: a bar a week, a bar an owner, notebooks below or left, the framework on it, refits pale at the end."""

from __future__ import annotations

from collections.abc import Sequence

from alpha_bench.describe import BLUE, ORANGE, Html, element, svg
from nbcode.cli.render.adoption import share_text
from nbcode.commands.adoption import Counts, OwnerRow, Week

_WIDE = 920
_PALE, _INK, _QUIET, _RULE = "#c8d1da", "#1d2733", "#52606d", "#e4e7eb"
_KEY = ((BLUE, "from notebooks"), (ORANGE, "by the framework"), (_PALE, "refits"))
_HIGH, _TOP, _FOOT, _LEFT, _RIGHT = 300, 40, 46, 46, 10
_LINE, _LABEL = 26, 230
_LONGEST = 30


def weeks_picture(weeks: Sequence[Week]) -> Html:
    """Versions a week, stacked; above each bar the share of notebooks."""
    most = max((_all(week.counts) for week in weeks), default=0) or 1
    step = _step(most)
    top = -(-most // step) * step
    unit = (_HIGH - _TOP - _FOOT) / top
    wide = (_WIDE - _LEFT - _RIGHT) / max(len(weeks), 1)
    ground = _HIGH - _FOOT
    shapes = [*_key(_LEFT)]
    for value in range(0, top + 1, step):
        y = ground - unit * value
        shapes.append(element("line", x1=_LEFT, y1=y, x2=_WIDE - _RIGHT, y2=y, stroke=_RULE))
        shapes.append(_text(str(value), _LEFT - 8, y + 4, anchor="end"))
    every = -(-len(weeks) // max(int((_WIDE - _LEFT - _RIGHT) // 62), 1)) or 1
    for number, week in enumerate(weeks):
        x = _LEFT + wide * number
        shapes += _column(week, x, wide, ground, unit)
        if number % every == 0:
            shapes.append(_text(week.name, x + wide / 2, ground + 18, anchor="middle"))
            shapes.append(_text(f"{week.begins:%-d %b}", x + wide / 2, ground + 34, anchor="middle"))
    return element(
        "figure", svg(_WIDE, _HIGH, "Versions by week: from notebooks, by the framework, and refits", *shapes)
    )


def owners_picture(owners: Sequence[OwnerRow]) -> Html:
    """Versions an owner, stacked from the left."""
    most = max((_all(one.counts) for one in owners), default=0) or 1
    unit = (_WIDE - _LABEL - 70) / most
    high = _TOP + _LINE * len(owners) + 6
    shapes = [*_key(_LABEL)]
    for number, one in enumerate(owners):
        y = _TOP + _LINE * number
        shown = one.owner if len(one.owner) <= _LONGEST else f"{one.owner[: _LONGEST - 1]}…"
        shapes.append(_text(shown, _LABEL - 10, y + 15, anchor="end", fill=_INK, size=13))
        x = float(_LABEL)
        for count, colour, label in _parts(one.counts):
            told = f"{one.owner}: {count} {label}"
            shapes.append(_bar((x, y + 2), unit * count, _LINE - 8, colour, told))
            x += unit * count
        shapes.append(_text(f"{one.counts.versions} · {share_text(one.share)}", x + 8, y + 15))
    return element(
        "figure", svg(_WIDE, high, "Versions by owner: from notebooks, by the framework, and refits", *shapes)
    )


def _column(week: Week, x: float, wide: float, ground: float, unit: float) -> list[Html]:
    gap = min(wide * 0.18, 8.0)
    shapes, y = [], ground
    for count, colour, label in _parts(week.counts):
        y -= unit * count
        told = f"{week.name}: {count} {label}"
        shapes.append(_bar((x + gap, y), wide - 2 * gap, unit * count, colour, told))
    if week.counts.versions and wide > 30:
        shapes.append(_text(share_text(week.counts.notebook_share), x + wide / 2, y - 6, anchor="middle"))
    return shapes


def _parts(counts: Counts) -> list[tuple[int, str, str]]:
    """What there is of the three: how many, in which colour, and what they are."""
    numbers = (counts.notebook, counts.framework, counts.refits)
    return [(count, colour, label) for count, (colour, label) in zip(numbers, _KEY, strict=True) if count]


def _all(counts: Counts) -> int:
    return counts.versions + counts.refits


def _step(most: int) -> int:
    """1, 2 or 5 times a power of ten: at most six of them are the ``most``."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if most <= 6 * factor * power:
                return factor * power
        power *= 10


def _bar(at: tuple[float, float], wide: float, high: float, colour: str, told: str) -> Html:
    x, y = at
    return element(
        "rect",
        element("title", told),
        x=f"{x:.2f}",
        y=f"{y:.2f}",
        width=f"{max(wide, 0.5):.2f}",
        height=f"{max(high, 0.5):.2f}",
        fill=colour,
    )


def _text(
    text: str, x: float, y: float, *, anchor: str = "start", fill: str = _QUIET, size: int = 12
) -> Html:
    return element(
        "text",
        text,
        x=f"{x:.1f}",
        y=f"{y:.1f}",
        text_anchor=anchor,
        font_size=size,
        fill=fill,
        font_family="system-ui,sans-serif",
    )


def _key(x: float) -> list[Html]:
    """What each colour is, in a line at the top."""
    shapes = []
    for colour, label in _KEY:
        shapes += [element("rect", x=x, y=8, width=12, height=12, fill=colour), _text(label, x + 18, 18)]
        x += 34 + 7 * len(label)
    return shapes
