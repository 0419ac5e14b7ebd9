"""Pieces of HTML that the sections share. What comes from data is escaped here or where it is put in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

from alpha_bench.reporting.pictures import Picture


def figure(picture: Picture | None) -> str:
    """The picture over its sentence; nothing for None."""
    if picture is None:
        return ""
    return f"<figure>{picture.svg}<figcaption>{escape(picture.caption)}</figcaption></figure>"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a head that begins with ``>`` makes its column flush right. Cells are HTML already."""
    right = [' class="n"' if h.startswith(">") else "" for h in heads]
    head = "".join(f"<th{c}>{escape(h.removeprefix('>'))}</th>" for h, c in zip(heads, right, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{c}>{cell}</td>" for cell, c in zip(row, right, strict=True)) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def number(value: object, decimals: int) -> str:
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


def percent(value: object, decimals: int = 1) -> str:
    """A share as per cent."""
    shown = number(value * 100 if isinstance(value, float) else value, decimals)
    return shown if shown == "none" else f"{shown}\N{NO-BREAK SPACE}%"


def bps(value: object) -> str:
    """A share in basis points."""
    return number(value * 1e4 if isinstance(value, float) else None, 1)
