"""Findings as a code host places them: by a path from the repository's root and a line of the file."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from nbcode.cli.terminal import visible
from nbcode.configuration import repository_root
from nbcode.notebook import Notebook
from nbcode.primitives import Diagnostic, Place, Related, Severity, dataclass, digest_bytes, encodable

_NUMBER = re.compile(r"(?<!\w)\d+(?!\w)")


@dataclass(frozen=True, kw_only=True, slots=True)
class OtherPlace:
    """A place that explains a finding, such as where a name really came from; ``path`` and ``line`` as those of the finding."""

    path: str
    line: int | None
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One finding in a file. ``path`` is from the repository's root, with slashes. Lines are those of the file, from 1, None where the
    finding is of the whole file; columns are those of a file that is text (not of the JSON of an ``.ipynb``), the end exclusive.
    ``where`` says the place as a reader of the notebook knows it. ``fingerprint`` is of one finding of a repository alone, and stays
    when lines or cells move."""

    path: str
    code: str
    severity: Severity
    message: str
    explained: str
    where: str
    fingerprint: str
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    others: tuple[OtherPlace, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FileFindings:
    """A file that was looked at, with what was found in it. ``path`` is from the repository's root."""

    path: str
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """How many of them stop a promote."""
        return sum(one.severity is Severity.ERROR for one in self.findings)


def findings_of(
    path: str, diagnostics: Iterable[Diagnostic], notebook: Notebook | None = None
) -> FileFindings:
    """The findings of the file ``path``, a path of this machine. ``notebook``: its cells, where it could be read."""
    shown = _from_root(path)
    sources = {} if notebook is None else {cell.index: cell.source.split("\n") for cell in notebook.cells}
    seen: Counter[str] = Counter()
    found = []
    for diagnostic in diagnostics:
        place = diagnostic.place or Place()
        basis = "\0".join(
            (shown, diagnostic.code, _NUMBER.sub("n", diagnostic.message), _source_line(sources, place))
        )
        seen[basis] += 1
        fingerprint = digest_bytes(f"{basis}\0{seen[basis]}".encode()).hex
        found.append(_finding(shown, diagnostic, place, fingerprint))
    return FileFindings(path=shown, findings=tuple(found))


def _finding(path: str, diagnostic: Diagnostic, place: Place, fingerprint: str) -> Finding:
    is_text = not path.endswith(".ipynb")
    line = place.file_line
    column = place.column if is_text and line is not None and place.line is not None else None
    many = place.end_line is not None and place.line is not None
    end_line = line + (place.end_line or 0) - (place.line or 0) if many and line is not None else line
    ways_out = "  |  ".join(visible(title.rstrip(".")) for title in diagnostic.fix_titles)
    parts = (visible(diagnostic.message), visible(diagnostic.cause), f"Fix: {ways_out}" if ways_out else "")
    return Finding(
        path=path,
        code=diagnostic.code,
        severity=diagnostic.severity,
        message=visible(diagnostic.message),
        explained=" ".join(_sentence(part) for part in parts if part),
        where=visible(str(place)) if place.cell is not None else "",
        fingerprint=fingerprint,
        line=line,
        column=column,
        end_line=None if column is None else end_line,
        end_column=None if column is None else place.end_column,
        others=tuple(_other(path, related) for related in diagnostic.related),
    )


def _other(path: str, related: Related) -> OtherPlace:
    place = related.place
    where = visible(str(place)) if place.cell is not None else ""
    return OtherPlace(
        path=path if place.path is None else _from_root(place.path),
        line=place.file_line,
        message=f"{where}: {visible(related.message)}" if where else visible(related.message),
    )


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."


def _source_line(sources: dict[int, list[str]], place: Place) -> str:
    lines = sources.get(place.cell or 0, [])
    return lines[place.line - 1].strip() if place.line and 0 < place.line <= len(lines) else ""


def _from_root(path: str) -> str:
    """``path`` from the repository's root. The file itself is not followed where it is a link."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow a link that is refused
    real = absolute.parent.resolve() / absolute.name
    return encodable(Path(os.path.relpath(real, repository_root(real))).as_posix())
