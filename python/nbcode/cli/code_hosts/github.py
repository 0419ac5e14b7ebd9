"""GitHub Actions: a workflow command for each finding, which GitHub shows beside the line in the diff."""

from __future__ import annotations

from collections.abc import Iterable

from nbcode.cli.code_hosts.findings import FileFindings, Finding
from nbcode.primitives import Severity

_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_WORST_FIRST = tuple(Severity)


def github_annotations(files: Iterable[FileFindings]) -> str:
    """One line a finding, the worst first: GitHub shows ten errors, ten warnings and ten notices of a step."""
    every = [one for file in files for one in file.findings]
    ordered = sorted(every, key=lambda one: _WORST_FIRST.index(one.severity))
    return "\n".join(_annotation(one) for one in ordered)


def _annotation(finding: Finding) -> str:
    parts = [f"file={_property(finding.path)}"]
    if finding.line is not None:
        parts.append(f"line={finding.line}")
    if finding.column is not None:
        parts.append(f"col={finding.column}")
    parts.append(f"title={_property(finding.code)}")
    # A reader of the diff of an .ipynb sees JSON: the cell says where to look in the notebook.
    where = f"{finding.where}: " if finding.where and finding.column is None else ""
    return f"::{_LEVEL[finding.severity]} {','.join(parts)}::{_data(where + finding.explained)}"


def _data(text: str) -> str:
    """Escaped as the workflow command language wants, so that no finding can write a command of its own."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
