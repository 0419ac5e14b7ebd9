"""SARIF 2.1.0, which GitHub's code scanning and many viewers read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import quote

from nbcode import __version__
from nbcode.cli.code_hosts.findings import FileFindings, Finding
from nbcode.diagnostics import explain_code
from nbcode.primitives import Json, Severity

_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_FINGERPRINT = "nbcodeFinding/v1"


def sarif_log(files: Iterable[FileFindings]) -> str:
    """One run, with a rule for each code that was found; what a rule says is its page of the manual."""
    found = [one for file in files for one in file.findings]
    codes = sorted({one.code for one in found})
    driver: dict[str, Json] = {
        "name": "nbcode",
        "version": __version__,
        "rules": [_rule(code) for code in codes],
    }
    run: dict[str, Json] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, codes.index(one.code)) for one in found],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _rule(code: str) -> dict[str, Json]:
    page = explain_code(code)
    if page is None:
        return {"id": code}
    why = page.text.partition("\n\n")[0].replace("\n", " ").replace("``", "`")
    return {
        "id": code,
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": why},
        "help": {"text": page.text, "markdown": page.markdown},
    }


def _result(finding: Finding, rule: int) -> dict[str, Json]:
    region: dict[str, Json] = {}
    if finding.column is not None:
        region["startColumn"] = finding.column
        if finding.end_column is not None:
            region |= {"endLine": finding.end_line, "endColumn": finding.end_column}
    location: dict[str, Json] = {"physicalLocation": _physical(finding.path, finding.line, region)}
    if finding.where:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.where, "kind": "cell"}]
    text = f"{finding.where}: {finding.explained}" if finding.where else finding.explained
    others: list[Json] = [
        {"physicalLocation": _physical(one.path, one.line, {}), "message": {"text": one.message}}
        for one in finding.others
    ]
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": _LEVEL[finding.severity],
        "message": {"text": text},
        "locations": [location],
        **({"relatedLocations": others} if others else {}),
        "partialFingerprints": {_FINGERPRINT: finding.fingerprint},
    }


def _physical(path: str, line: int | None, columns: dict[str, Json]) -> dict[str, Json]:
    """Of a whole file there is no region."""
    artifact: dict[str, Json] = {"artifactLocation": {"uri": quote(path), "uriBaseId": "%SRCROOT%"}}
    return artifact if line is None else {**artifact, "region": {"startLine": line, **columns}}
