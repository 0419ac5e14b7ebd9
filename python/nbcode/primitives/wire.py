"""Findings as plain data, in classes of their own: what ``--json`` writes, the journal holds, and the run's inside says."""

from __future__ import annotations

from nbcode.primitives.fixes import MetadataEdit, TextEdit
from nbcode.primitives.severity import Severity
from nbcode.primitives.values import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class WireRelated:
    """Another place that explains the finding, the fields of the place beside the message."""

    message: str
    path: str | None
    cell: int | None
    tag: str | None
    line: int | None
    column: int | None
    end_line: int | None
    end_column: int | None
    file_line: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class WireAction:
    """What a program does to go the way out ``fixes[fix]``: edits of sources, and of cells' metadata."""

    fix: int
    title: str
    edits: tuple[TextEdit, ...]
    metadata: tuple[MetadataEdit, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class WireDiagnostic:
    """A finding as ``--json`` and the journal hold it, the fields of its place beside the others. ``actions`` are there for
    the fixes that are mechanical."""

    code: str
    severity: Severity
    path: str | None
    cell: int | None
    tag: str | None
    line: int | None
    column: int | None
    end_line: int | None
    end_column: int | None
    file_line: int | None
    message: str
    cause: str
    fixes: tuple[str, ...]
    actions: tuple[WireAction, ...]
    related: tuple[WireRelated, ...]
