"""A diagnostic: what is wrong, where, why, and the ways out. The same value feeds CLI, JupyterLab and VS Code."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from nbcode.primitives.canonical import Json


class Severity(StrEnum):
    """LSP's severities, the three that are used. Only ``ERROR`` stops a promote."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


def encodable(text: str) -> str:
    """``text``, where half characters (of a file name, of a message) are written as escapes: it fits into any file and stream."""
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where. ``cell`` counts from 1 in the document; ``line`` from 1 in the cell (in the file when ``cell`` is None);
    columns count characters from 1; the end is exclusive."""

    path: str | None = None
    cell: int | None = None
    tag: str | None = None
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    file_line: int | None = None

    def __post_init__(self) -> None:
        """A path may hold bytes that are no text."""
        if self.path is not None:
            object.__setattr__(self, "path", encodable(self.path))

    def __str__(self) -> str:
        """``cell 9 [model] · line 2``, or the file and line where there is no cell."""
        parts = []
        if self.cell is not None:
            parts.append(f"cell {self.cell}" + (f" [{self.tag}]" if self.tag else ""))
        elif self.path:
            parts.append(self.path)
        if self.line is not None:
            parts.append(f"line {self.line}")
        return " · ".join(parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Related:
    """Another place that explains the first one, such as where a name really came from."""

    message: str
    place: Place

    def __post_init__(self) -> None:
        """See :class:`Diagnostic`."""
        object.__setattr__(self, "message", encodable(self.message))


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnostic:
    """One finding. ``message`` is the what, ``cause`` the why, ``fixes`` the ways out, best first.

    Its texts quote what is foreign (exceptions, file names, notebooks): whatever they are given, they are :func:`encodable`.
    """

    code: str
    message: str
    cause: str = ""
    fixes: tuple[str, ...] = ()
    severity: Severity = Severity.ERROR
    place: Place | None = None
    related: tuple[Related, ...] = ()

    def __post_init__(self) -> None:
        """Make its texts encodable."""
        object.__setattr__(self, "message", encodable(self.message))
        object.__setattr__(self, "cause", encodable(self.cause))
        object.__setattr__(self, "fixes", tuple(map(encodable, self.fixes)))

    def to_json(self) -> dict[str, Json]:
        """The wire form: ``code, severity, cell, line, column, message, fixes`` and what explains them."""
        place = self.place or Place()
        return {
            "code": self.code,
            "severity": str(self.severity),
            "path": place.path,
            "cell": place.cell,
            "tag": place.tag,
            "line": place.line,
            "column": place.column,
            "end_line": place.end_line,
            "end_column": place.end_column,
            "file_line": place.file_line,
            "message": self.message,
            "cause": self.cause,
            "fixes": list(self.fixes),
            "related": [
                {"message": r.message, "cell": r.place.cell, "line": r.place.line, "path": r.place.path}
                for r in self.related
            ],
        }

    def __str__(self) -> str:
        """``NBC-D04 undeclared name `x` at cell 9 [model] · line 2. Why. Fix: one action.``"""
        where = f" at {self.place}" if self.place and str(self.place) else ""
        why = f" {self.cause.rstrip('.')}." if self.cause else ""
        fix = f" Fix: {'  |  '.join(self.fixes)}." if self.fixes else ""
        return f"{self.code} {self.message}{where}.{why}{fix}"


def errors_of(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Those that stop a promote, in their order."""
    return tuple(d for d in diagnostics if d.severity is Severity.ERROR)


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The known word that a reader most likely meant, or None when nothing is near."""
    found = difflib.get_close_matches(word.lower(), sorted(words), n=1, cutoff=0.6)
    return found[0] if found else None
