"""Diagnostics for a notebook's output: short text, and HTML that a front end prefers. All text is escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence

from alpha_bench.describe import BLUE, ORANGE, RED, Html, card, code, element, quiet
from nbcode.primitives import Diagnostic, Severity, dataclass

_ERROR_LINE = re.compile(r"\A(NBC-\w+)")
_COLOURS = {Severity.ERROR: RED, Severity.WARNING: ORANGE, Severity.NOTE: BLUE}


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """Diagnostics that show themselves in a notebook; ``headline`` is the line above them."""

    headline: str
    diagnostics: tuple[Diagnostic, ...]

    def __repr__(self) -> str:
        return "\n".join([self.headline, *(as_text(d) for d in self.diagnostics)])

    def _repr_html_(self) -> str:
        return element(
            "div",
            element("b", self.headline, style="font:13px system-ui,sans-serif;font-weight:bold"),
            [_item(d) for d in self.diagnostics],
        )


def as_text(diagnostic: Diagnostic) -> str:
    """Three lines: what and where, why, the ways out."""
    where = f" · {diagnostic.place}" if diagnostic.place and str(diagnostic.place) else ""
    lines = [f"{diagnostic.code} {diagnostic.message}{where}"]
    if diagnostic.cause:
        lines.append(f"  {diagnostic.cause}")
    if diagnostic.fixes:
        lines.append(f"  Fix: {'  |  '.join(diagnostic.fix_titles)}")
    return "\n".join(lines)


def error_lines(diagnostics: Sequence[Diagnostic]) -> list[str]:
    """What stands in place of a traceback: nothing but the findings, their first words in the error colour."""
    lines = [line for d in diagnostics for line in as_text(d).splitlines()]
    return [_ERROR_LINE.sub("\x1b[1;31m\\1\x1b[0m", line) for line in lines]


def _item(diagnostic: Diagnostic) -> Html:
    where = f" · {diagnostic.place}" if diagnostic.place and str(diagnostic.place) else ""
    fixes = element(
        "ul", [element("li", fix) for fix in diagnostic.fix_titles], style="margin:.2em 0 0 1.2em;padding:0"
    )
    return card(
        code(diagnostic.code),
        f" {diagnostic.message}{where}",
        quiet(diagnostic.cause, tag="div"),
        fixes,
        colour=_COLOURS[diagnostic.severity],
    )
