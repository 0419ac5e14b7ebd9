"""What doctor found: a mark, a name and a word each, and how to mend what is not well."""

from __future__ import annotations

import textwrap

from nbcode.cli.terminal import Style, visible
from nbcode.commands.health import Finding, Health, Level

_MARKS = {Level.OK: ("✓", "green"), Level.WARN: ("!", "yellow"), Level.FAIL: ("✗", "red")}


def render_health(health: Health, style: Style) -> str:
    """Findings by area, then one line that sums them up."""
    areas = list(dict.fromkeys(finding.area for finding in health.findings))
    width = max((len(finding.name) for finding in health.findings), default=0)
    lines: list[str] = []
    for area in areas:
        lines.append(style.paint(area, "bold"))
        for finding in health.findings:
            if finding.area == area:
                lines += _finding(finding, width, style)
        lines.append("")
    return "\n".join([*lines, _verdict(health, style)])


def _finding(finding: Finding, width: int, style: Style) -> list[str]:
    mark, look = _MARKS[finding.level]
    room = max(20, style.width - width - 6)
    text = textwrap.wrap(visible(finding.text), room, break_long_words=False, break_on_hyphens=False) or [""]
    name = finding.name.ljust(width)
    lines = [f"  {style.paint(mark, look, 'bold')} {name}  {text[0]}"]
    lines += [" " * (width + 6) + more for more in text[1:]]
    if finding.fix:
        fix = textwrap.wrap(visible(finding.fix), room - 5, break_long_words=False, break_on_hyphens=False)
        label = style.paint("Fix:", "green", "bold")
        lines += [
            " " * (width + 6) + (f"{label} " if n == 0 else " " * 5) + part for n, part in enumerate(fix)
        ]
    return lines


def _verdict(health: Health, style: Style) -> str:
    failed = sum(finding.level is Level.FAIL for finding in health.findings)
    warned = sum(finding.level is Level.WARN for finding in health.findings)
    if failed:
        things = "1 thing is" if failed == 1 else f"{failed} things are"
        return style.paint(f"{things} in the way of a promote.", "red", "bold")
    words = f" ({warned} could be better)" if warned else ""
    return style.paint("A promote can run here", "green", "bold") + f"{words}."
