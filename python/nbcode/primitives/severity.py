"""How much a finding weighs."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """LSP's severities, the three that are used. Only ``ERROR`` stops a promote."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
