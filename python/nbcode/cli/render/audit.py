"""The audit as a table on a terminal, or as comma-separated values for a spreadsheet."""

from __future__ import annotations

import csv
import io

from nbcode.cli.render.tables import Column, Word, render_table
from nbcode.cli.terminal import Style
from nbcode.commands.audit import COLUMNS, Act, AuditResult, Event

_LOOKS = {Act.FAILED: "red", Act.DELETED: "yellow", Act.MOVED: "yellow", Act.ADOPTED: "yellow"}
_TABLE = (
    Column(title="when (UTC)"),
    Column(title="who", least=6),
    Column(title="what"),
    Column(title="model", least=10),
    Column(title="version", right=True),
    Column(title="outcome", least=16),
    Column(title="owner", least=10, spare=True),
    Column(title="path", spare=True),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula at the beginning of a cell."""


def render_audit(found: AuditResult, style: Style) -> str:
    """A row an event, the oldest first; those whose time nobody recorded at the end."""
    head = f"From {found.since:%Y-%m-%d %H:%M} on, before {found.until:%Y-%m-%d %H:%M} UTC: {len(found.events)} events"
    if not found.events:
        return head
    table = render_table(_TABLE, [_row(event) for event in found.events], style)
    return "\n".join([style.paint(head, "bold"), "", table])


def csv_text(found: AuditResult) -> str:
    """A line an event under a line of names. A text that a spreadsheet would compute has a quote before it."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(COLUMNS)
    for event in found.events:
        row = dict(event.to_json())
        writer.writerow([_cell(row[name]) for name in COLUMNS])
    return written.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _row(event: Event) -> list[Word]:
    look = _LOOKS.get(event.act)
    number = "–" if event.version is None else str(event.version)
    return [
        Word(text="not recorded" if event.at is None else f"{event.at:%Y-%m-%d %H:%M}"),
        Word(text=event.account or event.who or "–"),
        Word(text=str(event.act), styles=(look,) if look else ()),
        Word(text=event.model, styles=("bold",)),
        Word(text=f"{number} = {event.line}" if event.line else number),
        Word(text=event.outcome),
        Word(text=event.owner),
        Word(text=event.path),
    ]
