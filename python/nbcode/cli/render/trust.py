"""What a project asks for, and what is trusted, as text."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from nbcode.cli.terminal import Style, visible
from nbcode.commands.trust import TrustResult
from nbcode.configuration import Trusted, TrustItem

_NAME_COLUMNS = 15


def render_trust_request(root: str, items: Sequence[TrustItem], style: Style) -> str:
    """Each thing: what it is and its target, where it is written, what could come of it."""
    things = "one thing" if len(items) == 1 else f"{len(items)} things"
    lines = [f"{style.paint(visible(root), 'bold')} asks for {things} beyond the project:"]
    for item in items:
        where = item.setting
        if item.place is not None and item.place.path is not None:
            where += f" · {item.place.path} · line {item.place.line}"
        lines += ["", _row(str(item.kind), item.value)]
        if item.target != item.value:
            lines.append(_row("", f"is {item.target}"))
        lines.append(style.paint(_row("", where), "dim"))
        lines += _filled(item.why, style)
    return "\n".join([*lines, ""])


def render_trusted(found: Sequence[Trusted], style: Style) -> str:
    """Each project with what is trusted of it and since when."""
    if not found:
        return "You have trusted nothing: no project that you used asked for anything beyond itself."
    lines: list[str] = []
    for project in found:
        lines.append(style.paint(visible(project.root), "bold"))
        lines += [_row(kind, f"{target}  ({at[:10]})") for _, kind, _, target, at in project.items]
        lines.append("")
    return "\n".join(lines[:-1])


def render_revoked(result: TrustResult, style: Style) -> str:
    """What is no longer trusted."""
    if result.revoked is None:
        return f"Nothing of {visible(result.root)} was trusted."
    return "No longer trusted:\n" + render_trusted([result.revoked], style)


def _row(name: str, text: str) -> str:
    return f"  {name.ljust(_NAME_COLUMNS)}{visible(text)}"


def _filled(text: str, style: Style) -> list[str]:
    indent = " " * (_NAME_COLUMNS + 2)
    return textwrap.wrap(visible(text), max(style.width, 60), initial_indent=indent, subsequent_indent=indent)
