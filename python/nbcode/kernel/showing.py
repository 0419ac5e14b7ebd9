"""Diagnostics for a notebook's output: short text, and HTML that a front end prefers. All text is escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from nbcode.primitives import Diagnostic, Severity

_ERROR_LINE = re.compile(r"\A(NBC-\w+)")
_COLOURS = {Severity.ERROR: "#c0392b", Severity.WARNING: "#b7791f", Severity.NOTE: "#2b6cb0"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """Diagnostics that show themselves in a notebook; ``headline`` is the line above them."""

    headline: str
    diagnostics: tuple[Diagnostic, ...]

    def __repr__(self) -> str:
        return "\n".join([self.headline, *(as_text(d) for d in self.diagnostics)])

    def _repr_html_(self) -> str:
        items = "".join(_item(d) for d in self.diagnostics)
        return (
            f'<div style="font-family:system-ui,sans-serif"><b>{html.escape(self.headline)}</b>{items}</div>'
        )


def as_text(diagnostic: Diagnostic) -> str:
    """Three lines: what and where, why, the ways out."""
    where = f" · {diagnostic.place}" if diagnostic.place and str(diagnostic.place) else ""
    lines = [f"{diagnostic.code} {diagnostic.message}{where}"]
    if diagnostic.cause:
        lines.append(f"  {diagnostic.cause}")
    if diagnostic.fixes:
        lines.append(f"  Fix: {'  |  '.join(diagnostic.ways_out)}")
    return "\n".join(lines)


def error_lines(diagnostics: Sequence[Diagnostic]) -> list[str]:
    """What stands in place of a traceback: nothing but the findings, their first words in the error colour."""
    lines = [line for d in diagnostics for line in as_text(d).splitlines()]
    return [_ERROR_LINE.sub("\x1b[1;31m\\1\x1b[0m", line) for line in lines]


def _item(diagnostic: Diagnostic) -> str:
    where = f" · {diagnostic.place}" if diagnostic.place and str(diagnostic.place) else ""
    fixes = "".join(f"<li>{html.escape(fix)}</li>" for fix in diagnostic.ways_out)
    return (
        f'<div style="border-left:3px solid {_COLOURS[diagnostic.severity]};margin:.5em 0;padding:.1em .8em">'
        f"<div><code>{html.escape(diagnostic.code)}</code> {html.escape(diagnostic.message + where)}</div>"
        f'<div style="opacity:.75">{html.escape(diagnostic.cause)}</div>'
        f'<ul style="margin:.2em 0 0 1.2em;padding:0">{fixes}</ul></div>'
    )
