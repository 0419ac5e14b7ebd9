"""GitLab: the report of Code Quality, an array of issues, which a merge request shows beside the diff."""

from __future__ import annotations

import json
from collections.abc import Iterable

from nbcode.cli.code_hosts.findings import FileFindings
from nbcode.primitives import Severity

_SEVERITY = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.NOTE: "info"}


def gitlab_report(files: Iterable[FileFindings]) -> str:
    """The report as JSON. An issue of a whole file has line 1: GitLab drops one without a line."""
    issues = [
        {
            "description": f"{one.where}: {one.explained}" if one.where else one.explained,
            "check_name": one.code,
            "fingerprint": one.fingerprint,
            "severity": _SEVERITY[one.severity],
            "location": {"path": one.path, "lines": {"begin": one.line or 1}},
        }
        for file in files
        for one in file.findings
    ]
    return json.dumps(issues, indent=2, ensure_ascii=False)
