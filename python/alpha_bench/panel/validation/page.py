"""The validation report in a notebook: a table with a small picture of when, and one of how many assets are listed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from alpha_bench.panel.validation.findings import Finding
from alpha_bench.panel.validation.meanings import UNCOUNTED
from alpha_bench.runtime import BLUE, ORANGE, Child, Html, card, drawing, element, grid, joined, svg

_WIDE, _HIGH, _BINS = 160, 16, 40
_KEEP = "white-space:nowrap"  # words may wrap, marks and pictures may not


def validation_html(
    head: tuple[str, str], findings: Sequence[Finding], *, between: tuple[str, str], listed: Sequence[int]
) -> Html:
    """A heading of two lines, the findings, and when between two dates they are."""
    rows = [_row(f, between) for f in findings]
    table = grid(("", "field", "count", "what", "when", "first"), rows) if rows else "nothing odd"
    return card(head[0], element("div", head[1]), _listed(listed), table)


def _row(finding: Finding, between: tuple[str, str]) -> tuple[Child, ...]:
    warns = finding.severity == "warning"
    colour = ORANGE if warns else BLUE
    return (
        element(
            "span",
            (element("span", "▲" if warns else "●", style=f"color:{colour}"), f" {finding.severity}"),
            style=_KEEP,
        ),
        finding.field,
        "" if finding.code in UNCOUNTED else str(finding.count),
        element("details", element("summary", finding.message), finding.why, " ", element("i", finding.do)),
        element("span", _when(finding, between, colour), _around(finding), style=_KEEP),
        ", ".join(finding.examples),
    )


def _when(finding: Finding, between: tuple[str, str], colour: str) -> Html | None:
    """How its places lie between the first and the last session: at most 40 bars, the tallest the most."""
    days = np.array([p.date for p in finding.places if p.date], dtype="datetime64[D]")
    start, end = np.datetime64(between[0]), np.datetime64(between[1])
    if not len(days) or start == end:
        return None
    at = ((days - start) / (end - start) * (_BINS - 1e-9)).astype(int)
    counts = np.bincount(np.clip(at, 0, _BINS - 1), minlength=_BINS)
    step = _WIDE / _BINS
    bars = [
        element(
            "rect",
            x=f"{n * step:.1f}",
            y=f"{_HIGH - h:.1f}",
            width=f"{step - 1:.1f}",
            height=f"{h:.1f}",
            fill=colour,
        )
        for n, h in enumerate(np.where(counts > 0, 2 + (_HIGH - 2) * counts / counts.max(), 0))
        if h
    ]
    ground = element("path", d=f"M0 {_HIGH}H{_WIDE}", stroke="currentColor", opacity=0.4)
    label = f"{len(days)} places between {between[0]} and {between[1]}, at most {counts.max()} in one of {_BINS} parts"
    return svg(_WIDE, _HIGH, label, *bars, ground)


def _around(finding: Finding) -> Html | None:
    """The price around the first place, the sessions on each side of it."""
    prices = np.array(finding.around, dtype=float)
    known = np.flatnonzero(prices > 0)
    if len(known) < 3:
        return None
    wide = _WIDE // 2
    level = np.log(prices[known])
    spread = (level.max() - level.min()) or 1.0
    x, y = known * wide / (len(prices) - 1), 1 + (_HIGH - 2) * (level.max() - level) / spread
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    label = f"{finding.field} around {finding.examples[0]}, {prices[known].min():.6g} to {prices[known].max():.6g}"
    shape = element("polyline", points=line, fill="none", stroke="currentColor", stroke_width=1.2)
    return joined(" ", svg(wide, _HIGH, label, shape))


def _listed(listed: Sequence[int]) -> Html | None:
    """Assets with a price, over time."""
    counts = np.array(listed, dtype=float)
    if len(counts) < 2:
        return None
    wide, high = 320, 48
    x = np.linspace(0, wide, len(counts))
    y = high - 2 - (high - 6) * counts / max(counts.max(), 1)
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    label = f"assets with a price: {int(counts[0])} at first, {int(counts[-1])} at last, {int(counts.max())} at most"
    return drawing(
        wide,
        high,
        label,
        element("polygon", points=f"0,{high} {line} {wide},{high}", fill=BLUE, opacity=0.2),
        element("polyline", points=line, fill="none", stroke=BLUE, stroke_width=1.4),
    )
