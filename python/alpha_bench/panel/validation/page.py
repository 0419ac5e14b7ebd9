"""The validation report in a notebook: a table with a small picture of when, and one of how many assets are listed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from alpha_bench.panel.validation.findings import Finding
from alpha_bench.panel.validation.meanings import WHOLE

_WIDE, _HIGH, _BINS = 160, 16, 40
_BLUE, _ORANGE = "#0072b2", "#d55e00"  # told apart by who sees red and green as one
_CELL = "padding:2px 10px 2px 0;text-align:left;vertical-align:top;background:none"


def validation_html(
    head: tuple[str, str], findings: Sequence[Finding], *, between: tuple[str, str], listed: Sequence[int]
) -> str:
    """A heading of two lines, the findings, and when between two dates they are; HTML that fits light and dark themes; no script, nothing loaded."""
    rows = "".join(_row(f, between) for f in findings)
    table = (
        f"<table><thead><tr>{''.join(f'<th style={_CELL!r}>{h}</th>' for h in ('', 'field', 'count', 'what', 'when', 'first'))}"
        f"</tr></thead>{rows}</table>"
    )
    return (
        f"<div><b>{escape(head[0])}</b><div>{escape(head[1])}</div>{_listed(listed)}"
        f"{table if rows else 'nothing odd'}</div>"
    )


def _row(finding: Finding, between: tuple[str, str]) -> str:
    colour = _ORANGE if finding.severity == "warning" else _BLUE
    more = f"<details><summary>{escape(finding.message)}</summary>{escape(finding.why)} <i>{escape(finding.do)}</i></details>"
    cells = (
        f"<span style='color:{colour}'>{'▲' if finding.severity == 'warning' else '●'}</span> {finding.severity}",
        escape(finding.field),
        "" if finding.code in WHOLE else str(finding.count),
        more,
        _when(finding, between, colour) + _around(finding),
        escape(", ".join(finding.examples)),
    )
    return f"<tr style='white-space:nowrap'>{''.join(_cell(n, c) for n, c in enumerate(cells))}</tr>"


def _cell(n: int, content: str) -> str:
    """Words may wrap, marks and pictures may not."""
    wrap = ";white-space:normal" if n in {3, 5} else ""
    return f'<td style="{_CELL}{wrap}">{content}</td>'


def _when(finding: Finding, between: tuple[str, str], colour: str) -> str:
    """How its places lie between the first and the last session: at most 40 bars, the tallest the most."""
    days = np.array([p.date for p in finding.places if p.date], dtype="datetime64[D]")
    start, end = np.datetime64(between[0]), np.datetime64(between[1])
    if not len(days) or start == end:
        return ""
    at = ((days - start) / (end - start) * (_BINS - 1e-9)).astype(int)
    counts = np.bincount(np.clip(at, 0, _BINS - 1), minlength=_BINS)
    step = _WIDE / _BINS
    bars = "".join(
        f"<rect x='{n * step:.1f}' y='{_HIGH - h:.1f}' width='{step - 1:.1f}' height='{h:.1f}' fill='{colour}'/>"
        for n, h in enumerate(np.where(counts > 0, 2 + (_HIGH - 2) * counts / counts.max(), 0))
        if h
    )
    label = f"{len(days)} places between {between[0]} and {between[1]}, at most {counts.max()} in one of {_BINS} parts"
    return _svg(
        _WIDE, _HIGH, label, bars + f"<path d='M0 {_HIGH}H{_WIDE}' stroke='currentColor' opacity='.4'/>"
    )


def _around(finding: Finding) -> str:
    """The price around the first place, the sessions on each side of it."""
    prices = np.array(finding.around, dtype=float)
    known = np.flatnonzero(prices > 0)
    if len(known) < 3:
        return ""
    wide = _WIDE // 2
    level = np.log(prices[known])
    spread = (level.max() - level.min()) or 1.0
    x, y = known * wide / (len(prices) - 1), 1 + (_HIGH - 2) * (level.max() - level) / spread
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    label = f"{finding.field} around {finding.examples[0]}, {prices[known].min():.6g} to {prices[known].max():.6g}"
    return " " + _svg(
        wide,
        _HIGH,
        label,
        f"<polyline points='{line}' fill='none' stroke='currentColor' stroke-width='1.2'/>",
    )


def _listed(listed: Sequence[int]) -> str:
    """Assets with a price, over time."""
    counts = np.array(listed, dtype=float)
    if len(counts) < 2:
        return ""
    wide, high = 320, 48
    x = np.linspace(0, wide, len(counts))
    y = high - 2 - (high - 6) * counts / max(counts.max(), 1)
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    label = f"assets with a price: {int(counts[0])} at first, {int(counts[-1])} at last, {int(counts.max())} at most"
    picture = _svg(
        wide,
        high,
        label,
        f"<polygon points='0,{high} {line} {wide},{high}' fill='{_BLUE}' opacity='.2'/>"
        f"<polyline points='{line}' fill='none' stroke='{_BLUE}' stroke-width='1.4'/>",
    )
    return f"<figure style='margin:4px 0'>{picture}<figcaption style='opacity:.7;font-size:80%'>{label}</figcaption></figure>"


def _svg(wide: int, high: int, label: str, body: str) -> str:
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{wide}' height='{high}' viewBox='0 0 {wide} {high}' role='img' "
        f"aria-label='{escape(label)}'><title>{escape(label)}</title>{body}</svg>"
    )
