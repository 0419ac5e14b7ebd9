"""A diagnostic as text: what and where on the first line, the source line, why, and the ways out."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable

from nbcode.cli.terminal import Style, visible
from nbcode.primitives import Diagnostic, Place, Severity

SourceLine = Callable[[Place], str | None]
_LOOK = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}
_INDENT = "  "


def no_source(_place: Place) -> str | None:
    """Knows no source line."""
    return None


def render_diagnostics(
    diagnostics: Iterable[Diagnostic], style: Style, source: SourceLine = no_source
) -> str:
    """Every diagnostic, a blank line between two."""
    return "\n\n".join(render_diagnostic(d, style, source) for d in diagnostics)


def render_diagnostic(diagnostic: Diagnostic, style: Style, source: SourceLine = no_source) -> str:
    """One diagnostic on several lines.

    ::

        NBC-D04 undeclared name `vol_adj` · cell 9 [model] · line 2
            2 │ m = Ridge().fit(X=[vol_adj], y=fwd_ret_10d)
              │                    ^^^^^^^
          vol_adj is assigned in cell 6, which is not tagged.
          Fix: tag cell 6 [features]   |   move the assignment into a tagged cell
    """
    lines = [_headline(diagnostic, style)]
    if diagnostic.place is not None:
        lines += _excerpt(diagnostic.place, style, source, _LOOK[diagnostic.severity])
    if diagnostic.cause:
        lines += _wrapped(_sentence(diagnostic.cause), style)
    for related in diagnostic.related:
        where = str(related.place)
        lines += _wrapped(f"{where}: {related.message}" if where else related.message, style)
        lines += _excerpt(related.place, style, source, "blue")
    lines += _fixes(diagnostic.fix_titles, style)
    return "\n".join(lines)


def render_findings(diagnostics: Iterable[Diagnostic], style: Style, source: SourceLine = no_source) -> str:
    """What is printed beside a result: errors and warnings whole, each note on a line."""
    found = list(diagnostics)
    notes = [_headline(d, style) for d in found if d.severity is Severity.NOTE]
    whole = [render_diagnostic(d, style, source) for d in found if d.severity is not Severity.NOTE]
    return "\n\n".join([*whole, *(["\n".join(notes)] if notes else [])])


def summary(diagnostics: Iterable[Diagnostic], style: Style) -> str:
    """``2 errors, 1 warning``, or an empty text for nothing."""
    found = list(diagnostics)
    parts = []
    for severity in Severity:
        count = sum(d.severity is severity for d in found)
        if count:
            parts.append(style.paint(f"{count} {severity}{'s' * (count > 1)}", _LOOK[severity], "bold"))
    return ", ".join(parts)


def _headline(diagnostic: Diagnostic, style: Style) -> str:
    look = _LOOK[diagnostic.severity]
    word = "" if diagnostic.severity is Severity.ERROR else f"{diagnostic.severity}: "
    where = _where(diagnostic.place)
    plain = f"{diagnostic.code} {word}{visible(diagnostic.message)}"
    head = style.paint(diagnostic.code, look, "bold") + style.paint(plain[len(diagnostic.code) :], "bold")
    if not where:
        return head
    # The place moves to a line of its own rather than being torn apart on a narrow terminal.
    separator = " · " if len(plain) + len(where) + 3 <= style.width else f"\n{_INDENT}at "
    return head + style.paint(separator + where, "dim")


def _where(place: Place | None) -> str:
    if place is None:
        return ""
    where = str(place)
    column = f" · column {place.column}" if place.cell is None and place.line and place.column else ""
    return visible(where + column)


def _excerpt(place: Place, style: Style, source: SourceLine, look: str) -> list[str]:
    """The source line and, under it, carets from column to end; a long line is cut around the caret."""
    text = source(place) if place.line is not None else None
    if text is None or not text.strip():
        return []
    start = (place.column or 1) - 1
    same_line = place.end_line in {None, place.line}
    end = place.end_column - 1 if same_line and place.end_column else (start + 1 if same_line else len(text))
    indent = len(text) - len(text.lstrip())
    room = style.width - 10
    left = 0 if max(end, 1) <= room else max(0, min(start, len(text)) - room // 3)
    cut = text[left : left + room]
    shown = visible(cut.replace("\t", " "))
    lines = [style.paint(f"{place.line:>5} │ ", "dim") + shown]
    if place.column is not None and start >= indent and shown == cut.replace("\t", " "):
        width = max(1, min(end, left + len(cut)) - start)
        lines.append(
            style.paint("      │ ", "dim") + " " * (start - left) + style.paint("^" * width, look, "bold")
        )
    return lines


def _fixes(fixes: tuple[str, ...], style: Style) -> list[str]:
    if not fixes:
        return []
    label = style.paint("Fix:", "green", "bold")
    shown = [visible(fix.rstrip(".")) for fix in fixes]
    line = "   |   ".join(shown)
    if len(_INDENT) + 5 + len(line) <= style.width and "\n" not in line:
        return [f"{_INDENT}{label} {line}"]
    lines: list[str] = []
    for number, fix in enumerate(shown):
        wrapped = textwrap.wrap(fix, style.width - 9, break_long_words=False, break_on_hyphens=False) or [""]
        head = f"{_INDENT}{label} " if number == 0 else f"{_INDENT}  or "
        lines += [head + wrapped[0], *(" " * 7 + rest for rest in wrapped[1:])]
    return lines


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", ":", "`")) or "\n" in text else f"{text}."


def _wrapped(text: str, style: Style) -> list[str]:
    """Wrapped to the width; a text with lines of its own (frames of a traceback) keeps them."""
    lines: list[str] = []
    for line in visible(text).splitlines():
        if len(line) + len(_INDENT) <= style.width or line[:1].isspace():
            lines.append(_INDENT + line)
        else:
            wrapped = textwrap.wrap(line, style.width - 2, break_long_words=False, break_on_hyphens=False)
            lines += [_INDENT + part for part in wrapped]
    return lines
