"""What a clean run said, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping

from nbcode.cli.render.figures import columns_text, seconds_text
from nbcode.cli.terminal import Style, visible
from nbcode.commands.logs import LogsResult
from nbcode.primitives import Json

_LOOKS = {"FINISHED": "green", "FAILED": "red", "KILLED": "red"}


def render_log(found: LogsResult, style: Style) -> str:
    """The run and its end; the steps with their times; what was printed; the machinery's own log; why it failed."""
    status = found.status or "RUNNING, or killed before it could say"
    where = f" · {found.isolation}" if found.isolation else ""
    head = f"{style.paint(visible(found.run_id), 'bold')}  {style.paint(status, _LOOKS.get(status, 'yellow'))}{where}"
    parts = [head, *_steps(found, style)]
    if columns := columns_text(found.columns):
        parts.append(f"  {'columns':<12} {columns}")
    printed = [line for _, text in found.printed for line in visible(text.rstrip("\n")).splitlines()]
    parts += _section("printed", printed, style)
    parts += _section("log", visible(found.log.rstrip("\n")).splitlines(), style)
    parts += _section(
        "why it ended", [_reason(d) for d in found.diagnostics if isinstance(d, Mapping)], style
    )
    return "\n".join(parts)


def _steps(found: LogsResult, style: Style) -> list[str]:
    steps = [event for event in found.events if event.kind == "step"]
    if not steps:
        return []
    until = [event.elapsed_s for event in steps[1:]] + [found.events[-1].elapsed_s]
    lines = []
    for step, end in zip(steps, until, strict=True):
        took = style.paint(f"{seconds_text(max(end - step.elapsed_s, 0.0)):>9}", "dim")
        lines.append(f"  {visible(step.name):<12} {took}")
    return lines


def _section(title: str, lines: list[str], style: Style) -> list[str]:
    return ["", style.paint(title, "bold"), *(f"  {line}" for line in lines)] if lines else []


def _reason(diagnostic: Mapping[str, Json]) -> str:
    cell, line = diagnostic.get("cell"), diagnostic.get("line")
    where = (f" · cell {cell}" if cell else "") + (f" · line {line}" if line else "")
    return visible(f"{diagnostic.get('code')} {diagnostic.get('message')}{where}")
