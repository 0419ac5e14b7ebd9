"""Pieces of the page that the sections share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from alpha_bench.evaluation import FigureValue
from alpha_bench.reporting.pictures import Picture
from alpha_bench.runtime import Child, Html, element


def figure(picture: Picture | None) -> Html | None:
    """The picture over its sentence; nothing for None."""
    if picture is None:
        return None
    return element("figure", picture.svg, element("figcaption", picture.caption))


def heading(text: str, key: str | None = None) -> Html:
    """The head of a section; the page's contents link to its ``key``."""
    return element("h2", text, id=None if key is None else f"ab-{key}")


def items(texts: Iterable[Child], **attributes: str) -> Html:
    """A list, one item a text."""
    return element("ul", [element("li", text) for text in texts], **attributes)


def verdict_box(head: str, sentence: str, kind: str = "") -> Html:
    """What the page concludes; ``kind`` is ``good``, ``bad`` or neither."""
    return element("div", element("b", head), " ", sentence, class_=f"verdict {kind}".rstrip())


def table(heads: Sequence[str], rows: Iterable[Sequence[Child]]) -> Html:
    """A table; a head that begins with ``>`` makes its column flush right."""
    right = ["n" if h.startswith(">") else None for h in heads]
    head = [element("th", h.removeprefix(">"), class_=c) for h, c in zip(heads, right, strict=True)]
    body = [
        element("tr", [element("td", cell, class_=c) for cell, c in zip(row, right, strict=True)])
        for row in rows
    ]
    return element("table", element("thead", element("tr", head)), element("tbody", body))


def number(value: FigureValue, decimals: int) -> str:
    """So many decimals with a true minus; ``none`` for what could not be formed."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return "none"
    text = f"{value:,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.removeprefix("-")  # no minus before nothing
    return text.replace("-", "\N{MINUS SIGN}")


def counted(count: int, word: str) -> str:
    """``1 feature``, ``3 features``."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def percent(value: FigureValue, decimals: int = 1) -> str:
    """A share as per cent."""
    shown = number(value * 100 if isinstance(value, float) else value, decimals)
    return shown if shown == "none" else f"{shown}\N{NO-BREAK SPACE}%"


def bps(value: FigureValue) -> str:
    """A share in basis points."""
    return number(value * 1e4 if isinstance(value, float) else None, 1)
