"""GitHub Actions: the page of a job's summary, which has room for every finding. GitHub shows only ten of a level beside the diff."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nbcode.cli.code_hosts.findings import FileFindings, Finding

_MOST_BYTES = 900_000  # GitHub drops a summary of more than 1 MiB whole
_SIGNS = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("@"): "&#64;", ord(":"): "&#58;"}
_MARK = re.compile(r"([\\`*_{}\[\]()#+!|~-])")


def job_summary(files: Iterable[FileFindings]) -> str:
    """Markdown: how many files, and a table with a row for each finding, cut where GitHub would drop the page."""
    files = list(files)
    found = [one for file in files for one in file.findings]
    errors = sum(file.errors for file in files)
    verdict = f"{errors} findings stop a promote" if errors != 1 else "1 finding stops a promote"
    lines = [
        "### nbcode check",
        "",
        f"{len(files)} files, {len(found)} findings: {verdict if errors else 'nothing stops a promote'}.",
    ]
    if not found:
        return "\n".join(lines) + "\n"
    lines += ["", "| | file | line | where | code | finding |", "|---|---|---|---|---|---|"]
    room = _MOST_BYTES - sum(len(line.encode()) + 1 for line in lines)
    for number, finding in enumerate(found):
        row = _row(finding)
        room -= len(row.encode()) + 1
        if room < 0:
            return "\n".join([*lines, "", f"{len(found) - number} more findings are in the log."]) + "\n"
        lines.append(row)
    return "\n".join(lines) + "\n"


def _row(finding: Finding) -> str:
    line = "" if finding.line is None else str(finding.line)
    cells = (finding.severity, finding.path, line, finding.where, finding.code, finding.explained)
    return f"| {' | '.join(_cell(str(text)) for text in cells)} |"


def _cell(text: str) -> str:
    """As text and nothing else: no markup, no link, no mention, no end of the cell."""
    return _MARK.sub(r"\\\1", " ".join(text.split())).translate(_SIGNS)
