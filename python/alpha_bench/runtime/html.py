"""HTML as values: what is put into an element is escaped unless it is HTML already, and every card has one look.

Cards stand in notebooks, so their style is in attributes, no script runs, nothing is loaded, and colours fit light and dark themes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from typing import TypeAlias

_VOID = frozenset({"br", "img", "hr", "meta"})
_SHAPES = frozenset({"circle", "line", "path", "rect"})
_CARD = "font:13px/1.5 system-ui,sans-serif;border-left:4px solid {};padding:4px 0 4px 14px;margin:6px 0"
_CELL = "padding:2px 16px 2px 0;text-align:left;vertical-align:top;background:none"
_QUIET = "opacity:.65;font-weight:normal"
BLUE, ORANGE, RED = "#0072b2", "#d55e00", "#b3261e"
"""Colours of what informs, warns, and is wrong; distinguishable with red-green colour blindness."""


SVG_NAMESPACE = "http://www.w3.org/2000/svg"


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


Child: TypeAlias = "str | Html | Iterable[Child] | None"


def element(tag: str, *children: Child, **attributes: str | float | None) -> Html:
    """``<tag attributes>children</tag>``; a shape of SVG without children closes itself.

    ``class_`` is ``class``, ``data_read`` is ``data-read``; an attribute that is None is left out.

    >>> element("b", "a < b", title="it's")
    '<b title="it&#x27;s">a &lt; b</b>'
    """
    named = "".join(
        [f" {_written(name)}={_value(value)}" for name, value in attributes.items() if value is not None]
    )
    if tag in _VOID:
        return Html(f"<{tag}{named}>")
    inside = joined(*children)
    return Html(f"<{tag}{named}/>" if tag in _SHAPES and not inside else f"<{tag}{named}>{inside}</{tag}>")


@cache
def _written(name: str) -> str:
    return name.removesuffix("_").replace("_", "-")


def _value(value: str | float) -> str:
    """In quotes. JSON is in single ones: it has so many double ones that escaping them would double its size."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    if text.count('"') > 1:
        return "'" + escape(text, quote=False).replace("'", "&#x27;") + "'"
    return f'"{escape(text)}"'


def joined(*children: Child) -> Html:
    """The children one after the other; nothing for None."""
    parts = []
    for child in children:
        if isinstance(child, Html):
            parts.append(str(child))
        elif isinstance(child, str):
            parts.append(escape(child))
        elif child is not None:
            parts.append(joined(*child))
    return Html("".join(parts))


def card(title: str, *body: Child, beside: str | None = None, colour: str = BLUE) -> Html:
    """A card: its title, bold unless it is HTML already, a quiet word ``beside`` it, and its body."""
    head = title if isinstance(title, Html) else element("b", title)
    return element("div", head, (" ", quiet(beside)) if beside else None, *body, style=_CARD.format(colour))


def quiet(*children: Child, tag: str = "span") -> Html:
    """What is said in a lower voice."""
    return element(tag, *children, style=_QUIET)


def code(text: str) -> Html:
    """A formula or a name, as it is written."""
    return element("code", text)


def grid(heads: Sequence[Child], rows: Iterable[Sequence[Child]]) -> Html:
    """A table with quiet heads; no head row where all are empty. A row that is shorter has its last cell as wide as what is left."""
    wide = len(heads)
    head = element("tr", [element("th", h, style=f"{_CELL};{_QUIET}") for h in heads]) if any(heads) else None
    body = [element("tr", [_cell(c, n, len(row), wide) for n, c in enumerate(row)]) for row in rows]
    return element("table", head, body, style="border-collapse:collapse;margin:6px 0 0;font-size:13px")


def _cell(child: Child, number: int, cells: int, wide: int) -> Html:
    left = wide - cells + 1 if number == cells - 1 else 1
    return element("td", child, style=_CELL, colspan=left if left > 1 else None)


def drawing(wide: int, high: int, label: str, *shapes: Html) -> Html:
    """A small picture with its sentence below it; the sentence is what a screen reader says."""
    picture = svg(wide, high, label, *shapes)
    caption = element("figcaption", label, style="opacity:.7;font-size:80%")
    return element("figure", picture, caption, style="margin:4px 0")


def svg(wide: int, high: int, label: str, *shapes: Html) -> Html:
    """An SVG of its own with a spoken ``label``."""
    return element(
        "svg",
        element("title", label),
        *shapes,
        xmlns=SVG_NAMESPACE,
        width=wide,
        height=high,
        viewBox=f"0 0 {wide} {high}",
        role="img",
        aria_label=label,
    )


def document(head: Child, body: Child) -> Html:
    """A whole page in English, in UTF-8."""
    charset = element("meta", charset="utf-8")
    page = element("html", element("head", charset, head), element("body", body), lang="en")
    return Html(f"<!doctype html>{page}\n")


_TITLE = re.compile(r"<title>.*?</title>", re.DOTALL)
_END = "</body>"
_BODY = re.compile(r"<body[^>]*>")
LOOK_ID = "ab-look-ahead"
"""Of the paragraph with the verdict on look-ahead."""
_LOOK = re.compile(rf'(<p\b[^>]*\bid="{LOOK_ID}"[^>]*>).*?(</p>)', re.DOTALL)


def with_look(page: str, text: str) -> Html:
    """A page of :func:`document` that says ``text`` where it says its verdict on look-ahead, and at its head where it says none."""
    said, count = _LOOK.subn(lambda one: joined(Html(one[1]), text, Html(one[2])), page, count=1)
    return Html(said) if count else headed(page, None, element("p", text, id=LOOK_ID))


def footed(page: str, below: Child) -> Html:
    """A page of :func:`document` with ``below`` after what it shows; taken as :func:`headed` takes it."""
    before, body, after = page.rpartition(_END)
    return joined(Html(before), below, Html(body + after))


def headed(page: str, title: str | None, above: Child) -> Html:
    """A page of :func:`document` under another ``title`` (None: its own), with ``above`` before what it shows. ``page`` is taken as it is: what it holds
    is for whoever made it to answer."""
    titled = page if title is None else _TITLE.sub(lambda _: element("title", title), page, count=1)
    return Html(_BODY.sub(lambda body: joined(Html(body[0]), above), titled, count=1))
