"""Every code that is raised has its page, and every page's code is raised somewhere or says that it is not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbcode.diagnostics import all_codes, explain
from nbcode.diagnostics.codes import PAGES, RESERVED

PYTHON = Path(__file__).parents[3] / "python"
MANUAL = PYTHON / "nbcode" / "diagnostics"
CODE = re.compile(r"(?:NBC-)?([A-KRTX]\d\d)")
EXAMPLES = {"B00"}
"""Written as what is no code."""


def codes_in(source: str) -> Iterator[str]:
    """Codes that stand as whole texts in the code: what is raised, and the CODE of a rule."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = CODE.fullmatch(node.value)
            if found is not None:
                yield found[1]


def raised() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in sorted(PYTHON.rglob("*.py")):
        if not path.is_relative_to(MANUAL):
            for code in codes_in(path.read_text(encoding="utf-8")):
                found.setdefault(code, set()).add(str(path.relative_to(PYTHON)))
    return {code: places for code, places in found.items() if code not in EXAMPLES}


def paged() -> set[str]:
    return {code.removeprefix("NBC-") for code in all_codes()}


def test_every_code_that_is_raised_has_a_page():
    assert {code: places for code, places in raised().items() if code not in paged()} == {}


def test_every_page_is_of_a_code_that_is_raised_or_is_reserved():
    assert sorted(paged() - raised().keys() - RESERVED) == []


def test_a_reserved_code_has_a_page_that_says_so_and_is_raised_nowhere():
    assert sorted(RESERVED & raised().keys()) == []
    for code in sorted(RESERVED):
        assert "never raises it" in (explain(code) or ""), code
    assert "never raises it" not in (explain("A01") or "")


def test_no_code_has_two_pages():
    rows = [row.code for row in PAGES]
    assert sorted({code for code in rows if rows.count(code) > 1}) == []


@pytest.mark.parametrize("source", ['x("NBC-A99")', 'finding("A99", m)', 'CODE = "A99"'])
def test_control_a_code_without_a_page_would_be_seen(source: str):
    assert set(codes_in(source)) - paged() == {"A99"}
