"""JUnit XML, which every CI system shows: a suite for each notebook, a case for each finding."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree as ET

from nbcode.cli.code_hosts.findings import FileFindings, Finding
from nbcode.primitives import Severity

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_report(files: Iterable[FileFindings]) -> str:
    """The report. A finding that stops a promote is a failure; another is a case that passed, with what it says as its output."""
    files = list(files)
    counts = {"tests": sum(max(1, len(f.findings)) for f in files), "failures": sum(f.errors for f in files)}
    root = _element("testsuites", name="nbcode check", errors=0, **counts)
    for file in files:
        suite = _element(
            "testsuite",
            name=file.path,
            tests=max(1, len(file.findings)),
            failures=file.errors,
            errors=0,
            skipped=0,
        )
        root.append(suite)
        if not file.findings:
            suite.append(_element("testcase", classname=file.path, name="nbcode check", file=file.path))
        for finding in file.findings:
            suite.append(_case(finding))
    ET.indent(root)
    body = ET.tostring(root, encoding="unicode", short_empty_elements=True)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'


def _case(finding: Finding) -> ET.Element:
    title = " · ".join(part for part in (f"{finding.code} {finding.message}", finding.where) if part)
    line = {} if finding.line is None else {"line": finding.line}
    case = _element("testcase", classname=finding.path, name=title, file=finding.path, **line)
    where = finding.path if finding.line is None else f"{finding.path}:{finding.line}"
    text = f"{where}\n{finding.explained}"
    if finding.severity is Severity.ERROR:
        inner = _element("failure", type=finding.code, message=finding.message)
    else:
        inner = _element("system-out")
        text = f"{finding.severity}: {text}"
    inner.text = _NOT_XML.sub("\ufffd", text)
    case.append(inner)
    return case


def _element(tag: str, /, **attributes: str | int) -> ET.Element:
    """An element whose attributes hold only what XML can."""
    return ET.Element(tag, {k: _NOT_XML.sub("\ufffd", str(v)) for k, v in attributes.items()})
