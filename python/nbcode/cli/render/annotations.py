"""GitHub's workflow commands: a diagnostic becomes a mark beside the changed line."""

from __future__ import annotations

from nbcode.primitives import Diagnostic, Place, Severity

_WORD = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def annotation(diagnostic: Diagnostic) -> str:
    """``::error file=n.py,line=3,col=5,title=NBC-D04::message``. A line inside an .ipynb is not a line of the file, so
    there the place is told in the message."""
    place = diagnostic.place or Place()
    line = place.file_line if place.cell is not None else place.line
    properties = {"file": place.path, "title": diagnostic.code}
    if line is not None:
        properties |= {"line": str(line), "col": str(place.column) if place.column else None}
    listed = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items() if value)
    where = f" ({place})" if place.cell is not None else ""
    fix = f" Fix: {'  |  '.join(diagnostic.fixes)}" if diagnostic.fixes else ""
    cause = f" {diagnostic.cause.rstrip('.')}." if diagnostic.cause else ""
    return f"::{_WORD[diagnostic.severity]} {listed}::{_escaped(f'{diagnostic.message}{where}.{cause}{fix}')}"


def _escaped(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
